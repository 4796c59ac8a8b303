"""How answers went, for administrators."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from starlette.testclient import TestClient

from account_tools import bearer, sign_up
from glossator.accounts import people
from glossator.tutor import conversations
from glossator.tutor.conversations import Owner, new_id
from glossator.wiring import House


def asked(house: House, mode: str, *, degraded: str | None = None, days: int = 0) -> None:
    """A message as answering keeps it."""
    answer = {"answer": "No.", "mode": mode, "confidence": 0.1, "degraded": degraded}
    with house.database.writing() as session:
        conversations.keep(
            session, Owner(guest_key=new_id()), session_id=new_id(), message_id=new_id(),
            question="a", standalone="a", selected_text=None, answer=answer,
            at=datetime.now(UTC) - timedelta(days=days), begins=True,
        )  # fmt: skip


def test_how_answers_went(client: TestClient, house: House):
    author = bearer(sign_up(client))
    with house.database.writing() as session:
        people.change(session, 1, {"role": "author"})
    asked(house, "model")
    asked(house, "extractive", degraded="budget")
    asked(house, "extractive", degraded="no_model")
    asked(house, "refused")
    asked(house, "model", days=40)
    assert client.get("/api/admin/answers", headers=author).status_code == 403
    with house.database.writing() as session:
        people.change(session, 1, {"role": "admin"})
    assert client.get("/api/admin/answers", headers=author).json() == {
        "questions": 4,
        "modes": {"model": 1, "extractive": 2, "closest": 0, "refused": 1},
        "degraded": {"budget": 1, "no_model": 1},
    }
