"""What a server answers, as values; fields that this version doesn't know are left out."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import UnionType
from typing import Any, TypeVar, Union, cast, get_args, get_origin, get_type_hints

_Shape = TypeVar("_Shape")


@dataclass(frozen=True, slots=True)
class Chapter:
    """A chapter in its book's list; `minutes` to read it, `url` where."""

    chapter_id: str
    title: str
    depth: int = 0
    position: int = 0
    part: tuple[str, ...] = ()
    words: int = 0
    minutes: int = 0
    languages: tuple[str, ...] = ()
    url: str = ""


@dataclass(frozen=True, slots=True)
class Book:
    """A book with its chapters in reading order."""

    book_id: str
    title: str
    language: str
    visibility: str
    chapters: tuple[Chapter, ...]
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading and where it stands in the chapter's `content`."""

    text: str
    depth: int
    anchor: str
    start: int


@dataclass(frozen=True, slots=True)
class Block:
    """A block start..end (code points) of a chapter's `content`."""

    block_id: str
    kind: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class ChapterText:
    """A chapter to read. `document_id` tells its text from others with the same chapter id."""

    chapter_id: str
    document_id: str
    book_id: str
    title: str
    content: str
    language: str
    direction: str
    url: str
    headings: tuple[Heading, ...] = ()
    blocks: tuple[Block, ...] = ()
    previous: Chapter | None = None
    next: Chapter | None = None
    html: str | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """A citation: `quote` stands at start..end (code points) of the chapter's `content`.

    Exactly one of `chapter_id` and `document_id` is set.
    """

    title: str
    section: str
    quote: str
    start: int
    end: int
    url: str
    similarity: float
    chapter_id: str | None = None
    document_id: str | None = None
    book_id: str | None = None
    block_id: str = ""
    page: int | None = None


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of an answer: `supported`, `unsupported` or `connective`, and its sources."""

    text: str
    support: str
    sources: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class ModelUsage:
    """What the model's call took, by the provider's own count, and its price in US dollars."""

    model: str
    input_tokens: int
    output_tokens: int
    cached_tokens: int = 0
    cost_usd: float = 0.0


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer. Where it isn't `grounded` the books don't hold it: `nearest` came closest.

    `mode` is `model`, `extractive`, `closest` or `refused`; `degraded` says why no model, or not
    the first one, answered.
    """

    answer: str
    grounded: bool
    confidence: float
    mode: str
    sources: tuple[Source, ...] = ()
    nearest: tuple[Source, ...] = ()
    sentences: tuple[Sentence, ...] = ()
    degraded: str | None = None
    response_time: float = 0.0
    session_id: str | None = None
    message_id: str | None = None
    usage: ModelUsage | None = None


@dataclass(frozen=True, slots=True)
class Passage:
    """A passage that a search found; `similarity` is 0 to 1."""

    text: str
    title: str
    section: str
    start: int
    end: int
    similarity: float
    url: str
    chapter_id: str | None = None
    document_id: str | None = None
    book_id: str | None = None
    page: int | None = None
    score: float = 0.0


@dataclass(frozen=True, slots=True)
class Found:
    """Passages, best first; `confidence` 0 to 1 that the scope holds the answer."""

    results: tuple[Passage, ...]
    confidence: float


@dataclass(frozen=True, slots=True)
class Session:
    """A conversation."""

    session_id: str
    title: str
    created_at: str
    updated_at: str


@dataclass(frozen=True, slots=True)
class Message(Answer):
    """A kept question with its answer."""

    question: str = ""
    asked_at: str = ""
    rating: str | None = None
    comment: str | None = None


@dataclass(frozen=True, slots=True)
class Document:
    """A file of one's own; `status` ends in `ready` or `failed`.

    One that wasn't taken has no `document_id`; `error` says why.
    """

    filename: str
    document_id: str | None = None
    status: str = "failed"
    title: str | None = None
    error: str | None = None
    size: int | None = None


def made(shape: type[_Shape], found: Mapping[str, Any]) -> _Shape:
    """The value of a JSON object; raises `KeyError` where a field is missing."""
    given = {}
    for name, kind, needed in _fields(cast("Any", shape)):
        if name in found:
            given[name] = _value(kind, found[name])
        elif needed:
            raise KeyError(name)
    return shape(**given)


@lru_cache(maxsize=64)
def _fields(shape: type[Any]) -> tuple[tuple[str, Any, bool], ...]:
    hints = get_type_hints(shape)
    return tuple(
        (each.name, hints[each.name], each.default is dataclasses.MISSING)
        for each in dataclasses.fields(shape)
    )


def _value(kind: Any, found: Any) -> Any:
    origin, inner = get_origin(kind), get_args(kind)
    if origin is tuple:
        return tuple(_value(inner[0], item) for item in found or ())
    if origin in (Union, UnionType):
        first = next(each for each in inner if each is not type(None))
        return None if found is None else _value(first, found)
    if dataclasses.is_dataclass(kind):
        return made(cast("type[Any]", kind), found)
    return found
