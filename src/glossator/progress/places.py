"""Where each reader stopped in each book."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import DateTime, bindparam, delete, select, text
from sqlalchemy.orm import Session

from glossator.accounts import people
from glossator.accounts.callers import Member
from glossator.foundation.web import moment
from glossator.library import access
from glossator.progress.tables import ReadingPlace

_PUT = text(
    "INSERT INTO reading_places (user_id, book_id, chapter_id, block_id, share, at) "
    "VALUES (:user, :book, :chapter, :block, :share, :at) "
    "ON CONFLICT (user_id, book_id) DO UPDATE SET chapter_id = excluded.chapter_id, "
    "block_id = excluded.block_id, share = excluded.share, at = excluded.at"
).bindparams(bindparam("at", type_=DateTime(timezone=True)))


def put(
    session: Session,
    reader: Member,
    *,
    chapter_id: str,
    book_id: str | None,
    block_id: str,
    share: float,
    at: datetime,
) -> None:
    """Note where one reads; raises as `service.record`.

    Whether the chapter has such a block isn't asked: a page that shows an older state of it, or
    an author's translation, has others.
    """
    book, chapter = access.chapter(session, reader, chapter_id, book_id)
    people.hold(session, reader.id)
    where = {"book": book, "chapter": chapter, "block": block_id, "share": share}
    session.execute(_PUT, {"user": reader.id, "at": at, **where})


def of_book(session: Session, reader: Member, book_id: str) -> dict[str, Any] | None:
    """Where one stopped; None where nothing is kept. Raises `NotFound` as `visible_book`."""
    book = access.visible_book(session, reader, book_id)
    row = session.get(ReadingPlace, (reader.id, book.id))
    return None if row is None else _object(row)


def export(session: Session, user_id: int) -> list[dict[str, Any]]:
    """All that is kept of a user."""
    rows = session.scalars(
        select(ReadingPlace).where(ReadingPlace.user_id == user_id).order_by(ReadingPlace.book_id)
    )
    return [_object(row) for row in rows]


def forget(session: Session, user_id: int) -> None:
    """Remove it."""
    session.execute(delete(ReadingPlace).where(ReadingPlace.user_id == user_id))


def _object(row: ReadingPlace) -> dict[str, Any]:
    return {
        "book_id": row.book_id,
        "chapter_id": row.chapter_id,
        "block_id": row.block_id,
        "offset": row.share,
        "at": moment(row.at),
    }
