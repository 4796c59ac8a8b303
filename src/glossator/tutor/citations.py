"""Passages and places to citations; pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from glossator.library.content import Block
from glossator.library.links import document_address, quote_address
from glossator.library.marks import mark_quote
from glossator.retrieval.service import Found
from glossator.tutor.answers import Source

SECTION_SEPARATOR = " > "


@dataclass(frozen=True, slots=True)
class Place:
    """A stretch start..end of a document's canonical text, and the passage it came with."""

    found: Found
    start: int
    end: int


def cite(place: Place, book_url: str | None, text: str, blocks: Sequence[Block]) -> Source:
    """The citation of a place; `text` is the document's canonical text."""
    document, passage = place.found.document, place.found.ranked.passage
    block = block_at(blocks, place.start)
    quote = text[place.start : place.end]
    chapter = document.chapter_id
    page = block.page if block and block.page is not None else passage.page
    return Source(
        chapter_id=chapter,
        document_id=None if chapter is not None else document.id,
        book_id=document.book_id,
        block_id=block.block_id if block else "",
        title=document.title,
        section=SECTION_SEPARATOR.join(passage.heading_path),
        page=page,
        quote=quote,
        start=place.start,
        end=place.end,
        similarity=place.found.similarity,
        url=document_address(document.id, page)
        if document.book_id is None
        else quote_address(
            book_url=book_url,
            book_id=document.book_id or "",
            chapter_id=chapter or document.id,
            url_path=document.url_path,
            anchor=passage.anchor,
            block_id=block.block_id if block else "",
            quote=quote,
        ),
        marks=tuple(mark_quote(text, blocks, place.start, place.end)),
    )


def block_at(blocks: Sequence[Block], start: int) -> Block | None:
    """The block that a place begins in."""
    return next((block for block in blocks if block.start <= start < block.end), None)
