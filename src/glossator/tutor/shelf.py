"""Texts, blocks and books of one answer, each read once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import cast

from sqlalchemy import Table, bindparam, select
from sqlalchemy.orm import Session

from glossator.library.content import Block, BlockKind
from glossator.library.embeddings import versions
from glossator.library.tables import Book
from glossator.library.text_store import StoredText, TextStore
from glossator.retrieval.service import Found
from glossator.tutor.answers import Source
from glossator.tutor.citations import SECTION_SEPARATOR, Place, block_at, cite
from glossator.tutor.open_page import OpenPage

_BOOK = cast("Table", Book.__table__).c
_URL = select(_BOOK.url).where(_BOOK.id == bindparam("book"))
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
        self._urls: dict[str, str | None] = {}
        self._found = found

    def take_down(self) -> None:
        """Read all that citing these passages' documents needs."""
        self._texts = self._store.texts(self._session, self._versions, self._collections)
        for item in self._found:
            self._url(item.document.book_id)

    def text(self, document: str) -> str:
        """A document's canonical text."""
        return self._stored(document).text

    def blocks(self, document: str) -> tuple[Block, ...]:
        """A document's blocks in reading order."""
        return self._stored(document).blocks

    def section(self, document: str, title: str, at: int) -> str:
        """The chapter's title and the headings around a place."""
        headings = self._stored(document).section(at)
        return SECTION_SEPARATOR.join([title, *(text for text in headings if text != title)])

    def cite(self, place: Place) -> Source:
        """The citation of a place."""
        document = place.found.document
        text, blocks = self.text(document.id), self.blocks(document.id)
        source = cite(place, self._url(document.book_id), text, blocks)
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

    def _url(self, book_id: str | None) -> str | None:
        """Where the author's site has a book; None where it has none, or it isn't a book's."""
        if book_id is None:
            return None
        if book_id not in self._urls:
            found = self._session.connection().execute(_URL, {"book": book_id})
            self._urls[book_id] = found.scalar()
        return self._urls[book_id]
