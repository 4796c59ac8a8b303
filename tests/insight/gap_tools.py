"""Questions without a good answer, kept as answering keeps them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from glossator.tutor import conversations
from glossator.tutor.conversations import Owner, new_id
from glossator.tutor.tables import ChatMessage
from glossator.wiring import House

NOW = datetime.now(UTC)
# What no database does in a way of its own.
on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def asked(
    house: House, question: str, *, book_id: str | None = "robots", mode: str = "refused",
    days: int = 0, chapter: str = "part-1/sensors", rating: str | None = None,
    asked_from: str | None = None,
) -> None:  # fmt: skip
    """A message as answering keeps it; without a book its passage is of a document."""
    near = {"book_id": book_id, "chapter_id": chapter if book_id else None, "title": "Sensors",
            "document_id": None if book_id else "d1"}  # fmt: skip
    answer: dict[str, Any] = {
        "answer": "No.", "mode": mode, "confidence": 0.1, "sources": [], "nearest": [near],
        "degraded": None,
    }  # fmt: skip
    message = new_id()
    with house.database.writing() as session:
        conversations.keep(
            session, Owner(guest_key=new_id()), session_id=new_id(), message_id=message,
            question=question, standalone=question, selected_text="my secret", answer=answer,
            at=NOW - timedelta(days=days), begins=True, asked_from=asked_from,
        )  # fmt: skip
        session.get_one(ChatMessage, message).rating = rating
