"""Chapters kept in memory for guests: quick, never stale, never another's."""

from __future__ import annotations

import gzip

import pytest
from sqlalchemy import update
from starlette.testclient import TestClient

from account_tools import bearer, sign_up
from glossator.library.tables import Book
from glossator.wiring import House
from small_books import book, chapter

PATH = "/api/chapters/part-1/sensors"


@pytest.fixture
def shelf(house: House) -> House:
    house.pipeline.add_book(book(), "robots")
    return house


@pytest.mark.usefixtures("shelf")
def test_a_known_answer_is_not_sent_again(client: TestClient):
    first = client.get(PATH)
    tag = first.headers["etag"]
    assert (first.status_code, first.headers["content-type"]) == (200, "application/json")
    again = client.get(PATH, headers={"if-none-match": f'W/"other", {tag}'})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    assert client.get(PATH, headers={"if-none-match": '"other"'}).status_code == 200
    plain = client.get(PATH, headers={"accept-encoding": "identity"})
    assert (plain.json(), plain.headers.get("content-encoding")) == (first.json(), None)
    assert client.head(PATH).headers["etag"] == tag
    # Whoever has a token gets the same, looked up each time.
    token = bearer(sign_up(client))
    assert client.get(PATH, headers=token).headers["etag"] == tag
    assert client.get(PATH, headers={"authorization": "Bearer wrong"}).status_code == 401


def test_what_changes_holds_at_once(shelf: House, client: TestClient):
    before = client.get(PATH)
    shelf.pipeline.add_book(book({"part-1/sensors": "# Sensors\n\nAll is new."}), "robots")
    after = client.get(PATH, headers={"if-none-match": before.headers["etag"]})
    assert "All is new." in after.json()["content"]
    with shelf.database.writing() as session:
        session.execute(update(Book).values(visibility="members"))
    assert client.get(PATH).status_code == 404
    token = bearer(sign_up(client))
    assert client.get(PATH, headers=token).status_code == 200
    assert client.get(PATH).status_code == 404


def test_languages_and_forms_are_told_apart(shelf: House, client: TestClient):
    urdu = chapter("part-1/sensors", "# حساسے\n\nپیمائش۔", language="ur")
    shelf.pipeline.add_book(book(translations=(urdu,)), "robots")
    tags = {client.get(f"{PATH}{query}").headers["etag"] for query in ("", "?language=ur")}
    assert len(tags) == 2
    assert client.get(f"{PATH}?language=ur").json()["direction"] == "rtl"


@pytest.mark.usefixtures("shelf")
def test_packed_bytes_are_the_plain_ones(client: TestClient):
    with client.stream("GET", PATH, headers={"accept-encoding": "gzip"}) as answer:
        raw = b"".join(answer.iter_raw())
    assert answer.headers["content-encoding"] == "gzip"
    plain = client.get(PATH, headers={"accept-encoding": "identity"}).content
    assert gzip.decompress(raw) == plain
