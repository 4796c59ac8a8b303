"""A document's text, chunks, vectors and words on their way into the database.

What changes together is written in one transaction, and only by who holds the claim.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import asdict, replace

from sqlalchemy import bindparam, delete, insert, select, update
from sqlalchemy.orm import Session

from glossator.foundation.database import Database
from glossator.foundation.journal import lap, note
from glossator.gateways.ports import JobQueue, LexicalIndex, WordEntry
from glossator.ingestion import claims, drafts
from glossator.ingestion.chunking import Chunk
from glossator.ingestion.embedding import embedded, spans_of
from glossator.ingestion.names import title_of
from glossator.ingestion.prepared import Prepared, PreparedTexts
from glossator.ingestion.recursive import SizesFor
from glossator.ingestion.rows import place_of, write_blocks, write_chunks
from glossator.ingestion.sources import DocumentSource, SourceError
from glossator.ingestion.turns import DEADLY
from glossator.library import books
from glossator.library.active import ActiveIndex
from glossator.library.tables import (
    Document,
    DocumentBlock,
    DocumentChunk,
    DocumentEmbedding,
    now,
)
from glossator.library.uploads import Status

# The job that embeds, as queues know it.
EMBED = "documents.embed"
# Chunks stored at once. The first few of a text come alone: they can be found the sooner.
BATCH, FIRST = 16, 4
_NOTES = 50

_SPANS = (
    update(DocumentEmbedding)
    .where(
        DocumentEmbedding.chunk_id == bindparam("number"),
        DocumentEmbedding.model == bindparam("model_name"),
    )
    .values(spans=bindparam("new"))
)


class Storing:
    """Writes what was read and what was embedded; each method is one step, and repeatable."""

    def __init__(
        self,
        database: Database,
        index: ActiveIndex,
        words: LexicalIndex,
        queue: JobQueue,
        sizes: SizesFor,
    ) -> None:
        self._database = database
        self._index = index
        self._words = words
        self._queue = queue
        self._texts = PreparedTexts(sizes)

    def text(self, document: str, token: str, source: DocumentSource) -> None:
        """Text and blocks, and what the document held before brought to their places.

        Where that needs new vectors, what it held stays as it is until all of them are there.
        """
        if not source.content.blocks:
            raise SourceError("", "The file holds no text.")
        with self._database.writing() as session:
            # From here on it is this process that the text could harm.
            old = claims.hold(session, Document, document, token)
            old.attempts += 1
            had = _stored(session, document)
            embedder = self._index.embedder(session)
        if old.attempts > claims.MOST_STARTS:
            raise SourceError("", DEADLY.format(n=claims.MOST_STARTS))
        title = (source.title.strip() or title_of(old.filename or ""))[:500]
        source = replace(source, title=title)
        prepared = self._texts.made(document, title, source.content, embedder)
        # Before the transaction, because it takes long. A new text is cut as it is embedded.
        kept = had & prepared.all().keys() if had else set()
        lacking = prepared.beyond(kept, 1)
        lap("cut")
        with self._database.writing() as session:
            row = claims.hold(session, Document, document, token)
            self._index.settle(session, embedder)
            if had and lacking and row.fingerprint != prepared.mark:
                drafts.put(session, document, source, prepared.mark)
            else:
                drafts.drop(session, document)
                self._fill(session, row, embedder.name, source, prepared, had)
            self._next(session, row, prepared, kept)

    def batch(self, document: str, token: str, between: Callable[[], object]) -> None:
        """Embed the next chunks and store them: from then on they can be found.

        Those of a draft with the last of them. `between` is called after every few, and may wait
        for what is more urgent.
        """
        with self._database.reading() as session:
            embedder = self._index.embedder(session)
            draft = drafts.fingerprint_of(session, document) is not None
            prepared = self._texts.stored(session, document, embedder)
            stored = _stored(session, document)
            aside = drafts.embedded_chunks(session, document, embedder.name) if draft else set()
        if draft:
            # Code has no vector that could be kept aside.
            known = stored | aside
            done = {n for n, (_, item) in prepared.all().items() if n in known or not item.embed}
        else:
            done = stored
        if stored:
            prepared.all()
        found = prepared.beyond(done, BATCH if stored else FIRST)
        batch = [(number, item) for number, (_, item) in found.items()]
        lap("cut")
        rows, _ = embedded(self._database, embedder, batch, between=between)
        lap("embed")
        done = done | found.keys()
        with self._database.writing() as session:
            row = claims.hold(session, Document, document, token)
            self._index.settle(session, embedder)
            if draft:
                drafts.keep(session, document, rows)
                if len(done) == prepared.total():
                    self._take_over(session, row, embedder.name, prepared, stored)
            else:
                self._enter(session, row, prepared, found)
                if rows:
                    session.execute(insert(DocumentEmbedding), rows)
                if stored:
                    # Of another version of this program that was stopped in the middle.
                    self._forget(session, sorted(stored - prepared.all().keys()))
                books.bump(session, row.collection_id)
            self._next(session, row, prepared, done)

    def empty(self, session: Session, document: str) -> None:
        """Remove a document's blocks, chunks, vectors and words."""
        ids = session.scalars(
            select(DocumentChunk.id).where(DocumentChunk.document_id == document)
        ).all()
        self._words.remove(session, ids)
        drafts.drop(session, document)
        session.execute(delete(DocumentChunk).where(DocumentChunk.document_id == document))
        session.execute(delete(DocumentBlock).where(DocumentBlock.document_id == document))

    def forget(self, document: str) -> None:
        """Keep nothing of a document in memory any more."""
        self._texts.forget(document)

    def _fill(
        self,
        session: Session,
        row: Document,
        model: str,
        source: DocumentSource,
        prepared: Prepared,
        had: set[int],
    ) -> None:
        """Write a document's text; of the chunks that it `had` those stay that the text has too."""
        kept = had & prepared.all().keys() if had else set()
        row.title, row.language, row.pages = source.title, source.language, source.pages
        row.text, row.words = source.content.text, source.content.words
        row.headings = [asdict(heading) for heading in source.content.headings]
        row.notes = [problem.message for problem in source.problems[:_NOTES]]
        row.fingerprint = prepared.mark
        write_blocks(session, row.id, source.content)
        self._forget(session, sorted(had - kept))
        self._move(session, model, prepared, sorted(kept))
        books.bump(session, row.collection_id)

    def _take_over(
        self, session: Session, row: Document, model: str, prepared: Prepared, had: set[int]
    ) -> None:
        """Put a draft, all of whose vectors are there, in place of what the document `had`."""
        self._fill(session, row, model, drafts.source_of(session, row.id), prepared, had)
        new = {n: found for n, found in prepared.all().items() if n not in had}
        self._enter(session, row, prepared, new)
        drafts.release(session, model, list(new))
        drafts.drop(session, row.id)

    def _enter(
        self,
        session: Session,
        row: Document,
        prepared: Prepared,
        chunks: Mapping[int, tuple[int, Chunk]],
    ) -> None:
        """Write new chunks and their words; `chunks` are place and chunk by id."""
        order = {number: place for number, (place, _) in chunks.items()}
        items = [(number, item) for number, (_, item) in chunks.items()]
        write_chunks(session, row.id, row.collection_id, prepared.content, items, order)
        entries = [
            WordEntry(number, " ".join(item.heading_path), item.words) for number, item in items
        ]
        self._words.add(session, row.collection_id, row.id, entries)

    def _next(
        self, session: Session, row: Document, prepared: Prepared, stored: Collection[int]
    ) -> None:
        """What comes after a step that came to its end: another batch, or nothing."""
        done = not prepared.beyond(stored, 1)
        row.progress_done, row.progress_total = len(stored), prepared.total()
        claims.let_go(row, Status.READY if done else Status.EMBEDDING)
        if done:
            row.last_processed_at = now()
            total, pages = prepared.total(), row.pages
            note(ended="ready", format=row.format, pages=pages, chunks=total, user=row.user_id)
        else:
            self._queue.put(session, EMBED)

    def _forget(self, session: Session, chunks: Sequence[int]) -> None:
        self._words.remove(session, chunks)
        for at in range(0, len(chunks), 500):
            some = chunks[at : at + 500]
            session.execute(delete(DocumentChunk).where(DocumentChunk.id.in_(some)))

    def _move(self, session: Session, model: str, prepared: Prepared, kept: Sequence[int]) -> None:
        """Chunks that stay get their places in the new text."""
        if kept:
            made = prepared.all()
            session.execute(
                update(DocumentChunk),
                [{"id": number, **place_of(*made[number], prepared.content)} for number in kept],
            )
            session.connection().execute(
                _SPANS,
                [
                    {
                        "number": number,
                        "model_name": model,
                        "new": spans_of(made[number][1]),
                    }
                    for number in kept
                ],
            )


def _stored(session: Session, document: str) -> set[int]:
    ids = select(DocumentChunk.id).where(DocumentChunk.document_id == document)
    return set(session.scalars(ids))
