"""The answers of this room as the API's description shows them; nothing is made from them."""

from __future__ import annotations

from pydantic import BaseModel


class FoundPassage(BaseModel):
    """A passage; exactly one of `chapter_id` and `document_id` is set."""

    chapter_id: str | None
    document_id: str | None
    book_id: str | None
    title: str
    section: str
    page: int | None
    text: str
    start: int
    end: int
    similarity: float
    url: str
    score: float
    why: dict[str, float]


class FoundPassages(BaseModel):
    """Passages, best first; `confidence` is that the scope holds the answer."""

    results: list[FoundPassage]
    confidence: float
