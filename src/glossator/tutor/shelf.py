"""Texts, blocks and books of one answer, each read once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy.orm import Session

from glossator.library.content import Block, BlockKind
from glossator.library.embeddings import versions
from glossator.library.tables import Book
from glossator.library.text_store import StoredText, TextStore
from glossator.retrieval.service import Found
from glossator.tutor.answers import Source
from glossator.tutor.citations import Place, block_at, cite
from glossator.tutor.open_page import OpenPage

_ANNOUNCED = (BlockKind.LIST, BlockKind.CODE, BlockKind.TABLE, BlockKind.MATH)


class Shelf:
    """Reads from a session what citing `found` needs; what was read serves after its end.

    `page` is what the reader has open, where it isn't the original.
    """

    def __init__(
        self,
        session: Session,
        texts: TextStore,
        found: Sequence[Found],
        page: OpenPage | None = None,
    ) -> None:
        self._session = session
        self._page = page
        self._store = texts
        self._versions = versions(session, list({f.document.collection_id for f in found}))
        self._collections = {item.document.id: item.document.collection_id for item in found}
        self._texts: dict[str, StoredText] = {}
        self._books: dict[str, Book | None] = {}
        self._found = found

    def take_down(self) -> None:
        """Read all that citing these passages' documents needs."""
        self._texts = self._store.texts(self._session, self._versions, self._collections)
        for item in self._found:
            self._book(item.document.book_id)

    def text(self, document: str) -> str:
        """A document's canonical text."""
        return self._stored(document).text

    def blocks(self, document: str) -> tuple[Block, ...]:
        """A document's blocks in reading order."""
        return self._stored(document).blocks

    def cite(self, place: Place) -> Source:
        """The citation of a place."""
        document = place.found.document
        text, blocks = self.text(document.id), self.blocks(document.id)
        source = cite(place, self._book(document.book_id), text, blocks)
        if self._page is None:
            return source
        return replace(source, variant=self._page.seen(document.id, place.start, place.end))

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

    def _stored(self, document: str) -> StoredText:
        if document not in self._texts:
            named = {document: self._collections[document]}
            self._texts |= self._store.texts(self._session, self._versions, named)
        return self._texts[document]

    def _book(self, book_id: str | None) -> Book | None:
        if book_id is None:
            return None
        if book_id not in self._books:
            self._books[book_id] = self._session.get(Book, book_id)
        return self._books[book_id]
