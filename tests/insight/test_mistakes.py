"""Mistakes that readers tell of, for authors, over HTTP; and subjects that an author puts aside."""

from __future__ import annotations

from typing import Any

from gap_tools import asked, on_sqlite
from starlette.testclient import TestClient

from account_tools import bearer, sign_up
from glossator.insight.mistakes import MOST_A_DAY
from glossator.wiring import House

TOLD: dict[str, Any] = {
    "chapter_id": "part-1/sensors", "book_id": "robots", "block_id": "b-1",
    "words": "A lidar measures  speed.", "comment": "It measures\ndistance.",
}  # fmt: skip


def test_a_reader_tells_and_an_author_mends(client: TestClient, author: dict[str, str]):
    reader = bearer(sign_up(client, "reader@example.org"))
    told = client.post("/api/mistakes", json=TOLD, headers=reader)
    assert told.status_code == 201
    second = {**TOLD, "words": "An encoder", "comment": ""}
    client.post("/api/mistakes", json=second, headers=reader)
    found = client.get("/api/admin/mistakes", headers=author).json()
    assert [row["words"] for row in found["items"]] == ["An encoder", TOLD["words"]]
    row = found["items"][1]
    assert row["comment"] == "It measures distance."
    assert (row["title"], row["block_id"]) == ("Sensors", "b-1")
    # Who told it isn't.
    assert "reader" not in str(found)
    path = f"/api/admin/mistakes/{told.json()['mistake_id']}"
    assert client.delete(path, headers=author).status_code == 204
    assert client.delete(path, headers=author).status_code == 404
    assert client.get("/api/admin/mistakes", headers=author).json()["total"] == 1


@on_sqlite
def test_a_guest_and_a_mistake_without_words_are_refused(
    client: TestClient,
    author: dict[str, str],
):
    assert client.post("/api/mistakes", json=TOLD).status_code == 401
    for words in ("", " ", "x" * 2_001):
        answer = client.post("/api/mistakes", json={**TOLD, "words": words}, headers=author)
        assert answer.status_code == 422


@on_sqlite
def test_one_reader_tells_of_so_many_in_a_day(client: TestClient, author: dict[str, str]):
    codes = [
        client.post("/api/mistakes", json=TOLD, headers=author).status_code
        for _ in range(MOST_A_DAY + 1)
    ]
    assert codes == [201] * MOST_A_DAY + [429]


def test_a_subject_is_put_aside_and_taken_back(
    client: TestClient,
    author: dict[str, str],
    house: House,
):
    for question in ("What is a gearbox?", "what is  a gearbox", "Who won the cup of tea?"):
        asked(house, question)
    body = {"book_id": "robots", "question": "What is a gearbox?"}

    def shown() -> list[str]:
        items = client.get("/api/admin/missing", headers=author).json()["items"]
        return sorted(row["question"] for row in items)

    before = shown()
    assert len(before) == 2
    put = client.put("/api/admin/missing/aside", json=body, headers=author)
    assert put.json() == {"wordings": 1}
    # Also for who asks it later in the same words.
    asked(house, "What is a gearbox??")
    assert shown() == [one for one in before if "gearbox" not in one]
    assert "gearbox" not in client.get("/api/admin/missing.md", headers=author).text
    asked(house, "How heavy are gearboxes?")
    assert "How heavy are gearboxes?" in shown()
    back = client.put(
        "/api/admin/missing/aside", json={**body, "aside": False}, headers=author
    ).json()
    assert back["wordings"] >= 1
    assert any("What is a gearbox" in one or "gearboxes" in one for one in shown())


@on_sqlite
def test_what_nobody_asked_is_not_put_aside(
    client: TestClient, author: dict[str, str], house: House
):
    asked(house, "What is a gearbox?")
    body = {"book_id": "robots", "question": "What was never asked?"}
    put = client.put("/api/admin/missing/aside", json=body, headers=author)
    assert put.json() == {"wordings": 0}
    assert client.get("/api/admin/missing", headers=author).json()["total"] == 1
