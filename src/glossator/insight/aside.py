"""Wordings that an author put aside: which are left out of the report on gaps."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from sqlalchemy import delete, insert, select, tuple_
from sqlalchemy.orm import Session

from glossator.insight.tables import GapAside, now

# A book and the SHA-256 of a wording's letters.
Mark = tuple[str, str]


def mark(book_id: str, normalised: str) -> Mark:
    """By what a wording of a book's gaps is known."""
    return book_id, hashlib.sha256(normalised.encode("utf-8", "replace")).hexdigest()


def of(session: Session, books: Sequence[str]) -> frozenset[Mark]:
    """What was put aside in these books."""
    rows = session.execute(
        select(GapAside.book_id, GapAside.wording).where(GapAside.book_id.in_(books))
    )
    return frozenset((row.book_id, row.wording) for row in rows)


def put(session: Session, marks: Sequence[Mark], away: bool) -> None:
    """Put wordings aside, or take that back."""
    session.execute(delete(GapAside).where(tuple_(GapAside.book_id, GapAside.wording).in_(marks)))
    if away:
        rows = [{"book_id": book, "wording": wording, "at": now()} for book, wording in marks]
        session.execute(insert(GapAside), rows)
