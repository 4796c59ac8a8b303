"""Whose turn it is, and who works on what: the state in the database that queues run on.

A piece of work is a row of `documents` or `book_jobs`. A claim holds until its lease ends, so
work of a process that died is taken up by another; whoever lost a claim can't write any more.
"""

from __future__ import annotations

import random
import secrets
from collections.abc import Sequence
from datetime import timedelta
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, and_, case, func, or_, select, update
from sqlalchemy.orm import Session

from glossator.ingestion.tables import BookJob
from glossator.library.tables import Document, now
from glossator.library.uploads import Status

Row = TypeVar("Row", Document, BookJob)

LEASE = timedelta(seconds=60)
# So many failures that might have passed, of one step.
MOST_TRIES = 5
# After so many starts of one step that neither came to its end nor failed it waits before each
# further one, longer every time: a file that kills us leaves the server to the others. After
# twice as many it is given up. Mostly it is not the file's fault that a server was killed.
PATIENT_STARTS = 10
MOST_STARTS = 20
_FIRST_WAIT, _LONGEST_WAIT = 2.0, 600.0
# Small files first, but nobody's file waits behind smaller ones for longer than this.
_PATIENCE = timedelta(minutes=5)


class Lost(Exception):
    """The row is somebody else's by now, or deleted: stop, and write nothing."""


def waiting(table: type[Row], states: Sequence[Status]) -> ColumnElement[bool]:
    """The condition for rows that can be worked on now."""
    moment = now()
    free = or_(table.lease_until.is_(None), table.lease_until < moment)
    due = or_(table.due_at.is_(None), table.due_at <= moment)
    found: ColumnElement[bool] = and_(table.status.in_(states), free, due)
    if issubclass(table, Document):
        found &= table.deleted_at.is_(None) & table.book_id.is_(None)
    return found


def first_of_each_owner(session: Session, states: Sequence[Status]) -> dict[int, str]:
    """For each user with documents in these states the one that is next: the smallest, or a
    document that has waited for long.

    First whose step was begun most often: else a server that is killed again and again after its
    first step would begin that step each time, and never end it.
    """
    patient = case((Document.created_at < now() - _PATIENCE, 0), else_=Document.size)
    ranked = (
        select(
            Document.user_id,
            Document.id,
            Document.attempts,
            func.row_number()
            .over(
                partition_by=Document.user_id,
                order_by=(patient, Document.created_at, Document.id),
            )
            .label("place"),
        )
        .where(waiting(Document, states))
        .subquery()
    )
    rows = session.execute(
        select(ranked.c.user_id, ranked.c.id)
        .where(ranked.c.place == 1)
        .order_by(ranked.c.attempts.desc(), ranked.c.user_id)
    )
    return {user: document for user, document in rows.all() if user is not None}


def take(
    session: Session,
    table: type[Row],
    identity: str,
    states: Sequence[Status],
    status: Status,
    *,
    starts: int = 1,
) -> str | None:
    """Claim a row and set its status; the claim's token, None where another was faster.

    `starts` is 0 where what begins can't harm this process, as when another one reads the file.
    """
    token = secrets.token_hex(8)
    done = session.execute(
        update(table)
        .where(table.id == identity, waiting(table, states))
        .values(
            claim=token,
            lease_until=now() + LEASE,
            attempts=table.attempts + starts,
            status=status,
            due_at=None,
        )
    )
    return token if done.rowcount else None  # type: ignore[attr-defined]


def hold(session: Session, table: type[Row], identity: str, token: str) -> Row:
    """The claimed row, locked against everybody else; raises `Lost`."""
    row = session.scalar(
        select(table).where(table.id == identity, table.claim == token).with_for_update()
    )
    if row is None or getattr(row, "deleted_at", None) is not None:
        raise Lost(identity)
    return row


def renew(session: Session, table: type[Row], identity: str, token: str) -> None:
    """A sign of life; raises `Lost`."""
    _still(
        session.execute(
            update(table)
            .where(table.id == identity, table.claim == token)
            .values(lease_until=now() + LEASE)
        ),
        identity,
    )


def tell(session: Session, identity: str, token: str, done: int, total: int) -> None:
    """How far a document's step is, which is a sign of life too; raises `Lost`."""
    _still(
        session.execute(
            update(Document)
            .where(Document.id == identity, Document.claim == token)
            .values(progress_done=done, progress_total=total, lease_until=now() + LEASE)
        ),
        identity,
    )


def _still(done: Any, identity: str) -> None:
    # A file that somebody stopped or deleted is read no further.
    if not done.rowcount:
        raise Lost(identity)


def let_go(row: Row, status: Status) -> None:
    """A step came to its end: the next one may be anybody's."""
    row.claim = row.lease_until = row.due_at = None
    row.status, row.attempts = status, 0
    if status is not Status.FAILED:
        row.error = None


def fail(row: Row, sentence: str) -> None:
    """It is no use to try again."""
    let_go(row, Status.FAILED)
    row.error = sentence


def try_again(row: Row, status: Status, chance: random.Random) -> float | None:
    """Set the row back to `status` and let it wait, longer each time; the seconds.

    None where it has been tried often enough: then the caller fails it.
    """
    tries = row.attempts
    if tries >= MOST_TRIES:
        return None
    wait: float = min(_FIRST_WAIT * 2.0 ** (tries - 1), _LONGEST_WAIT)
    seconds = wait * chance.uniform(0.5, 1.5)
    row.claim = row.lease_until = None
    row.status, row.due_at = status, now() + timedelta(seconds=seconds)
    return seconds


def put_off(row: Row, status: Status) -> None:
    """Let a row wait whose step was begun suspiciously often."""
    over = max(0, row.attempts - PATIENT_STARTS)
    row.claim = row.lease_until = None
    row.status = status
    row.due_at = now() + timedelta(seconds=min(_FIRST_WAIT * 2.0**over, _LONGEST_WAIT))


def free_all(session: Session) -> None:
    """All claims end: the caller is the only runner, and has only begun."""
    values: dict[str, Any] = {"claim": None, "lease_until": None}
    session.execute(update(Document).where(Document.claim.is_not(None)).values(**values))
    session.execute(update(BookJob).where(BookJob.claim.is_not(None)).values(**values))
