"""The answers of this room as the API's description shows them; nothing is made from them."""

from __future__ import annotations

from pydantic import BaseModel, Field


class ChapterRead(BaseModel):
    """A chapter that was opened or marked."""

    chapter_id: str
    book_id: str
    completed: bool
    last_accessed: str


class ReadOn(BaseModel):
    """The chapter to read next."""

    chapter_id: str
    title: str


class BookRead(BaseModel):
    """How far a book is; `continue` is null where it is finished."""

    book_id: str
    title: str
    percent: int
    chapters: int
    completed: int
    read_on: ReadOn | None = Field(alias="continue")


class Reading(BaseModel):
    """One's progress, last read first."""

    chapters_read: list[ChapterRead]
    questions_asked: int
    books: list[BookRead]


class Done(BaseModel):
    """It was noted."""

    success: bool


class Place(BaseModel):
    """A place in a book: a block, and how much of it (0 to 1) is read."""

    book_id: str
    chapter_id: str
    block_id: str
    offset: float
    at: str


class StoppedAt(BaseModel):
    """Where one stopped in a book."""

    place: Place | None
