"""Stored texts cut into chunks with their ids, kept while a document is embedded."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from dataclasses import astuple, dataclass

from sqlalchemy.orm import Session

from glossator.gateways.ports import Embedder
from glossator.ingestion.chunking import Chunk, ChunkSizes, chunk
from glossator.ingestion.rows import PIPELINE_VERSION, numbered
from glossator.library import books
from glossator.library.content import CanonicalText, Heading
from glossator.library.tables import Document

_KEPT = 8


@dataclass(frozen=True, slots=True)
class Prepared:
    """A document's text and all its chunks with their ids, in reading order.

    `mark` is the fingerprint of all that they were made from.
    """

    mark: str
    content: CanonicalText
    chunks: tuple[tuple[int, Chunk], ...]

    @property
    def order(self) -> dict[int, int]:
        """The place of each chunk by its id."""
        return {number: n for n, (number, _) in enumerate(self.chunks)}


class PreparedTexts:
    """Makes them, and keeps the last few: a long text is cut once, not at every batch."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: OrderedDict[str, Prepared] = OrderedDict()

    def made(
        self, document: str, title: str, content: CanonicalText, embedder: Embedder
    ) -> Prepared:
        """The chunks of a new text, cut to what `embedder` reads."""
        sizes = ChunkSizes(limit=embedder.max_pieces)
        found = chunk(content, title, embedder.count, sizes)
        mark = _mark(embedder, sizes, title, content.text)
        prepared = Prepared(mark, content, tuple(numbered(document, found)))
        with self._lock:
            self._kept[document] = prepared
            while len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        return prepared

    def stored(self, session: Session, document: str, embedder: Embedder) -> Prepared:
        """The chunks of the text that is stored, cut to what `embedder` reads."""
        row = session.get_one(Document, document)
        with self._lock:
            kept = self._kept.get(document)
        if kept is not None and kept.mark == row.fingerprint:
            return kept
        return self.made(document, row.title, stored_text(session, row), embedder)

    def forget(self, document: str) -> None:
        """Keep nothing of a document any more."""
        with self._lock:
            self._kept.pop(document, None)


def stored_text(session: Session, row: Document) -> CanonicalText:
    """A stored document's text with its blocks and headings."""
    headings = tuple(Heading(**heading) for heading in row.headings)
    return CanonicalText(row.text, books.blocks(session, row.id), headings)


def _mark(embedder: Embedder, sizes: ChunkSizes, title: str, text: str) -> str:
    facts = [PIPELINE_VERSION, embedder.name, astuple(sizes), title]
    return hashlib.sha256(f"{facts!r}\x00{text}".encode()).hexdigest()
