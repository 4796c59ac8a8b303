"""Books that are sent over HTTP: kept as they came, read in a process apart, added in steps."""

from __future__ import annotations

import random
import secrets
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from filelock import FileLock, Timeout
from sqlalchemy import delete, or_, select
from sqlalchemy.orm import Session

from glossator.foundation.database import Database
from glossator.foundation.errors import Conflict
from glossator.foundation.journal import note, note_id
from glossator.foundation.multipart import Received
from glossator.foundation.telemetry import log
from glossator.gateways.ports import FileStore, JobQueue, MayPass
from glossator.ingestion import claims
from glossator.ingestion.claims import Lost
from glossator.ingestion.intake import pieces
from glossator.ingestion.names import shown_name
from glossator.ingestion.pipeline import Pipeline, Progress, names_of
from glossator.ingestion.sandbox import Sandbox
from glossator.ingestion.sources import BookSource, SourceError
from glossator.ingestion.tables import BookJob
from glossator.library.tables import now
from glossator.library.uploads import UNFINISHED, Status

ADD = "books.add"
# A job whose files never all arrived, because its server died, is dropped after this.
_FORGOTTEN = timedelta(hours=1)
_NOTES = 50
_BUSY = "This book is being added. Wait until that is done."


class Occupied(MayPass):
    """Another process is changing books right now."""


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be made of the files that were sent; None leaves a fact as it is."""

    book_id: str
    title: str | None
    url: str | None
    visibility: str | None
    replaces: bool


class BookJobs:
    """Takes orders, and carries them out one after the other."""

    def __init__(
        self,
        database: Database,
        files: FileStore,
        queue: JobQueue,
        pipeline: Pipeline,
        sandbox: Sandbox,
        data: Path,
    ) -> None:
        self._database = database
        self._files = files
        self._queue = queue
        self._pipeline = pipeline
        self._sandbox = sandbox
        self._data = data
        self._chance = random.Random()  # noqa: S311  jitter

    def order(self, user_id: int, order: Order, received: Sequence[Received], most: int) -> BookJob:
        """Keep the files and queue the job; raises `Conflict` where one for the book is queued."""
        identity = f"j{secrets.token_hex(10)}"
        names = _distinct([item.filename for item in received])
        paths = [f"books/{identity}/{n}" for n in range(len(received))]
        with self._database.writing() as session:
            self.check_free(session, order.book_id)
            session.add(
                BookJob(
                    id=identity,
                    book_id=order.book_id,
                    user_id=user_id,
                    title=order.title,
                    url=order.url,
                    visibility=order.visibility,
                    replaces=order.replaces,
                    files=[list(pair) for pair in zip(paths, names, strict=True)],
                    status=Status.QUEUED,
                    notes=[],
                    due_at=now() + _FORGOTTEN,
                )
            )
        for path, item in zip(paths, received, strict=True):
            self._files.put(path, pieces(item.path), most=most)
        with self._database.writing() as session:
            job = session.get_one(BookJob, identity)
            job.due_at = None
            self._queue.put(session, ADD)
        return job

    def check_free(self, session: Session, book_id: str) -> None:
        """Raises `Conflict` while a job for the book is unfinished."""
        arriving = now() + _FORGOTTEN / 2
        busy = session.scalar(
            select(BookJob.id).where(
                BookJob.book_id == book_id,
                BookJob.status.in_(UNFINISHED),
                or_(BookJob.due_at.is_(None), BookJob.due_at < arriving),
            )
        )
        if busy is not None:
            raise Conflict(_BUSY)

    def latest(self, session: Session, book_id: str) -> BookJob | None:
        """The newest job for a book."""
        return session.scalar(
            select(BookJob)
            .where(BookJob.book_id == book_id)
            .order_by(BookJob.created_at.desc())
            .limit(1)
        )

    def forget(self, book_id: str) -> None:
        """Remove what is left of a book's jobs; raises `Conflict` while one is unfinished."""
        with self._database.writing() as session:
            self.check_free(session, book_id)
            session.execute(delete(BookJob).where(BookJob.book_id == book_id))

    def add(self) -> bool:
        """Carry out the job that has waited longest; False where none waits."""
        with self._database.reading() as session:
            waiting = claims.waiting(BookJob, UNFINISHED)
            first = session.scalar(select(BookJob.id).where(waiting).order_by(BookJob.created_at))
        if first is None:
            return False
        with self._database.writing() as session:
            token = claims.take(session, BookJob, first, UNFINISHED, Status.PARSING)
            if token is None:
                return False
            job = session.get_one(BookJob, first)
        note_id("book_job", job.id)
        note(book=job.book_id, user=job.user_id)
        with self._ending(job, token):
            if job.attempts > claims.MOST_STARTS:
                raise SourceError("", "Adding this book ended without an answer too often.")
            with self._alone():
                self._carry_out(job, token)
        return True

    def _carry_out(self, job: BookJob, token: str) -> None:
        sources = self._read(job, token)
        notes = [
            f"{problem.path}: {problem.message}" if problem.path else problem.message
            for source in sources
            for problem in source.problems
        ]
        total = sum(len(source.chapters) + len(source.translations) for source in sources)
        done = 0

        def report(progress: Progress) -> None:
            self._note(job.id, token, done + progress.done, total)

        for source in sources:
            book_id, title = names_of(source, job.book_id, job.title)
            self._pipeline.add_book(
                source,
                book_id,
                title=title,
                url=job.url,
                visibility=job.visibility,
                report=report,
            )
            done += len(source.chapters) + len(source.translations)
        with self._database.writing() as session:
            row = claims.hold(session, BookJob, job.id, token)
            claims.let_go(row, Status.READY)
            row.notes, row.finished_at = notes[:_NOTES], now()
            note(ended="ready", chapters=total)
        self._drop(job)

    def _read(self, job: BookJob, token: str) -> list[BookSource]:
        work = self._data / "work"
        work.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=work, prefix="book-") as folder:
            root = Path(folder, job.book_id)
            for path, name in job.files:
                target = root / name
                target.parent.mkdir(parents=True, exist_ok=True)
                with target.open("wb") as file:
                    for part in self._files.read(path):
                        file.write(part)
            only = root / job.files[0][1] if len(job.files) == 1 else root
            return self._sandbox.books([only], waiting=lambda: self._renew(job.id, token))

    def _renew(self, job: str, token: str) -> None:
        with self._database.writing() as session:
            claims.renew(session, BookJob, job, token)

    def _note(self, job: str, token: str, done: int, total: int) -> None:
        with self._database.writing() as session:
            row = claims.hold(session, BookJob, job, token)
            row.status, row.attempts = Status.EMBEDDING, 1
            row.progress_done, row.progress_total = done, total
            row.lease_until = now() + claims.LEASE

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """One process at a time changes the books of a data folder: `glossator add` may be one."""
        lock = FileLock(self._data / "add.lock", thread_local=False)
        try:
            lock.acquire(timeout=0)
        except Timeout:
            raise Occupied from None
        try:
            yield
        finally:
            lock.release()

    @contextmanager
    def _ending(self, job: BookJob, token: str) -> Iterator[None]:
        try:
            yield
        except Lost:
            return
        except SourceError as error:
            path = f"{error.path}: " if error.path else ""
            self._fail(job, token, f"{path}{error.message}")
        except FileNotFoundError:
            self._fail(job, token, "The files that were sent are gone. Send the book again.")
        except (MayPass, OSError) as error:
            log(__name__).warning("a book waits", job=job.id, error=type(error).__name__)
            self._later(job, token, attempt=not isinstance(error, Occupied))
        except (ValueError, TypeError, LookupError, ArithmeticError, RuntimeError) as error:
            log(__name__).error("a book failed", job=job.id, exc_info=error)
            self._fail(job, token, "Adding the book failed and the reason was logged.")

    def _later(self, job: BookJob, token: str, *, attempt: bool) -> None:
        with self._database.writing() as session:
            row = claims.hold(session, BookJob, job.id, token)
            if not attempt:
                row.attempts = 1
            seconds = claims.try_again(row, Status.QUEUED, self._chance)
            note(ended="later")
            if seconds is not None:
                self._queue.put(session, ADD, delay=seconds)
                return
        self._fail(job, token, "A part that adding books needs didn't answer. Send it again later.")

    def _fail(self, job: BookJob, token: str, sentence: str) -> None:
        with self._database.writing() as session:
            row = claims.hold(session, BookJob, job.id, token)
            claims.fail(row, sentence)
            row.finished_at = now()
            note(ended="failed")
        self._drop(job)

    def _drop(self, job: BookJob) -> None:
        """The job's files are of no more use."""
        for path, _ in job.files:
            self._files.delete(path)


def _distinct(filenames: Sequence[str]) -> list[str]:
    """Names within the book: relative paths without a way out, no two alike."""
    found: list[str] = []
    for filename in filenames:
        parts = [part for part in filename.replace("\\", "/").split("/") if part.strip(". ")]
        name = "/".join(shown_name(part) for part in parts[-8:]) or "unnamed"
        stem, dot, ending = name.rpartition(".")
        number = 1
        while name in found:
            number += 1
            name = f"{stem}-{number}.{ending}" if dot else f"{ending}-{number}"
        found.append(name)
    return found
