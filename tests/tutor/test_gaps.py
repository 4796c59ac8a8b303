"""What wasn't answered, for authors: equal questions together, and nothing personal."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from glossator.tutor.gaps import normalised, without_personal_data
from starlette.testclient import TestClient

from account_tools import bearer, sign_up
from glossator.accounts import people
from glossator.tutor import conversations
from glossator.tutor.conversations import Owner, new_id
from glossator.wiring import House
from small_books import book

NOW = datetime.now(UTC)


@pytest.mark.parametrize(
    ("question", "left"),
    [
        ("Write to ann.lee+x@school.example please", "Write to [email] please"),
        ("Is https://x.example/a?b=c right?", "Is [link] right?"),
        ("Call me at +92 (300) 123-4567!", "Call me at [number]!"),
        ("My id is 20231107, why?", "My id is [number], why?"),
        ("@ann asks: why 9.81 m/s²?", "[name] asks: why 9.81 m/s²?"),
        ("What is 2.5 x 10^3 in 2026?", "What is 2.5 x 10^3 in 2026?"),
        ("میرا نمبر 03001234567 ہے", "میرا نمبر [number] ہے"),
        ("a " * 400, ("a " * 150).strip()),
    ],
)
def test_what_is_personal_goes_by_rule(question: str, left: str):
    assert without_personal_data(question) == left.strip()


def test_equal_is_what_differs_in_case_and_marks_alone():
    assert normalised("What is  a GEAR-box?") == normalised("what is a gear box")
    assert normalised("What is a gear?") != normalised("What are gears?")
    assert normalised("گیئر کیا ہے؟") == normalised("گیئر کیا ہے")


@pytest.fixture
def author(client: TestClient, house: House) -> dict[str, str]:
    """The header of an author; two books are there."""
    house.pipeline.add_book(book(), "robots")
    house.pipeline.add_book(book({"gears": "# Gears\n\nA gear turns."}, title="Gears"), "gears")
    token = sign_up(client)
    with house.database.writing() as session:
        people.change(session, 1, {"role": "author"})
    return bearer(token)


def asked(
    house: House, question: str, *, book_id: str | None = "robots", mode: str = "refused",
    days: int = 0, chapter: str = "part-1/sensors", degraded: str | None = None,
) -> None:  # fmt: skip
    """A message as answering keeps it; without a book its passage is of a document."""
    near = {"book_id": book_id, "chapter_id": chapter if book_id else None, "title": "Sensors",
            "document_id": None if book_id else "d1"}  # fmt: skip
    answer: dict[str, Any] = {
        "answer": "No.", "mode": mode, "confidence": 0.1, "sources": [], "nearest": [near],
        "degraded": degraded,
    }  # fmt: skip
    with house.database.writing() as session:
        conversations.keep(
            session, Owner(guest_key=new_id()), session_id=new_id(), message_id=new_id(),
            question=question, standalone=question, selected_text="my secret", answer=answer,
            at=NOW - timedelta(days=days), begins=True,
        )  # fmt: skip


def test_three_equal_questions_are_one_row_with_count_three(
    client: TestClient, author: dict[str, str], house: House
):
    for question in ("What is a gearbox?", "what is a GEARBOX", "What is  a gearbox ?"):
        asked(house, question)
    asked(house, "What is a gearbox?", chapter="part-1/control")
    asked(house, "What is a lidar?", mode="extractive")
    asked(house, "What was that?", days=120)
    asked(house, "Mail bob@x.example about gears", mode="closest", book_id="gears")
    found = client.get("/api/admin/missing", headers=author).json()
    assert [(row["count"], row["book_id"], row["chapter_id"]) for row in found["items"]] == [
        (3, "robots", "part-1/sensors"),
        (1, "gears", "part-1/sensors"),
        (1, "robots", "part-1/control"),
    ]
    assert found["items"][1]["question"] == "Mail [email] about gears"
    assert set(found["items"][0]) == {
        "question", "count", "book_id", "chapter_id", "title", "last_asked_at",
    }  # fmt: skip
    one = client.get("/api/admin/missing?book_id=gears", headers=author).json()
    assert one["total"] == 1
    assert "secret" not in str(found)


def test_questions_about_somebodys_own_document_are_nobody_elses(
    client: TestClient, author: dict[str, str], house: House
):
    asked(house, "What does my diary say?", book_id=None)
    asked(house, "What does the removed book say?", book_id="removed")
    assert client.get("/api/admin/missing", headers=author).json()["total"] == 0


def test_how_answers_went(client: TestClient, author: dict[str, str], house: House):
    asked(house, "a", mode="model")
    asked(house, "b", mode="extractive", degraded="budget")
    asked(house, "c", mode="extractive", degraded="no_model")
    asked(house, "d")
    asked(house, "e", mode="model", days=40)
    assert client.get("/api/admin/answers", headers=author).status_code == 403
    with house.database.writing() as session:
        people.change(session, 1, {"role": "admin"})
    assert client.get("/api/admin/answers", headers=author).json() == {
        "questions": 4,
        "modes": {"model": 1, "extractive": 2, "closest": 0, "refused": 1},
        "degraded": {"budget": 1, "no_model": 1},
    }
