"""Tables of this room: what readers found wrong, and gaps that an author put aside."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import DateTime, ForeignKey, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from glossator.foundation.database import Table


def now() -> datetime:
    """The present moment, in UTC."""
    return datetime.now(UTC)


class Mistake(Table):
    """A mistake in a book as a reader told it: the marked words, where they stand, what is wrong.

    By the names of book and chapter: one that is added anew keeps what was told of it.
    """

    __tablename__ = "mistakes"
    __table_args__ = (
        Index("ix_mistakes_book_id_told_at", "book_id", "told_at"),
        Index("ix_mistakes_user_id", "user_id"),
    )

    id: Mapped[str] = mapped_column(Text, primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    book_id: Mapped[str] = mapped_column(Text)
    chapter_id: Mapped[str] = mapped_column(Text)
    block_id: Mapped[str] = mapped_column(Text)
    words: Mapped[str] = mapped_column(Text)
    comment: Mapped[str] = mapped_column(Text)
    told_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=now)


class GapAside(Table):
    """A wording that an author doesn't want to see among a book's gaps; only its SHA-256 is kept.

    So nobody's question outlives the person who asked it.
    """

    __tablename__ = "gaps_aside"

    book_id: Mapped[str] = mapped_column(Text, primary_key=True)
    wording: Mapped[str] = mapped_column(Text, primary_key=True)
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=now)
