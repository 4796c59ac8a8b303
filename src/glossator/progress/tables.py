"""The tables of progress."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import DateTime, Float, ForeignKey, Text
from sqlalchemy.orm import Mapped, mapped_column

from glossator.foundation.database import Table


class ChapterProgress(Table):
    """A chapter that a user has opened or marked; `last_accessed` is when they last did.

    By the chapter's own name, not by the document's row: a book that is removed and added anew
    finds its readers where they were.
    """

    __tablename__ = "user_progress"

    user_id: Mapped[int] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), primary_key=True
    )
    book_id: Mapped[str] = mapped_column(Text, primary_key=True)
    chapter_id: Mapped[str] = mapped_column(Text, primary_key=True)
    completed: Mapped[bool]
    last_accessed: Mapped[datetime] = mapped_column(DateTime(timezone=True))


class ReadingPlace(Table):
    """Where a user stopped in a book: a chapter's block and how much of it (0 to 1) is above.

    The last one counts, from whichever device it comes.
    """

    __tablename__ = "reading_places"

    user_id: Mapped[int] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), primary_key=True
    )
    book_id: Mapped[str] = mapped_column(Text, primary_key=True)
    chapter_id: Mapped[str] = mapped_column(Text)
    block_id: Mapped[str] = mapped_column(Text)
    share: Mapped[float] = mapped_column(Float)
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
