"""A user's file to a searchable document, one small step at a time.

Parsing stores text and blocks; embedding adds chunks a batch at a time, each with its vector and
its words in one transaction, so what is stored is searchable and what is searchable is whole.
Every step can be repeated, and only who holds the claim may write.
"""

from __future__ import annotations

import random
import re
import tempfile
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path, PurePosixPath
from queue import SimpleQueue

from sqlalchemy import bindparam, delete, select, update
from sqlalchemy.orm import Session

from glossator.foundation.database import Database
from glossator.foundation.telemetry import log
from glossator.foundation.traffic import Traffic
from glossator.gateways.ports import (
    FileStore,
    JobQueue,
    LexicalIndex,
    MayPass,
    WordEntry,
)
from glossator.ingestion import claims
from glossator.ingestion.claims import Lost
from glossator.ingestion.embedding import embedded, spans_of
from glossator.ingestion.prepared import Prepared, PreparedTexts
from glossator.ingestion.rows import place_of, write_blocks, write_chunks
from glossator.ingestion.sandbox import Sandbox
from glossator.ingestion.sources import DocumentSource, SourceError
from glossator.ingestion.storable import storable
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

# The names of the jobs, as queues know them.
PARSE, EMBED, ERASE = "documents.parse", "documents.embed", "documents.erase"
# Chunks embedded at once: at 100 a second a question waits 80 ms for them at the longest.
BATCH = 16
# How long a batch steps aside for questions before it goes on all the same.
_YIELD_SECONDS = 2.0
_NOTES = 50

_GONE = "The stored file is gone. Delete the document and upload the file again."
_DEADLY = (
    "Processing this file ended without an answer {n} times. Split it or save it in another "
    "format, and upload that."
)
_TIRED = "A part that processing needs didn't answer {n} times. Reprocess the document later."
_BUG = "Processing failed and the reason was logged. Tell the operator the document's id."


_SPANS = (
    update(DocumentEmbedding)
    .where(
        DocumentEmbedding.chunk_id == bindparam("number"),
        DocumentEmbedding.model == bindparam("model_name"),
    )
    .values(spans=bindparam("new"))
)


class Documents:
    """The steps that jobs consist of; each says whether there was anything to do."""

    def __init__(
        self,
        database: Database,
        files: FileStore,
        index: ActiveIndex,
        words: LexicalIndex,
        queue: JobQueue,
        sandboxes: Sequence[Sandbox],
        traffic: Traffic,
        folder: Path,
    ) -> None:
        self._database = database
        self._files = files
        self._index = index
        self._words = words
        self._queue = queue
        self._sandboxes: SimpleQueue[Sandbox] = SimpleQueue()
        for sandbox in sandboxes:
            self._sandboxes.put(sandbox)
        self._traffic = traffic
        self._folder = folder
        self._lock = threading.Lock()
        self._served: dict[int, int] = {}
        self._turn = 0
        self._reading: dict[str, int] = {}
        self._texts = PreparedTexts()
        self._chance = random.Random()  # noqa: S311  jitter

    def parse(self) -> bool:
        """Read the next file that waits for it."""
        self._index_is_there()
        # One file per user at a time: a large one leaves the other lanes to the others.
        states = (Status.QUEUED, Status.PARSING)
        with self._database.reading() as session:
            if not claims.first_of_each_owner(session, states):
                return False
        sandbox = self._sandboxes.get()
        try:
            # Before anything is claimed: a start that takes long is nothing to a file's account.
            sandbox.start()
            with self._turn_of(states, Status.PARSING, Status.QUEUED, PARSE) as work:
                if work is None:
                    return False
                self._store_text(*work, storable(self._read(sandbox, *work)))
        finally:
            self._sandboxes.put(sandbox)
        return True

    def embed(self) -> bool:
        """Embed the next batch of the next document."""
        self._index_is_there()
        states = (Status.EMBEDDING,)
        with self._turn_of(states, Status.EMBEDDING, Status.EMBEDDING, EMBED) as work:
            if work is None:
                return False
            self._store_batch(*work)
        return True

    def erase(self) -> bool:
        """Finish the next deletion that has begun."""
        with self._database.reading() as session:
            document = session.scalar(
                select(Document.id).where(Document.deleted_at <= now()).limit(1)
            )
        if document is None:
            return False
        self.remove(document)
        return True

    def remove(self, document: str) -> None:
        """Take away all that is left of a deleted document: file, words, rows; repeatable."""
        with self._database.reading() as session:
            found = session.get(Document, document)
        if found is None or found.deleted_at is None:
            return
        if found.raw_path is not None:
            self._files.delete(found.raw_path)
        with self._database.writing() as session:
            self.empty(session, document)
            session.execute(delete(Document).where(Document.id == document))
            books.bump(session, found.collection_id)
        self._texts.forget(document)

    def empty(self, session: Session, document: str) -> None:
        """Remove a document's blocks, chunks, vectors and words."""
        ids = session.scalars(
            select(DocumentChunk.id).where(DocumentChunk.document_id == document)
        ).all()
        self._words.remove(session, ids)
        session.execute(delete(DocumentChunk).where(DocumentChunk.document_id == document))
        session.execute(delete(DocumentBlock).where(DocumentBlock.document_id == document))

    def bury(self, session: Session, row: Document) -> None:
        """Begin a deletion: from this transaction on nobody sees the document or writes to it."""
        row.deleted_at, row.checksum, row.claim, row.lease_until = now(), None, None, None
        books.bump(session, row.collection_id)
        self._queue.put(session, ERASE)

    def enqueue(self, session: Session, row: Document) -> None:
        """Have a document processed from its beginning; what it holds stays until then."""
        row.status, row.error, row.attempts = Status.QUEUED, None, 0
        row.claim = row.lease_until = row.due_at = None
        row.progress_done = row.progress_total = 0
        self._queue.put(session, PARSE)

    @contextmanager
    def _turn_of(
        self, states: Sequence[Status], during: Status, back_to: Status, job: str
    ) -> Iterator[tuple[str, str] | None]:
        """Claim what is next; the document and the claim, None where nothing waits."""
        work = self._claimed(states, during)
        if work is None:
            yield None
            return
        document, token = work
        try:
            yield work
        except Lost:
            return
        except SourceError as error:
            self._end(document, token, error.message)
        except FileNotFoundError:
            self._end(document, token, _GONE)
        except (MayPass, OSError) as error:
            log(__name__).warning("a step will be tried again", job=job, document=document,
                                  error=type(error).__name__)  # fmt: skip
            self._later(document, token, back_to, job)
        except (ValueError, TypeError, LookupError, ArithmeticError, RuntimeError) as error:
            log(__name__).error("a step failed", job=job, document=document, exc_info=error)
            self._end(document, token, _BUG)
        finally:
            with self._lock:
                self._reading.pop(document, None)

    def _index_is_there(self) -> None:
        """Raises `Unavailable` before anything is claimed: it is nothing to a file's account."""
        with self._database.reading() as session:
            self._index.embedder(session)

    def _claimed(self, states: Sequence[Status], during: Status) -> tuple[str, str] | None:
        with self._database.reading() as session:
            waiting = claims.first_of_each_owner(session, states)
        for user in self._in_turn(waiting, during):
            with self._database.writing() as session:
                starts = 0 if during is Status.PARSING else 1
                token = claims.take(session, Document, waiting[user], states, during, starts=starts)
                if token is None:
                    continue
                row = session.get_one(Document, waiting[user])
                deadly = row.attempts > claims.MOST_STARTS
                if deadly:
                    claims.fail(row, _DEADLY.format(n=claims.MOST_STARTS))
            if not deadly:
                self._serve(user, waiting[user], during)
                return waiting[user], token
        return None

    def _in_turn(self, waiting: Iterable[int], during: Status) -> list[int]:
        """The users, whoever was served longest ago first."""
        with self._lock:
            busy = set(self._reading.values()) if during is Status.PARSING else set()
            free = [user for user in waiting if user not in busy]
            return sorted(free, key=lambda user: self._served.get(user, 0))

    def _serve(self, user: int, document: str, during: Status) -> None:
        with self._lock:
            self._turn += 1
            self._served[user] = self._turn
            if during is Status.PARSING:
                self._reading[document] = user

    def _read(self, sandbox: Sandbox, document: str, token: str) -> DocumentSource:
        with self._database.reading() as session:
            row = session.get_one(Document, document)
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=self._folder, prefix="parse-") as folder:
            # Readers take a title from the name where the file holds none.
            path = Path(folder, _harmless(title_of(row.filename or "")) + ".file")
            with path.open("wb") as copy:
                for part in self._files.read(row.raw_path or ""):
                    copy.write(part)
            return sandbox.document(
                path, row.format or "", waiting=self._sign_of_life(document, token)
            )

    def _sign_of_life(self, document: str, token: str) -> Callable[[], None]:
        def renew() -> None:
            with self._database.writing() as session:
                claims.renew(session, Document, document, token)

        return renew

    def _store_text(self, document: str, token: str, source: DocumentSource) -> None:
        """Text and blocks, and what the document held before brought to their places."""
        if not source.content.blocks:
            raise SourceError("", "The file holds no text.")
        with self._database.writing() as session:
            # From here on it is this process that the text could harm.
            old = claims.hold(session, Document, document, token)
            old.attempts += 1
            embedder = self._index.embedder(session)
        if old.attempts > claims.MOST_STARTS:
            raise SourceError("", _DEADLY.format(n=claims.MOST_STARTS))
        title = (source.title.strip() or title_of(old.filename or ""))[:500]
        prepared = self._texts.made(document, title, source.content, embedder)
        wanted = dict(prepared.chunks)
        with self._database.writing() as session:
            row = claims.hold(session, Document, document, token)
            self._index.settle(session, embedder)
            row.title, row.language, row.pages = title, source.language, source.pages
            row.text, row.words = source.content.text, source.content.words
            row.headings = [asdict(heading) for heading in source.content.headings]
            row.notes = [problem.message for problem in source.problems[:_NOTES]]
            row.fingerprint = prepared.mark
            write_blocks(session, document, source.content)
            stored = set(
                session.scalars(
                    select(DocumentChunk.id).where(DocumentChunk.document_id == document)
                )
            )
            self._forget(session, sorted(stored - wanted.keys()))
            kept = [number for number, _ in prepared.chunks if number in stored]
            self._move(session, embedder.name, prepared, kept)
            row.progress_done, row.progress_total = len(kept), len(wanted)
            self._next(session, row)
            books.bump(session, row.collection_id)

    def _store_batch(self, document: str, token: str) -> None:
        self._traffic.wait_for_quiet(_YIELD_SECONDS)
        with self._database.reading() as session:
            embedder = self._index.embedder(session)
            prepared = self._texts.stored(session, document, embedder)
            stored = set(
                session.scalars(
                    select(DocumentChunk.id).where(DocumentChunk.document_id == document)
                )
            )
        order = prepared.order
        batch = [item for item in prepared.chunks if item[0] not in stored][:BATCH]
        rows, _ = embedded(self._database, embedder, batch)
        with self._database.writing() as session:
            row = claims.hold(session, Document, document, token)
            self._index.settle(session, embedder)
            write_chunks(session, document, row.collection_id, prepared.content, batch, order)
            entries = [
                WordEntry(number, " ".join(item.heading_path), item.words) for number, item in batch
            ]
            self._words.add(session, row.collection_id, document, entries)
            if rows:
                session.execute(DocumentEmbedding.__table__.insert(), rows)  # type: ignore[attr-defined]
            row.progress_done = min(len(stored) + len(batch), len(order))
            self._next(session, row)
            books.bump(session, row.collection_id)

    def _next(self, session: Session, row: Document) -> None:
        """What comes after a step that came to its end: another batch, or nothing."""
        done = row.progress_done >= row.progress_total
        claims.let_go(row, Status.READY if done else Status.EMBEDDING)
        if done:
            row.last_processed_at = now()
        else:
            self._queue.put(session, EMBED)

    def _forget(self, session: Session, chunks: Sequence[int]) -> None:
        self._words.remove(session, chunks)
        for at in range(0, len(chunks), 500):
            some = chunks[at : at + 500]
            session.execute(delete(DocumentChunk).where(DocumentChunk.id.in_(some)))

    def _move(self, session: Session, model: str, prepared: Prepared, kept: Sequence[int]) -> None:
        """Chunks that stay get their places in the new text."""
        order, by_id = prepared.order, dict(prepared.chunks)
        if kept:
            session.execute(
                update(DocumentChunk),
                [
                    {"id": number, **place_of(order[number], by_id[number], prepared.content)}
                    for number in kept
                ],
            )
            session.connection().execute(
                _SPANS,
                [
                    {
                        "number": number,
                        "model_name": model,
                        "new": spans_of(by_id[number]),
                    }
                    for number in kept
                ],
            )

    def _end(self, document: str, token: str, sentence: str) -> None:
        with self._database.writing() as session:
            try:
                row = claims.hold(session, Document, document, token)
            except Lost:
                return
            claims.fail(row, sentence)
            row.last_processed_at = now()

    def _later(self, document: str, token: str, back_to: Status, job: str) -> None:
        with self._database.writing() as session:
            try:
                row = claims.hold(session, Document, document, token)
            except Lost:
                return
            if back_to is Status.QUEUED:
                row.attempts += 1
            seconds = claims.try_again(row, back_to, self._chance)
            if seconds is None:
                claims.fail(row, _TIRED.format(n=claims.MOST_TRIES))
            else:
                self._queue.put(session, job, delay=seconds)


def title_of(filename: str) -> str:
    """A title for a file that has none: its name without the ending."""
    return PurePosixPath(filename).stem.replace("_", " ").strip() or "Untitled"


def _harmless(name: str) -> str:
    """A name that is one on any disk: no folders, nothing hidden, at most 200 bytes."""
    bare = re.sub(r"[^\w. -]", "_", name).strip(". ")
    return bare.encode()[:200].decode("utf-8", "ignore") or "Untitled"
