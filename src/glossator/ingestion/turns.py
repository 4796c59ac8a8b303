"""Whose document is next, and how a step of it ends: done, failed with a sentence, or later."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

from sqlalchemy import select
from sqlalchemy.orm import Session

from glossator.foundation.database import Database
from glossator.foundation.errors import Conflict
from glossator.foundation.journal import note, note_id
from glossator.foundation.telemetry import log
from glossator.gateways.ports import JobQueue, MayPass
from glossator.ingestion import claims, drafts
from glossator.ingestion.claims import Lost
from glossator.ingestion.sources import SourceError
from glossator.library import uploads
from glossator.library.tables import Document, now
from glossator.library.uploads import Status

STOPPED = "stopped"
"""Why a document has failed, for programs: its owner stopped it."""
DEADLY = (
    "Processing this file ended without an answer {n} times. Split it or save it in another "
    "format, and upload that."
)
_GONE = "The stored file is gone. Delete the document and upload the file again."
_TIRED = "A part that processing needs didn't answer {n} times. Reprocess the document later."
_STILL = " What was made of it before can still be asked."
_STOPPED = "You stopped it. Reprocess it to go on."
_BUG = "Processing failed and the reason was logged. Tell the operator the document's id."


class Turns:
    """Users in turn, whoever was served longest ago first; one file of each is read at a time."""

    def __init__(self, database: Database, queue: JobQueue) -> None:
        self._database = database
        self._queue = queue
        self._lock = threading.Lock()
        self._served: dict[int, int] = {}
        self._turn = 0
        self._reading: dict[str, int] = {}
        self._chance = random.Random()  # noqa: S311  jitter

    @contextmanager
    def next(
        self, states: Sequence[Status], during: Status, back_to: Status, job: str
    ) -> Iterator[tuple[str, str] | None]:
        """Claim what is next; the document and the claim, None where nothing waits."""
        work = self._claimed(states, during, back_to)
        if work is None:
            yield None
            return
        document, token = work
        note_id("document", document)
        try:
            yield work
        except Lost:
            return
        except SourceError as error:
            self._end(document, token, error.message, error.reason)
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

    def _claimed(
        self, states: Sequence[Status], during: Status, back_to: Status
    ) -> tuple[str, str] | None:
        with self._database.reading() as session:
            waiting = claims.first_of_each_owner(session, states)
        for user in self._in_turn(waiting, during):
            with self._database.writing() as session:
                starts = 0 if during is Status.PARSING else 1
                # One that has waited begins: its moment is still there.
                suspicious = session.scalar(
                    select(Document.attempts >= claims.PATIENT_STARTS).where(
                        Document.id == waiting[user], Document.due_at.is_(None)
                    )
                )
                token = claims.take(session, Document, waiting[user], states, during, starts=starts)
                if token is None:
                    continue
                row = session.get_one(Document, waiting[user])
                deadly = row.attempts > claims.MOST_STARTS
                if deadly:
                    _fail(session, row, DEADLY.format(n=claims.MOST_STARTS))
                elif suspicious:
                    row.attempts -= starts
                    claims.put_off(row, back_to)
            if not (deadly or suspicious):
                self._serve(user, waiting[user], during)
                return waiting[user], token
        return None

    def _in_turn(self, waiting: Iterable[int], during: Status) -> list[int]:
        """The users, whoever was served longest ago first; of equals in the order they come."""
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

    def stop(self, session: Session, row: Document) -> None:
        """End a document's processing because its owner says so; raises `Conflict`.

        The row is held by the caller's transaction.
        """
        if row.status not in uploads.UNFINISHED:
            raise Conflict("The document isn't being processed.")
        asked = uploads.chunk_counts(session, [row.id])
        claims.fail(row, _STOPPED + _STILL if asked else _STOPPED)
        row.reason, row.last_processed_at = STOPPED, now()

    def _end(self, document: str, token: str, sentence: str, reason: str = "") -> None:
        with self._database.writing() as session:
            try:
                row = claims.hold(session, Document, document, token)
            except Lost:
                return
            _fail(session, row, sentence)
            row.reason, row.last_processed_at = reason or None, now()
            note(ended="failed", format=row.format, reason=reason, user=row.user_id)

    def _later(self, document: str, token: str, back_to: Status, job: str) -> None:
        with self._database.writing() as session:
            try:
                row = claims.hold(session, Document, document, token)
            except Lost:
                return
            if back_to is Status.QUEUED:
                row.attempts += 1
            seconds = claims.try_again(row, back_to, self._chance)
            note(ended="failed" if seconds is None else "later", user=row.user_id)
            if seconds is None:
                _fail(session, row, _TIRED.format(n=claims.MOST_TRIES))
            else:
                self._queue.put(session, job, delay=seconds)


def _fail(session: Session, row: Document, sentence: str) -> None:
    """See `claims.fail`; of a document that was there before, its former text stays."""
    reading = row.status in (Status.QUEUED, Status.PARSING)
    former = (
        uploads.chunk_counts(session, [row.id])
        if reading
        else drafts.fingerprint_of(session, row.id)
    )
    claims.fail(row, sentence + _STILL if former else sentence)
