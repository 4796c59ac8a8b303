"""The table of progress."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import DateTime, ForeignKey, Text
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
