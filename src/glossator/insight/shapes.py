"""The answers of this room as the API's description shows them; nothing is made from them."""

from __future__ import annotations

from pydantic import BaseModel


class Kinds(BaseModel):
    """How many questions were refused, got the closest passages alone, or were rated down."""

    refused: int
    closest: int
    rated_down: int


class Example(BaseModel):
    """A wording, without what tells who asked, and how often it was asked."""

    question: str
    count: int


class Counted(BaseModel):
    """A chapter and how many of the questions were asked from it."""

    book_id: str
    chapter_id: str
    title: str
    count: int


class Near(Counted):
    """A section that came closest."""

    section: str
    url: str


class Named(BaseModel):
    """A chapter."""

    chapter_id: str
    title: str


class Elsewhere(BaseModel):
    """A word that the nearest chapter lacks, and chapters that have it."""

    word: str
    chapters: list[Named]


class Gap(BaseModel):
    """Questions on one subject without a good answer; the place is the nearest chapter's."""

    name: str
    words: list[str]
    question: str
    count: int
    askers: int
    kinds: Kinds
    book_id: str
    chapter_id: str
    title: str
    last_asked_at: str
    examples: list[Example]
    asked_from: list[Counted]
    nearest: list[Near]
    absent: list[str]
    elsewhere: list[Elsewhere]


class GapPage(BaseModel):
    """A part of the report."""

    items: list[Gap]
    page: int
    page_size: int
    total: int


class Aside(BaseModel):
    """How many wordings were put aside, or taken back."""

    wordings: int


class Told(BaseModel):
    """A mistake that was told."""

    mistake_id: str


class ToldMistake(Told):
    """A mistake in a chapter as a reader told it; `title` is the chapter's."""

    book_id: str
    chapter_id: str
    block_id: str
    words: str
    comment: str
    told_at: str
    title: str


class MistakePage(BaseModel):
    """A part of what was told."""

    items: list[ToldMistake]
    page: int
    page_size: int
    total: int
