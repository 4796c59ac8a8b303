"""What an answer is made of; the API shows exactly these fields."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from glossator.calling.attempts import UsageShown
from glossator.library.marks import Mark


class Mode(StrEnum):
    """Who answered: a model, the book's own sentences, only near passages, or nobody."""

    MODEL = "model"
    EXTRACTIVE = "extractive"
    CLOSEST = "closest"
    REFUSED = "refused"


class Support(StrEnum):
    """Whether a sentence has a proven citation, has none, or only joins others."""

    SUPPORTED = "supported"
    UNSUPPORTED = "unsupported"
    CONNECTIVE = "connective"


@dataclass(frozen=True, slots=True)
class Seen:
    """The blocks, start..end (code points), of the form of a chapter that the reader has open.

    What of `language`, `level` and `hardware` doesn't apply is empty.
    """

    language: str
    level: str
    hardware: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Source:
    """A citation: `quote` stands at start..end (code points) of the canonical text.

    Exactly one of `chapter_id` and `document_id` is set. `section` is the heading path;
    `marks` are the quote in the visible text of each block it runs through. `variant` is where
    the reader sees it, if the open page is the chapter retold or translated.
    """

    chapter_id: str | None
    document_id: str | None
    book_id: str | None
    block_id: str
    title: str
    section: str
    page: int | None
    quote: str
    start: int
    end: int
    similarity: float
    url: str
    marks: tuple[Mark, ...] = ()
    variant: Seen | None = None


@dataclass(frozen=True, slots=True)
class AnsweredSentence:
    """A sentence of the answer and the indexes of its sources."""

    text: str
    support: Support
    sources: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer with everything that proves it; `nearest` is filled where it isn't grounded."""

    answer: str
    sources: tuple[Source, ...]
    response_time: float
    grounded: bool
    confidence: float
    mode: Mode
    degraded: str | None
    nearest: tuple[Source, ...]
    sentences: tuple[AnsweredSentence, ...]
    session_id: str | None = None
    message_id: str | None = None
    usage: UsageShown | None = None
