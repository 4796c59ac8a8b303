"""Make what searches need anew from what SQL holds: vectors of another embedder, words.

Texts stay cut as they are. A chunk's text for the encoder depends on the embedder that it was cut
for, so a document is cut again by those there are until the ids are those that are stored; a
chunk that none of them gives any more is taken from its row, without its sentences.
Every step is repeatable and stored at once: after a kill the next run finds less to do.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, delete, func, select, update
from sqlalchemy.orm import Session, undefer

from glossator.foundation.database import Database
from glossator.foundation.errors import Unavailable
from glossator.gateways.ports import Embedder, LexicalIndex, WordEntry
from glossator.ingestion.chunking import Chunk
from glossator.ingestion.embedding import embedded
from glossator.ingestion.prepared import stored_text
from glossator.ingestion.recursive import SizesFor, cut
from glossator.ingestion.rows import numbered
from glossator.library.active import ActiveIndex
from glossator.library.copying import Copying
from glossator.library.plain import plain
from glossator.library.tables import Document, DocumentChunk, DocumentEmbedding, IndexEmbedder
from glossator.library.uploads import Status

_BATCH = 32
_SWEEP = 2_000
_DOCUMENTS = 100

Report = Callable[[int, int], None]
Cut = tuple[int, Chunk]


class _NotYet(Exception):
    """Undoes the switch."""


@dataclass(frozen=True, slots=True)
class Embedding:
    """What embedding did: chunks embedded, and how many of them were taken from their rows.

    `too_long` chunks are longer than the embedder reads: words alone find their ends, until
    their book or document is read again.
    """

    embedded: int
    rough: int
    too_long: int


class Reindexing:
    """The steps of `glossator reindex`; each may be cut off anywhere."""

    def __init__(
        self,
        database: Database,
        index: ActiveIndex,
        words: LexicalIndex,
        copying: Copying,
        sizes: SizesFor,
    ) -> None:
        self._database = database
        self._index = index
        self._words = words
        self._copying = copying
        self._sizes = sizes

    def active(self) -> str | None:
        """The name of the embedder that the library is indexed by; None for an empty library."""
        with self._database.reading() as session:
            return session.scalar(select(IndexEmbedder.model))

    def missing(self, model: str) -> int:
        """How many chunks have no vector of an embedder."""
        with self._database.reading() as session:
            return session.scalar(_without(model, func.count())) or 0

    def embed(self, embedder: Embedder, report: Report = lambda *_: None) -> Embedding:
        """Give every chunk a vector of `embedder` that has none, beside those of others."""
        total = self.missing(embedder.name)
        done = rough = too_long = 0
        before = -1
        # A chunk that can't be embedded must not keep it going for ever.
        while before < done:
            before = done
            with self._database.reading() as session:
                documents = session.scalars(
                    _without(embedder.name, DocumentChunk.document_id).distinct().limit(_DOCUMENTS)
                ).all()
            for document in documents:
                for batch, guessed in self._batches(document, embedder):
                    done += self._store(embedder, batch)
                    rough += guessed
                    counts = embedder.count([item.embed for _, item in batch])
                    too_long += sum(pieces > embedder.max_pieces for pieces in counts)
                    report(min(done, total), total)
        return Embedding(done, rough, too_long)

    def switch(self, embedder: Embedder, choice: str) -> bool:
        """Have the library searched with `embedder`; False where a chunk has come meanwhile.

        Documents in the middle of being embedded are read again: they are cut for the old one.
        """
        try:
            with self._database.writing() as session:
                # First, for it waits for those who are writing with the old one.
                self._index.switch(session, embedder, choice)
                if session.scalar(_without(embedder.name, func.count())):
                    raise _NotYet
                session.execute(
                    update(Document)
                    .where(Document.status == Status.EMBEDDING, Document.user_id.is_not(None))
                    .values(status=Status.QUEUED, claim=None, lease_until=None, due_at=None)
                )
                self._copying.leave(session, embedder.name)
        except _NotYet:
            return False
        return True

    def sweep(self, model: str) -> int:
        """Remove the vectors of all embedders but one; how many there were."""
        removed = 0
        while True:
            with self._database.writing() as session:
                old = session.execute(
                    select(DocumentEmbedding.chunk_id, DocumentEmbedding.model)
                    .where(DocumentEmbedding.model != model)
                    .limit(_SWEEP)
                ).all()
                for name in {row.model for row in old}:
                    chunks = [row.chunk_id for row in old if row.model == name]
                    session.execute(
                        delete(DocumentEmbedding).where(
                            DocumentEmbedding.chunk_id.in_(chunks), DocumentEmbedding.model == name
                        )
                    )
            if not old:
                return removed
            removed += len(old)

    def words(self, report: Report = lambda *_: None, *, lacking: bool = False) -> int:
        """Enter all chunks' words anew, a document at a time; how many chunks.

        With `lacking` only in collections that have not as many as chunks.
        """
        wanted = select(DocumentChunk.document_id).distinct().order_by(DocumentChunk.document_id)
        with self._database.reading() as session:
            if lacking:
                named = DocumentChunk.collection_id.in_(self._without_words(session))
                wanted = wanted.where(named)
            documents = session.scalars(wanted).all()
        done = 0
        for n, document in enumerate(documents):
            with self._database.reading() as session:
                chunks, _ = self._cut(session, document)
            entries = {
                number: WordEntry(number, " ".join(item.heading_path), item.words)
                for number, item in chunks
            }
            with self._database.writing() as session:
                there = session.execute(
                    select(DocumentChunk.id, DocumentChunk.collection_id)
                    .where(DocumentChunk.document_id == document)
                    .with_for_update(read=True)
                ).all()
                # A chunk that came after the cut entered its words itself.
                known = [row.id for row in there if row.id in entries]
                if known:
                    self._words.remove(session, known)
                    self._words.add(
                        session, there[0].collection_id, document, [entries[n] for n in known]
                    )
                done += len(known)
            report(n + 1, len(documents))
        return done

    def _without_words(self, session: Session) -> list[str]:
        rows = session.execute(
            select(DocumentChunk.collection_id, func.count()).group_by(DocumentChunk.collection_id)
        )
        return [name for name, count in rows if self._words.count(session, name) != count]

    def _batches(self, document: str, embedder: Embedder) -> Iterator[tuple[list[Cut], int]]:
        """A document's chunks that lack a vector, and how many of each batch are only guessed."""
        with self._database.reading() as session:
            lacking = set(
                session.scalars(
                    _without(embedder.name, DocumentChunk.id).where(
                        DocumentChunk.document_id == document
                    )
                )
            )
            chunks, rough = self._cut(session, document, embedder)
        wanted = [item for item in chunks if item[0] in lacking]
        for at in range(0, len(wanted), _BATCH):
            batch = wanted[at : at + _BATCH]
            yield batch, sum(number in rough for number, _ in batch)

    def _cut(
        self, session: Session, document: str, embedder: Embedder | None = None
    ) -> tuple[list[Cut], set[int]]:
        """A document's stored chunks as they were cut, and the ids of those taken from rows."""
        row = session.get(
            Document, document, options=[undefer(Document.text), undefer(Document.headings)]
        )
        if row is None:
            return [], set()
        stored = session.scalars(
            select(DocumentChunk)
            .where(DocumentChunk.document_id == document)
            .order_by(DocumentChunk.position)
        ).all()
        content = stored_text(session, row)
        found: dict[int, Chunk] = {}
        for cutter in self._cutters(session, embedder):
            chunks = cut(content, row.title, cutter.count, self._sizes(cutter))
            found |= dict(numbered(document, list(chunks)))
            if all(item.id in found for item in stored):
                break
        rough = {item.id for item in stored if item.id not in found}
        return [(item.id, found.get(item.id) or _from_row(item)) for item in stored], rough

    def _cutters(self, session: Session, embedder: Embedder | None) -> Sequence[Embedder]:
        """The embedders that stored texts may have been cut for, the likeliest first."""
        found = [self._index.configured, *([embedder] if embedder else [])]
        try:
            found.insert(0, self._index.embedder(session))
        except Unavailable:
            # The library's own can't be had any more, which is why it is indexed anew.
            return found
        return list({item.name: item for item in found}.values())

    def _store(self, embedder: Embedder, batch: list[Cut]) -> int:
        rows, _ = embedded(self._database, embedder, batch)
        table = DocumentEmbedding
        numbers = [row["chunk_id"] for row in rows]
        with self._database.writing() as session:
            # Deleted meanwhile, or embedded by another process.
            there = set(
                session.scalars(
                    select(DocumentChunk.id)
                    .where(DocumentChunk.id.in_(numbers))
                    .with_for_update(read=True)
                )
            )
            there -= set(
                session.scalars(
                    select(table.chunk_id).where(
                        table.chunk_id.in_(numbers), table.model == embedder.name
                    )
                )
            )
            new = [row for row in rows if row["chunk_id"] in there]
            if new:
                session.execute(table.__table__.insert(), new)  # type: ignore[attr-defined]
        return len(new)


def _without(model: str, column: Any) -> Select[Any]:
    """Selects of chunks that should have a vector of an embedder and don't."""
    vectors = DocumentEmbedding
    there = (vectors.chunk_id == DocumentChunk.id) & (vectors.model == model)
    return (
        select(column)
        .select_from(DocumentChunk)
        .join(vectors, there, isouter=True)
        .where(DocumentChunk.kind != "code", vectors.chunk_id.is_(None))
    )


def _from_row(item: DocumentChunk) -> Chunk:
    """A chunk without the places of its sentences: its whole is found, none of them by itself."""
    body = plain(item.text)
    path = tuple(item.heading_path)
    return Chunk(
        kind=item.kind,
        start=item.start,
        end=item.end,
        heading_path=path,
        sentences=(),
        places=(),
        embed="" if item.kind == "code" else ". ".join((*path, body)),
        words=body,
        hash=item.hash,
        anchor=item.anchor,
        page=item.page,
    )
