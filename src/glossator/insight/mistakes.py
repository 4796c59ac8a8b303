"""Mistakes that readers tell of, for whoever can mend the book."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from glossator.accounts import people
from glossator.accounts.callers import Member
from glossator.foundation.errors import NotFound, TooMany
from glossator.foundation.web import moment
from glossator.insight.tables import Mistake, now
from glossator.library import access
from glossator.library.tables import Document
from glossator.tutor.conversations import new_id

# Of one reader in a day; who finds more writes to the author.
MOST_A_DAY = 30
_WORDS = "There is no such mistake, or it is mended already."


def tell(
    session: Session, reader: Member, *, chapter_id: str, book_id: str | None,
    block_id: str, words: str, comment: str,
) -> str:  # fmt: skip
    """Keep what a reader found; its id. Raises `TooMany`, and as `access.chapter` does."""
    book, chapter = access.chapter(session, reader, chapter_id, book_id)
    people.hold(session, reader.id)
    lately = select(func.count()).where(
        Mistake.user_id == reader.id, Mistake.told_at > now() - timedelta(days=1)
    )
    if (session.scalar(lately) or 0) >= MOST_A_DAY:
        raise TooMany(f"You have told of {MOST_A_DAY} mistakes today. Go on tomorrow.")
    row = Mistake(
        id=new_id(), user_id=reader.id, book_id=book, chapter_id=chapter, block_id=block_id,
        words=words, comment=" ".join(comment.split()), told_at=now(),
    )  # fmt: skip
    session.add(row)
    return row.id


def found(
    session: Session, titles: Mapping[str, str], *, page: int, size: int
) -> tuple[list[dict[str, Any]], int]:
    """A part of what was told of these books, the newest first, and how many there are.

    Without who told it.
    """
    own = select(Mistake).where(Mistake.book_id.in_(titles))
    ordered = own.order_by(Mistake.told_at.desc(), Mistake.id)
    rows = session.scalars(ordered.offset((page - 1) * size).limit(size)).all()
    chapters = _titles(session, {(row.book_id, row.chapter_id) for row in rows})
    shown = [
        {
            **_object(row),
            "title": chapters.get((row.book_id, row.chapter_id), row.chapter_id),
        }
        for row in rows
    ]
    return shown, session.scalar(select(func.count()).select_from(own.subquery())) or 0


def mended(session: Session, author: Member, mistake_id: str) -> None:
    """Take one off the list; raises `NotFound`, the same for another's book."""
    row = session.get(Mistake, mistake_id) if "\x00" not in mistake_id else None
    if row is None:
        raise NotFound(_WORDS)
    try:
        access.visible_book(session, author, row.book_id)
    except NotFound:
        raise NotFound(_WORDS) from None
    # Of two authors at once the second finds it mended.
    if not session.execute(delete(Mistake).where(Mistake.id == row.id).returning(Mistake.id)).all():
        raise NotFound(_WORDS)


def export(session: Session, user_id: int) -> list[dict[str, Any]]:
    """All that a user told."""
    own = select(Mistake).where(Mistake.user_id == user_id).order_by(Mistake.told_at)
    return [_object(row) for row in session.scalars(own)]


def forget(session: Session, user_id: int) -> None:
    """Remove it."""
    session.execute(delete(Mistake).where(Mistake.user_id == user_id))


def _titles(session: Session, names: set[tuple[str, str]]) -> dict[tuple[str, str], str]:
    rows = session.execute(
        select(Document.book_id, Document.chapter_id, Document.title).where(
            Document.book_id.in_({book for book, _ in names}),
            Document.chapter_id.in_({chapter for _, chapter in names}),
        )
    )
    return {(str(row.book_id), str(row.chapter_id)): row.title for row in rows}


def _object(row: Mistake) -> dict[str, Any]:
    return {
        "mistake_id": row.id,
        "book_id": row.book_id,
        "chapter_id": row.chapter_id,
        "block_id": row.block_id,
        "words": row.words,
        "comment": row.comment,
        "told_at": moment(row.told_at),
    }
