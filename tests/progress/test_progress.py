"""Progress over HTTP: what is opened and marked, how far one is, and who learns of it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import select
from starlette.testclient import TestClient

from account_tools import bearer, refused, sign_up
from glossator.accounts.callers import Member
from glossator.accounts.tables import Account, now
from glossator.foundation.errors import Unauthorized
from glossator.library.tables import Book
from glossator.progress import service
from glossator.progress.tables import ChapterProgress
from glossator.usage.allowances import Allowance
from glossator.usage.overrides import override
from glossator.wiring import House
from small_books import book

CHAPTERS = {f"c/{n}": f"# Chapter {n}\n\nText of chapter {n}." for n in range(1, 8)}
PATH = "/api/user/progress"


@pytest.fixture
def reader(client: TestClient, house: House) -> TestClient:
    """Ada, in front of a book of seven chapters."""
    house.pipeline.add_book(book(CHAPTERS, title="Robots"), "robots")
    client.headers.update(bearer(sign_up(client)))
    return client


def opened(reader: TestClient, *numbers: int) -> None:
    for n in numbers:
        answer = reader.post(f"{PATH}/open", json={"chapter_id": f"c/{n}"})
        assert (answer.status_code, answer.json()) == (200, {"success": True}), answer.text


def marked(reader: TestClient, *numbers: int, completed: bool = True) -> None:
    for n in numbers:
        body = {"chapter_id": f"c/{n}", "completed": completed}
        answer = reader.post(f"{PATH}/mark", json=body)
        assert (answer.status_code, answer.json()) == (200, {"success": True}), answer.text


def seen(reader: TestClient) -> dict[str, Any]:
    answer = reader.get(PATH)
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    found: dict[str, Any] = answer.json()
    return found


def going_on(reader: TestClient) -> str | None:
    (shown,) = seen(reader)["books"]
    return str(shown["continue"]["chapter_id"]) if shown["continue"] else None


def test_who_has_read_nothing(reader: TestClient):
    assert seen(reader) == {"chapters_read": [], "questions_asked": 0, "books": []}


def test_opened_and_marked(reader: TestClient):
    opened(reader, 1, 2)
    marked(reader, 1)
    found = seen(reader)
    read = found["chapters_read"]
    assert [(row["chapter_id"], row["completed"]) for row in read] == [
        ("c/1", True),
        ("c/2", False),
    ]
    assert all(row["book_id"] == "robots" for row in read)
    assert all(row["last_accessed"].endswith("+00:00") for row in read)
    assert found["books"] == [
        {
            "book_id": "robots", "title": "Robots", "percent": 14, "chapters": 7, "completed": 1,
            "continue": {"chapter_id": "c/2", "title": "Chapter 2"},
        }
    ]  # fmt: skip
    marked(reader, 1, completed=False)
    opened(reader, 2)
    assert [row["completed"] for row in seen(reader)["chapters_read"]] == [False, False]
    assert seen(reader)["chapters_read"][0]["chapter_id"] == "c/2"


def test_opening_again_keeps_the_mark(reader: TestClient):
    marked(reader, 3)
    first = seen(reader)["chapters_read"][0]
    opened(reader, 3)
    again = seen(reader)["chapters_read"]
    assert len(again) == 1
    assert again[0]["completed"] is True
    assert again[0]["last_accessed"] > first["last_accessed"]


def test_where_to_continue(reader: TestClient):
    opened(reader, 1, 5, 2)
    assert going_on(reader) == "c/2"
    marked(reader, 2)
    assert going_on(reader) == "c/5"
    marked(reader, 1, 5)
    # All that was opened is finished: the next unread one after the one read last.
    assert going_on(reader) == "c/6"
    marked(reader, 6, 7)
    # None follows: the first one that was passed over.
    assert going_on(reader) == "c/3"
    marked(reader, 3)
    assert going_on(reader) == "c/4"
    assert seen(reader)["books"][0]["percent"] == 85
    marked(reader, 4)
    assert going_on(reader) is None
    assert seen(reader)["books"][0]["percent"] == 100


def test_a_chapter_of_two_books_needs_its_book(reader: TestClient, house: House):
    house.pipeline.add_book(book(CHAPTERS, title="Other"), "other")
    for path, body in (("open", {}), ("mark", {"completed": True})):
        answer = reader.post(f"{PATH}/{path}", json={"chapter_id": "c/1", **body})
        assert (answer.status_code, answer.json()["type"]) == (400, "bad-request")
        assert "book_id" in answer.json()["detail"]
        named = {"chapter_id": "c/1", "book_id": "other", **body}
        assert reader.post(f"{PATH}/{path}", json=named).status_code == 200
    assert [row["book_id"] for row in seen(reader)["chapters_read"]] == ["other"]


@pytest.mark.parametrize(
    "body",
    [{}, {"chapter_id": ""}, {"chapter_id": None}, {"chapter_id": "c/1", "book_id": ""},
     {"chapter_id": "x" * 501}, {"chapter_id": "a\x00"}, {"chapter_id": 1},
     {"chapter_id": "c/1", "user_id": 1}, {"chapter_id": "c/1", "last_accessed": "2020-01-01"}],
)  # fmt: skip
def test_what_makes_no_sense(reader: TestClient, body: dict[str, object]):
    assert reader.post(f"{PATH}/open", json=body).status_code == 422
    assert reader.post(f"{PATH}/mark", json={**body, "completed": True}).status_code == 422
    assert seen(reader)["chapters_read"] == []


def test_a_mark_says_which(reader: TestClient):
    for wrong in ({}, {"completed": 1}, {"completed": "yes"}, {"completed": None}):
        answer = reader.post(f"{PATH}/mark", json={"chapter_id": "c/1", **wrong})
        assert answer.status_code == 422


def test_an_unknown_chapter_is_400_also_one_that_is_not_shown(reader: TestClient, house: House):
    house.pipeline.add_book(book({"secret": "# Secret"}, title="Secret"), "secrets")
    with house.database.writing() as session:
        session.get_one(Book, "secrets").visibility = "nobody"
    told = set()
    for named in ({"chapter_id": "secret"}, {"chapter_id": "nowhere"},
                  {"chapter_id": "secret", "book_id": "secrets"},
                  {"chapter_id": "secret", "book_id": "robots"},
                  {"chapter_id": "c/1", "book_id": "nowhere"}):  # fmt: skip
        for path, body in (("open", {}), ("mark", {"completed": True})):
            answer = reader.post(f"{PATH}/{path}", json={**named, **body})
            assert (answer.status_code, answer.json()["type"]) == (400, "unknown-reference")
            told.add(answer.json()["detail"])
    assert len(told) == 1
    assert seen(reader)["chapters_read"] == []


def test_what_one_may_no_longer_see_is_not_shown_but_stays(reader: TestClient, house: House):
    opened(reader, 1)
    marked(reader, 2)
    for visibility in ("nobody", "members"):
        with house.database.writing() as session:
            session.get_one(Book, "robots").visibility = visibility
        shown = seen(reader)
        assert len(shown["books"]) == (visibility == "members")
        assert len(shown["chapters_read"]) == 2 * (visibility == "members")


def test_a_book_that_comes_back_finds_its_readers(reader: TestClient, house: House):
    opened(reader, 1, 7)
    marked(reader, 2)
    before = seen(reader)
    house.pipeline.remove_book("robots")
    assert seen(reader)["books"] == seen(reader)["chapters_read"] == []
    assert reader.post(f"{PATH}/open", json={"chapter_id": "c/1"}).status_code == 400
    house.pipeline.add_book(book(CHAPTERS, title="Robots"), "robots")
    assert seen(reader) == before
    # A chapter that is no longer in the book doesn't count.
    shorter = {name: text for name, text in CHAPTERS.items() if name != "c/2"}
    house.pipeline.add_book(book(shorter, title="Robots"), "robots")
    (shown,) = seen(reader)["books"]
    assert (shown["chapters"], shown["completed"], shown["percent"]) == (6, 0, 0)
    assert len(seen(reader)["chapters_read"]) == 2


def test_each_has_their_own(reader: TestClient, client: TestClient):
    opened(reader, 1)
    bob = bearer(sign_up(client, "bob@example.org"))
    assert client.get(PATH, headers=bob).json()["books"] == []


def test_reading_changes_nothing(reader: TestClient, house: House):
    reader.get("/api/chapters/c/1")
    reader.get(PATH)
    with house.database.reading() as session:
        assert session.scalars(select(ChapterProgress)).all() == []


def test_without_a_token_it_is_401(client: TestClient):
    refused(client.get(PATH))
    refused(client.post(f"{PATH}/open", json={"chapter_id": "c/1"}))
    refused(client.post(f"{PATH}/mark", json={"chapter_id": "c/1", "completed": True}))


def test_many_at_once_make_one_row(reader: TestClient):
    with ThreadPoolExecutor(8) as pool:
        codes = pool.map(
            lambda _: reader.post(f"{PATH}/open", json={"chapter_id": "c/1"}).status_code, range(24)
        )
    assert set(codes) == {200}
    assert len(seen(reader)["chapters_read"]) == 1


@pytest.mark.usefixtures("reader")
def test_who_has_left_meanwhile_writes_nothing(house: House):
    gone = Member(99, "x@example.org", "X", "beginner", "none", "user", "x", "bearer")
    with pytest.raises(Unauthorized), house.database.writing() as session:
        service.record(session, gone, "c/1", None, now())
    with house.database.reading() as session:
        assert session.scalars(select(ChapterProgress)).all() == []


def test_each_answered_question_counts_and_no_other(
    reader: TestClient, house: House, monkeypatch: pytest.MonkeyPatch
):
    with house.database.writing() as session:
        number = session.scalars(select(Account.id)).one()
        override(session, f"user:{number}", Allowance.QUESTIONS, 30)

    def ask(question: str = "What is chapter 1?", **more: object) -> int:
        return reader.post("/api/chat/ask", json={"question": question, **more}).status_code

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(lambda _: ask(), range(20))) == [200] * 20
    assert seen(reader)["questions_asked"] == 20
    assert [ask(""), ask(book_id="nowhere")] == [422, 400]
    assert ask("Who won the cup?") == 200
    assert seen(reader)["questions_asked"] == 21
    with monkeypatch.context() as patch:
        patch.setattr(type(house.tutor), "extract", None)
        assert ask() == 500
    assert [ask() for _ in range(10)] == [200] * 9 + [429]
    assert seen(reader)["questions_asked"] == 30
    # A search is no question, and a guest's is nobody's.
    assert reader.post("/api/search", json={"query": "chapter"}).status_code == 200
    del reader.headers["authorization"]
    assert ask() == 200
    with house.database.reading() as session:
        assert session.scalars(select(Account.questions_asked)).all() == [30]
