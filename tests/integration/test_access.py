"""Who may see what: ids that are hidden and ids that aren't there get the same words."""

from __future__ import annotations

import pytest
from httpx2 import Response
from sqlalchemy import select
from starlette.testclient import TestClient

from glossator.accounts.callers import Guest
from glossator.foundation.errors import BadRequest, NotFound, UnknownReference
from glossator.library import access
from glossator.library.tables import Book, Document
from glossator.wiring import House
from small_books import book


@pytest.fixture
def shelf(house: House) -> dict[str, str]:
    """A public and a hidden book, which share a chapter id; the document ids by book."""
    house.pipeline.add_book(book(title="Shown"), "shown")
    house.pipeline.add_book(book({"secret": "# Secret\n\nThe code is 42."}, title="No"), "hidden")
    with house.database.writing() as session:
        session.get_one(Book, "hidden").visibility = "members"
        found = session.execute(select(Document.book_id, Document.id)).all()
    return {str(book_id): document for book_id, document in found}


@pytest.mark.usefixtures("shelf")
def test_only_public_books_are_in_the_scope_of_all(house: House):
    with house.database.reading() as session:
        assert access.scope(session, Guest()).collections == ("book:shown",)
        assert [item.id for item in access.visible_books(session, Guest())] == ["shown"]


def test_named_things_narrow_the_scope(house: House, shelf: dict[str, str]):
    with house.database.reading() as session:
        one = access.scope(session, Guest(), chapter_id="part-1/sensors")
        assert one.collections == ("book:shown",)
        assert one.documents is not None
        assert len(one.documents) == 1
        both = access.scope(
            session, Guest(), chapter_id="part-1/sensors", document_ids=[shelf["shown"]]
        )
        assert both.documents is not None
        assert one.documents | {shelf["shown"]} == both.documents
        twice = access.scope(session, Guest(), book_ids=["shown", "shown"])
        assert twice.collections == ("book:shown",)


def test_hidden_and_missing_are_refused_alike(house: House, shelf: dict[str, str]):
    words = set()
    for named in (
        {"book_ids": ["hidden"]},
        {"book_ids": ["nowhere"]},
        {"book_ids": ["shown", "nowhere"]},
        {"chapter_id": "secret"},
        {"chapter_id": "nowhere"},
        {"chapter_id": "nul\x00"},
        {"book_ids": ["shown"], "chapter_id": "secret"},
        {"document_ids": [shelf["hidden"]]},
        {"document_ids": ["nowhere"]},
        {"document_ids": [shelf["shown"], "nowhere"]},
        {"document_ids": ["nul\x00"]},
    ):
        with house.database.reading() as session, pytest.raises(UnknownReference) as raised:
            access.scope(session, Guest(), **named)  # type: ignore[arg-type]
        words.add(raised.value.detail)
    for book_id in ("hidden", "nowhere", "nul\x00", ""):
        with house.database.reading() as session, pytest.raises(NotFound) as absent:
            access.visible_book(session, Guest(), book_id)
        words.add(absent.value.detail)
    assert len(words) == 1


@pytest.mark.usefixtures("shelf")
def test_a_chapter_of_two_books_must_be_named_with_its_book(house: House):
    house.pipeline.add_book(book(title="Other"), "other")
    with house.database.reading() as session:
        with pytest.raises(BadRequest, match="book_id") as raised:
            access.scope(session, Guest(), chapter_id="part-1/sensors")
        assert raised.value.type == "bad-request"
        named = access.scope(session, Guest(), book_ids=["other"], chapter_id="part-1/sensors")
        assert named.collections == ("book:other",)


BODIES = [
    ("/api/chat/ask", "question", {"book_id": "{}"}),
    ("/api/chat/ask", "question", {"book_ids": ["{}"]}),
    ("/api/chat/ask", "question", {"chapter_id": "{}"}),
    ("/api/chat/ask", "question", {"document_ids": ["{}"]}),
    ("/api/search", "query", {"book_id": "{}"}),
    ("/api/search", "query", {"chapter_id": "{}"}),
    ("/api/search", "query", {"document_ids": ["{}"]}),
]


def filled(body: dict[str, object], value: str) -> dict[str, object]:
    return {k: [value] if isinstance(v, list) else value for k, v in body.items()}


def told(answer: Response, status: int) -> dict[str, object]:
    """What a refusal says, but for its request id."""
    assert answer.status_code == status, answer.text
    problem: dict[str, object] = answer.json()
    del problem["request_id"]
    return problem


def test_in_a_body_it_is_400(client: TestClient, shelf: dict[str, str]):
    for path, asked, body in BODIES:
        (kind,) = body
        hidden = {"book": "hidden", "chap": "secret", "docu": shelf["hidden"]}[kind[:4]]
        there, missing = (
            told(client.post(path, json={asked: "What?", **filled(body, value)}), 400)
            for value in (hidden, "nowhere")
        )
        assert there == missing
        assert there["type"] == "unknown-reference"


PATHS = [
    ("/api/books/hidden", "/api/books/nowhere"),
    ("/api/chapters/secret", "/api/chapters/nowhere"),
    ("/api/chapters/secret?book_id=hidden", "/api/chapters/secret?book_id=nowhere"),
    ("/api/chapters/secret?book_id=shown", "/api/chapters/nowhere?book_id=shown"),
    ("/api/books/%00", "/api/books/nowhere"),
    ("/api/chapters/%00", "/api/chapters/nowhere"),
    ("/api/chapters/secret?book_id=%00", "/api/chapters/secret?book_id=x"),
    ("/api/chapters/part-1/sensors?language=%00", "/api/chapters/part-1/sensors?language=xx"),
]


@pytest.mark.usefixtures("shelf")
def test_in_a_path_it_is_404(client: TestClient):
    for hidden, missing in PATHS:
        there = told(client.get(hidden), 404)
        assert there == told(client.get(missing), 404)
        assert "42" not in str(there)


@pytest.mark.usefixtures("shelf")
def test_what_is_hidden_is_in_no_list_and_no_answer(client: TestClient):
    assert [item["book_id"] for item in client.get("/api/books").json()["items"]] == ["shown"]
    found = client.post("/api/search", json={"query": "What is the code?", "k": 50}).json()
    assert {item["book_id"] for item in found["results"]} == {"shown"}
    answer = client.post("/api/chat/ask", json={"question": "The code is 42."}).json()
    assert "42" not in str([answer["sources"], answer["nearest"], answer["answer"]])
