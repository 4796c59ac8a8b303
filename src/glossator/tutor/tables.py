"""Tables of the tutor: chat sessions and their messages."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, DateTime, Float, ForeignKey, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from glossator.foundation.database import Table


def now() -> datetime:
    """The present moment, in UTC."""
    return datetime.now(UTC)


class ChatSession(Table):
    """A conversation. It belongs to a user or, by the hash of an unguessable key, to a guest."""

    __tablename__ = "chat_sessions"
    __table_args__ = (
        Index("ix_chat_sessions_user_id_updated_at", "user_id", "updated_at"),
        Index("ix_chat_sessions_guest_hash_updated_at", "guest_hash", "updated_at"),
    )

    id: Mapped[str] = mapped_column(Text, primary_key=True)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    guest_hash: Mapped[str | None] = mapped_column(Text)
    title: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=now)
    updated_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=now, index=True)


class ChatMessage(Table):
    """A question with its answer.

    `standalone` is the question as it was searched for, with what a follow-up took from the
    turns before it. `answer` holds the whole object that the API gave, so that a page can show
    it again; `mode` stands beside it for counting. `rating` is up or down. `asked_from` is the id
    of the chapter that was open, as the client said.
    """

    __tablename__ = "chat_messages"
    __table_args__ = (
        Index("ix_chat_messages_session_id_asked_at", "session_id", "asked_at"),
        # What wasn't answered lately.
        Index("ix_chat_messages_mode_asked_at", "mode", "asked_at"),
    )

    id: Mapped[str] = mapped_column(Text, primary_key=True)
    session_id: Mapped[str] = mapped_column(ForeignKey("chat_sessions.id", ondelete="CASCADE"))
    question: Mapped[str] = mapped_column(Text)
    standalone: Mapped[str] = mapped_column(Text)
    selected_text: Mapped[str | None] = mapped_column(Text)
    answer: Mapped[dict[str, Any]] = mapped_column(JSON)
    mode: Mapped[str] = mapped_column(Text)
    confidence: Mapped[float] = mapped_column(Float)
    asked_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=now)
    rating: Mapped[str | None] = mapped_column(Text)
    comment: Mapped[str | None] = mapped_column(Text)
    asked_from: Mapped[str | None] = mapped_column(Text)
