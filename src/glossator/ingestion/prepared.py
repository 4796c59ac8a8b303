"""Stored texts cut into chunks with their ids, kept while a document is embedded."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import astuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from glossator.gateways.ports import Embedder
from glossator.ingestion import drafts
from glossator.ingestion.canonical import PIPELINE_VERSION
from glossator.ingestion.chunking import Chunk
from glossator.ingestion.recursive import Sizes, SizesFor, cut
from glossator.ingestion.rows import numbers
from glossator.library import books
from glossator.library.content import CanonicalText, Heading
from glossator.library.tables import Document

_KEPT = 8
# Characters of text for each chunk, before anything is known of it.
_USUAL_CHARS = 500


class Prepared:
    """A document's text and its chunks with their ids, cut as far as they were asked for.

    `mark` is the fingerprint of all that they are made from. Several threads may use one.
    """

    def __init__(
        self, mark: str, content: CanonicalText, chunks: Iterator[tuple[int, Chunk]]
    ) -> None:
        self.mark = mark
        self.content = content
        self._rest = chunks
        self._cut: dict[int, tuple[int, Chunk]] = {}
        self._whole = False
        self._lock = threading.Lock()

    def all(self) -> Mapping[int, tuple[int, Chunk]]:
        """Place and chunk by id, in reading order."""
        with self._lock:
            while self._more():
                pass
        return self._cut

    def beyond(self, stored: Collection[int], most: int) -> dict[int, tuple[int, Chunk]]:
        """The first `most` chunks that aren't stored: place and chunk by id."""
        found: dict[int, tuple[int, Chunk]] = {}
        with self._lock:
            known = iter(list(self._cut))
            while len(found) < most:
                number = next(known, None)
                if number is None and not self._more():
                    break
                if number is None:
                    number = next(reversed(self._cut))
                if number not in stored:
                    found[number] = self._cut[number]
            else:
                # So that the last ones are known to be the last.
                self._more()
        return found

    def total(self) -> int:
        """How many chunks there are; as long as they aren't all cut, about how many."""
        with self._lock:
            done = len(self._cut)
            if self._whole:
                return done
            reached = max((chunk.end for _, chunk in self._cut.values()), default=0)
            length = len(self.content.text)
            return done + 1 + (length - reached) // (reached // done if done else _USUAL_CHARS)

    def _more(self) -> bool:
        item = next(self._rest, None)
        if item is None:
            self._whole = True
            return False
        self._cut[item[0]] = (len(self._cut), item[1])
        return True


class PreparedTexts:
    """Makes them, and keeps the last few: a long text is cut once, not at every batch."""

    def __init__(self, sizes: SizesFor) -> None:
        self._sizes = sizes
        self._lock = threading.Lock()
        self._kept: OrderedDict[str, Prepared] = OrderedDict()

    def made(
        self, document: str, title: str, content: CanonicalText, embedder: Embedder
    ) -> Prepared:
        """The chunks of a new text, cut to what `embedder` reads."""
        sizes = self._sizes(embedder)
        found = cut(content, title, embedder.count, sizes)
        mark = _mark(embedder, sizes, title, content.text)
        prepared = Prepared(mark, content, numbers(document, found))
        with self._lock:
            self._kept[document] = prepared
            while len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        return prepared

    def stored(self, session: Session, document: str, embedder: Embedder) -> Prepared:
        """The chunks of the text that is being embedded, cut to what `embedder` reads.

        That is the document's draft, or its own text where it has none.
        """
        draft = drafts.fingerprint_of(session, document)
        mark = draft or session.scalar(select(Document.fingerprint).where(Document.id == document))
        with self._lock:
            kept = self._kept.get(document)
        if kept is not None and kept.mark == mark:
            return kept
        if draft is not None:
            source = drafts.source_of(session, document)
            return self.made(document, source.title, source.content, embedder)
        row = session.get_one(Document, document)
        return self.made(document, row.title, stored_text(session, row), embedder)

    def forget(self, document: str) -> None:
        """Keep nothing of a document any more."""
        with self._lock:
            self._kept.pop(document, None)


def stored_text(session: Session, row: Document) -> CanonicalText:
    """A stored document's text with its blocks and headings."""
    headings = tuple(Heading(**heading) for heading in row.headings)
    return CanonicalText(row.text, books.blocks(session, row.id), headings)


def _mark(embedder: Embedder, sizes: Sizes, title: str, text: str) -> str:
    facts = [PIPELINE_VERSION, embedder.name, astuple(sizes), title]
    return hashlib.sha256(f"{facts!r}\x00{text}".encode()).hexdigest()
