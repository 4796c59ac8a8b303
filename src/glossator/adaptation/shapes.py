"""The answers of this room as the API's description shows them; nothing is made from them."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel

from glossator.library.shapes import FormBlock, ListedHeading


class UsedTokens(BaseModel):
    """What the models' calls took together."""

    model: str
    input_tokens: int
    output_tokens: int
    cached_tokens: int
    cost_usd: float


class StayedBlock(BaseModel):
    """A block that stayed as it was, and why."""

    block_id: str
    reason: str


class AdaptedChapter(BaseModel):
    """What both forms share; `author` says that the book's author wrote it."""

    chapter_id: str
    book_id: str
    title: str
    cached: bool
    author: bool
    language: str
    direction: Literal["ltr", "rtl"]
    completeness: float
    originals: list[StayedBlock]
    blocks: list[FormBlock]
    headings: list[ListedHeading]
    usage: UsedTokens | None


class TranslatedChapter(AdaptedChapter):
    """A chapter in another language."""

    translated_content: str


class PersonalizedChapter(AdaptedChapter):
    """A chapter retold for a level and hardware."""

    personalized_content: str
    level: str
    hardware: str
