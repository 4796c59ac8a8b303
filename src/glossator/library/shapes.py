"""The answers of this room as the API's description shows them; nothing is made from them."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel


class ChapterName(BaseModel):
    """A chapter's id and title."""

    chapter_id: str
    title: str


class ListedChapter(ChapterName):
    """A chapter in its book's list; `minutes` to read it, `url` where."""

    depth: int
    position: int
    part: list[str]
    words: int
    minutes: int
    languages: list[str]
    url: str


class ListedBook(BaseModel):
    """A book with its chapters in reading order."""

    book_id: str
    title: str
    language: str
    url: str | None
    visibility: str
    chapters: list[ListedChapter]


class BookPage(BaseModel):
    """A page of the books."""

    items: list[ListedBook]
    page: int
    page_size: int
    total: int


class ListedBlock(BaseModel):
    """A block: its place in `content`, in Unicode code points."""

    block_id: str
    kind: str
    start: int
    end: int
    page: int | None


class ListedHeading(BaseModel):
    """A heading and where it stands in `content`."""

    text: str
    depth: int
    anchor: str
    start: int


class FormBlock(BaseModel):
    """A block of a chapter's form: its place there, and in the original's text."""

    block_id: str
    kind: str
    start: int
    end: int
    original_start: int
    original_end: int
    state: Literal["adapted", "kept", "original", "added"]
    direction: Literal["ltr", "rtl"]


class ReadChapter(BaseModel):
    """A chapter's text with its blocks and headings; `html` where it was asked for."""

    chapter_id: str
    document_id: str
    book_id: str
    title: str
    content: str
    blocks: list[ListedBlock]
    headings: list[ListedHeading]
    previous: ChapterName | None
    next: ChapterName | None
    url: str
    language: str
    direction: Literal["ltr", "rtl"]
