"""Where a reader stopped: kept per book, the last one only, seen by its owner alone."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.testclient import TestClient

from account_tools import bearer, sign_up
from glossator.library.tables import Book
from glossator.wiring import House
from small_books import book

CHAPTERS = {f"c/{n}": f"# Chapter {n}\n\nText of chapter {n}." for n in range(1, 4)}
PATH = "/api/user/progress/place"


@pytest.fixture
def reader(client: TestClient, house: House) -> TestClient:
    """Ada, in front of two books."""
    house.pipeline.add_book(book(CHAPTERS, title="Robots"), "robots")
    house.pipeline.add_book(book({"other": "# Other\n\nAnother."}, title="Other"), "other")
    client.headers.update(bearer(sign_up(client)))
    return client


def put(reader: TestClient, **body: Any) -> None:
    answer = reader.put(PATH, json={"chapter_id": "c/1", "block_id": "b-1", **body})
    assert (answer.status_code, answer.json()) == (200, {"success": True}), answer.text


def place(reader: TestClient, book_id: str = "robots") -> dict[str, Any] | None:
    answer = reader.get(PATH, params={"book_id": book_id})
    assert answer.status_code == 200, answer.text
    assert answer.headers["cache-control"] == "no-store"
    found: dict[str, Any] | None = answer.json()["place"]
    return found


def test_the_last_place_of_each_book_is_kept(reader: TestClient):
    assert place(reader) is None
    put(reader, offset=0.25)
    put(reader, chapter_id="c/2", block_id="b-2", offset=0.5)
    put(reader, chapter_id="other", block_id="b-9")
    found = place(reader)
    assert found is not None
    assert {name: found[name] for name in ("chapter_id", "block_id", "offset")} == {
        "chapter_id": "c/2", "block_id": "b-2", "offset": 0.5,
    }  # fmt: skip
    of_other = place(reader, "other")
    assert of_other is not None
    assert (of_other["block_id"], of_other["offset"]) == ("b-9", 0.0)


def test_nobody_else_sees_it(reader: TestClient):
    put(reader)
    bob = bearer(sign_up(reader, "bob@example.org"))
    answer = reader.get(PATH, params={"book_id": "robots"}, headers=bob)
    assert answer.json() == {"place": None}


def test_a_hidden_book_keeps_no_place_and_shows_none(reader: TestClient, house: House):
    put(reader)
    with house.database.writing() as session:
        session.get_one(Book, "robots").visibility = "nobody"
    assert reader.get(PATH, params={"book_id": "robots"}).status_code == 404
    body = {"chapter_id": "c/1", "book_id": "robots", "block_id": "b-1"}
    assert reader.put(PATH, json=body).status_code == 400


@pytest.mark.parametrize("offset", [-0.1, 1.1, "1", None])
def test_a_share_is_between_nothing_and_all(reader: TestClient, offset: object):
    body = {"chapter_id": "c/1", "block_id": "b-1", "offset": offset}
    assert reader.put(PATH, json=body).status_code == 422
