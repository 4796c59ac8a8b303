"""Texts, blocks and books of one answer, each read once."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy.orm import Session

from glossator.library import books
from glossator.library.content import Block, BlockKind
from glossator.library.tables import Book
from glossator.retrieval.service import Found
from glossator.tutor.answers import Source
from glossator.tutor.citations import Place, block_at, cite

_ANNOUNCED = (BlockKind.LIST, BlockKind.CODE, BlockKind.TABLE, BlockKind.MATH)


class Shelf:
    """Reads from a session what citations need; what was read serves after the session's end."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._texts: dict[str, str] = {}
        self._blocks: dict[str, tuple[Block, ...]] = {}
        self._books: dict[str, Book | None] = {}

    def take_down(self, found: Iterable[Found]) -> None:
        """Read all that citing these passages' documents needs."""
        for item in found:
            self.text(item.document.id)
            self.blocks(item.document.id)
            self._book(item.document.book_id)

    def text(self, document: str) -> str:
        """A document's canonical text."""
        if document not in self._texts:
            self._texts[document] = books.text_of(self._session, document)
        return self._texts[document]

    def blocks(self, document: str) -> tuple[Block, ...]:
        """A document's blocks in reading order."""
        if document not in self._blocks:
            self._blocks[document] = books.blocks(self._session, document)
        return self._blocks[document]

    def cite(self, place: Place) -> Source:
        """The citation of a place."""
        document = place.found.document
        text, blocks = self.text(document.id), self.blocks(document.id)
        return cite(place, self._book(document.book_id), text, blocks)

    def widened(self, place: Place) -> Place:
        """A table's row gives the table; a sentence ending in a colon takes what it announces."""
        document = place.found.document.id
        blocks = self.blocks(document)
        block = block_at(blocks, place.start)
        if block is None:
            return place
        if block.kind in (BlockKind.TABLE, BlockKind.CODE, BlockKind.MATH):
            return Place(place.found, block.start, block.end)
        if place.end == block.end and self.text(document)[: place.end].rstrip("*_ ").endswith(":"):
            following = blocks[blocks.index(block) + 1 :][:1]
            if following and following[0].kind in _ANNOUNCED:
                return Place(place.found, place.start, following[0].end)
        return place

    def _book(self, book_id: str | None) -> Book | None:
        if book_id is None:
            return None
        if book_id not in self._books:
            self._books[book_id] = self._session.get(Book, book_id)
        return self._books[book_id]
