"""What a guest asked is kept in the account they make; and what somebody has asked about."""

from __future__ import annotations

from starlette.testclient import TestClient

from account_tools import bearer, sign_up
from glossator.wiring import House
from small_books import book

GUEST, OTHER = "aB3dE5gH7jK9mN1pQ3sT5vX7", "zY8xW6vU4tS2rQ0pO8nM6lK4"
QUESTIONS = ("What is a lidar?", "What does a stereo camera compute from the disparity?")


def guest(key: str) -> dict[str, str]:
    return {"x-glossator-guest": key}


def ask(client: TestClient, question: str, headers: dict[str, str]) -> str:
    answer = client.post("/api/chat/ask", json={"question": question}, headers=headers)
    assert answer.status_code == 200, answer.text
    client.cookies.clear()
    return str(answer.json()["message_id"])


def test_a_guests_questions_move_into_the_account_and_nobody_elses(
    client: TestClient, house: House
):
    house.pipeline.add_book(book(), "robots")
    mine = [ask(client, question, guest(GUEST)) for question in QUESTIONS]
    theirs = ask(client, QUESTIONS[0], guest(OTHER))
    told = client.get("/api/chat/guest-sessions", headers=guest(GUEST)).json()
    assert told == {"sessions": 2, "questions": 2}
    account = bearer(sign_up(client))
    client.cookies.clear()
    both = {**account, **guest(GUEST)}
    assert client.get("/api/chat/guest-sessions", headers=both).json() == told
    assert client.post("/api/chat/guest-sessions", headers=guest(GUEST)).status_code == 401
    assert client.post("/api/chat/guest-sessions", headers=both).json() == told
    for message in mine:
        found = client.get(f"/api/chat/messages/{message}", headers=account)
        assert found.status_code == 200
        lost = client.get(f"/api/chat/messages/{message}", headers=guest(GUEST))
        assert lost.status_code == 404
    assert client.get(f"/api/chat/messages/{theirs}", headers=guest(OTHER)).status_code == 200
    assert client.get("/api/chat/sessions", headers=account).json()["total"] == 2
    assert client.get("/api/user/progress", headers=account).json()["questions_asked"] == 2
    # Once only.
    assert client.post("/api/chat/guest-sessions", headers=both).json() == {
        "sessions": 0, "questions": 0,
    }  # fmt: skip
    assert client.get("/api/user/progress", headers=account).json()["questions_asked"] == 2


def test_without_a_guests_key_there_is_nothing(client: TestClient):
    account = bearer(sign_up(client))
    for headers in ({}, account, guest("made-up"), {**account, **guest("x")}):
        assert client.get("/api/chat/guest-sessions", headers=headers).json() == {
            "sessions": 0, "questions": 0,
        }  # fmt: skip


def test_what_one_asked_about_by_chapter_and_in_the_books_words(client: TestClient, house: House):
    house.pipeline.add_book(book(), "robots")
    account = bearer(sign_up(client))
    other = bearer(sign_up(client, "bob@example.org"))
    for question in (*QUESTIONS, QUESTIONS[1]):
        ask(client, question, account)
    ask(client, "What does the derivative term do?", other)
    found = client.get("/api/chat/asked?days=7", headers=account).json()
    assert found["questions"] == 3
    (chapter,) = found["chapters"]
    assert (chapter["chapter_id"], chapter["questions"]) == ("part-1/sensors", 3)
    words = {row["word"]: row["questions"] for row in found["words"]}
    assert words["disparity"] == 2
    assert "what" not in words
    assert "derivative" not in words
    assert client.get("/api/chat/asked", headers=account).json() == found
