"""Chapters opened and marked, and what follows from them: how far, and where to continue."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Boolean, DateTime, bindparam, delete, select, text
from sqlalchemy.orm import Session

from glossator.accounts import people
from glossator.accounts.callers import Member
from glossator.foundation.web import moment
from glossator.library import access, books
from glossator.library.tables import Book, Document
from glossator.progress.tables import ChapterProgress

_PUT = text(
    "INSERT INTO user_progress (user_id, book_id, chapter_id, completed, last_accessed) "
    "VALUES (:user, :book, :chapter, :completed, :at) "
    "ON CONFLICT (user_id, book_id, chapter_id) DO UPDATE SET "
    "last_accessed = excluded.last_accessed, "
    "completed = CASE WHEN :marks THEN excluded.completed ELSE user_progress.completed END"
).bindparams(
    bindparam("completed", type_=Boolean),
    bindparam("marks", type_=Boolean),
    bindparam("at", type_=DateTime(timezone=True)),
)


def record(
    session: Session,
    reader: Member,
    chapter_id: str,
    book_id: str | None,
    now: datetime,
    *,
    completed: bool | None = None,
) -> None:
    """Note that a chapter was opened, or with `completed` that it was marked.

    Raises `UnknownReference` and `BadRequest` as `access.scope` does, and `Unauthorized` where
    the account has been deleted meanwhile.
    """
    book, chapter = access.chapter(session, reader, chapter_id, book_id)
    people.hold(session, reader.id)
    values = {"user": reader.id, "book": book, "chapter": chapter, "at": now}
    marks = {"completed": bool(completed), "marks": completed is not None}
    session.execute(_PUT, {**values, **marks})


def overview(session: Session, reader: Member) -> dict[str, Any]:
    """The object of `GET /api/user/progress`: only of books that the reader may see now."""
    mine = _by_book(session, reader.id)
    shown = []
    for book in access.visible_books(session, reader):
        order = books.chapters(session, book) if book.id in mine else ()
        there = {row.chapter_id or "" for row in order}
        rows = {name: row for name, row in mine.get(book.id, {}).items() if name in there}
        if rows:
            shown.append((book, order, rows))
    shown.sort(key=lambda item: max(row.last_accessed for row in item[2].values()), reverse=True)
    read = [row for _, _, rows in shown for row in rows.values()]
    read.sort(key=lambda row: row.last_accessed, reverse=True)
    return {
        "chapters_read": [_row_object(row) for row in read],
        "questions_asked": people.questions_asked(session, reader.id),
        "books": [_book_object(book, order, rows) for book, order, rows in shown],
    }


def export(session: Session, user_id: int) -> list[dict[str, Any]]:
    """All that is kept of a user, of removed books too."""
    rows = _by_book(session, user_id)
    return [_row_object(row) for found in rows.values() for row in found.values()]


def forget(session: Session, user_id: int) -> None:
    """Remove it."""
    session.execute(delete(ChapterProgress).where(ChapterProgress.user_id == user_id))


def _by_book(session: Session, user_id: int) -> dict[str, dict[str, ChapterProgress]]:
    rows = session.scalars(
        select(ChapterProgress)
        .where(ChapterProgress.user_id == user_id)
        .order_by(ChapterProgress.book_id, ChapterProgress.chapter_id)
    )
    found: dict[str, dict[str, ChapterProgress]] = {}
    for row in rows:
        found.setdefault(row.book_id, {})[row.chapter_id] = row
    return found


def _row_object(row: ChapterProgress) -> dict[str, Any]:
    return {
        "chapter_id": row.chapter_id,
        "book_id": row.book_id,
        "completed": row.completed,
        "last_accessed": moment(row.last_accessed),
    }


def _book_object(
    book: Book, order: Sequence[Document], rows: Mapping[str, ChapterProgress]
) -> dict[str, Any]:
    completed = sum(row.completed for row in rows.values())
    following = _following(order, rows)
    return {
        "book_id": book.id,
        "title": book.title,
        # Rounded down: 100 means all of it.
        "percent": 100 * completed // len(order),
        "chapters": len(order),
        "completed": completed,
        "continue": following
        and {"chapter_id": following.chapter_id or "", "title": following.title},
    }


def _following(order: Sequence[Document], rows: Mapping[str, ChapterProgress]) -> Document | None:
    """Where to read on: the unfinished chapter that was opened last, else the first unfinished
    one after the one read last, else the first unfinished one; None where all are finished.
    """
    by_name = {row.chapter_id or "": row for row in order}
    latest_first = sorted(rows.values(), key=lambda row: row.last_accessed, reverse=True)
    for row in latest_first:
        if not row.completed:
            return by_name[row.chapter_id]
    at = next(n for n, row in enumerate(order) if row.chapter_id == latest_first[0].chapter_id)
    unread = [row for row in (*order[at:], *order[:at]) if (row.chapter_id or "") not in rows]
    return unread[0] if unread else None
