"""Every address of the API with exactly the contract's fields, on both databases."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from glossator.app import create_app
from glossator.gateways.embedders.bundled import BundledEmbedder
from glossator.wiring import House, build
from house_tools import made_settings
from small_books import CHAPTERS, SENSORS, book, chapter

BOOK = {"book_id", "title", "language", "url", "visibility", "chapters"}
LISTED = {"chapter_id", "title", "depth", "position", "words", "minutes", "languages"}
CHAPTER = {
    "chapter_id", "book_id", "title", "content", "blocks", "headings", "previous", "next", "url",
    "language", "direction",
}  # fmt: skip
FOUND = {
    "chapter_id", "document_id", "title", "section", "page", "text", "start", "end", "similarity",
    "url",
}  # fmt: skip
SOURCE = {
    "chapter_id", "document_id", "book_id", "block_id", "title", "section", "page", "quote",
    "start", "end", "similarity", "url",
}  # fmt: skip
ANSWER = {
    "answer", "sources", "response_time", "grounded", "confidence", "mode", "degraded", "nearest",
    "sentences", "session_id", "message_id", "usage",
}  # fmt: skip


@pytest.fixture
def filled(client: TestClient, house: House) -> TestClient:
    """A library with one book, one chapter of which the author has translated."""
    urdu = chapter("part-1/sensors", "# حساسے\n\nحساسہ پیمائش کرتا ہے۔", language="ur")
    house.pipeline.add_book(book(translations=(urdu,)), "robots", url="https://example.com/docs/")
    return client


def test_books_are_a_list_with_pages(filled: TestClient, house: House):
    house.pipeline.add_book(book(title="Apes"), "apes")
    listed = filled.get("/api/books").json()
    assert set(listed) == {"items", "page", "page_size", "total"}
    assert [item["title"] for item in listed["items"]] == ["Apes", "Robots"]
    assert all(set(item) >= BOOK for item in listed["items"])
    second = filled.get("/api/books?page=2&page_size=1").json()
    assert [item["book_id"] for item in second["items"]] == ["robots"]
    assert (second["page"], second["page_size"], second["total"]) == (2, 1, 2)
    assert filled.get("/api/books?page=9").json()["items"] == []


def test_pages_have_bounds(client: TestClient):
    for query in ("page_size=101", "page=0", "page=x", "page_size=-1"):
        answer = client.get(f"/api/books?{query}")
        assert answer.status_code == 422
        fields = [item["field"] for item in answer.json()["errors"]]
        assert fields == [f"query.{query.partition('=')[0]}"]


def test_a_book_lists_its_chapters_in_reading_order(filled: TestClient):
    found = filled.get("/api/books/robots").json()
    assert set(found) >= BOOK
    assert (found["url"], found["language"], found["visibility"]) == (
        "https://example.com/docs/", "en", "public"
    )  # fmt: skip
    assert [item["chapter_id"] for item in found["chapters"]] == list(CHAPTERS)
    assert all(set(item) >= LISTED for item in found["chapters"])
    first = found["chapters"][0]
    assert (first["position"], first["depth"], first["minutes"]) == (0, 0, 1)
    assert first["languages"] == ["en", "ur"]


def test_a_chapter_with_slashes_in_its_id(filled: TestClient):
    found = filled.get("/api/chapters/part-1/sensors").json()
    assert set(found) >= CHAPTER
    assert found["url"] == "https://example.com/docs/part-1/sensors"
    assert found["previous"] is None
    assert found["next"] == {"chapter_id": "part-1/control", "title": "Control"}
    assert (found["language"], found["direction"]) == ("en", "ltr")
    content = found["content"]
    assert content.split() == SENSORS.split() or "stereo camera" in content
    assert all({"block_id", "start", "end"} <= set(block) for block in found["blocks"])
    assert len({block["block_id"] for block in found["blocks"]}) == len(found["blocks"])
    for heading in found["headings"]:
        assert set(heading) == {"text", "depth", "anchor", "start"}
        assert heading["text"] in content[heading["start"] :].split("\n", 1)[0]
    assert "html" not in found
    assert filled.get("/api/chapters/part-1%2Fsensors").json()["chapter_id"] == "part-1/sensors"
    last = filled.get("/api/chapters/part-1/control").json()
    assert last["next"] is None
    assert last["previous"]["chapter_id"] == "part-1/sensors"


def test_a_chapter_in_the_authors_translation(filled: TestClient):
    found = filled.get("/api/chapters/part-1/sensors?language=ur").json()
    assert (found["language"], found["direction"]) == ("ur", "rtl")
    assert "پیمائش" in found["content"]
    assert filled.get("/api/chapters/part-1/control?language=ur").status_code == 404


def test_a_chapter_as_html(filled: TestClient):
    found = filled.get("/api/chapters/part-1/sensors?html=true").json()
    assert "<table" in found["html"]
    assert 'id="cameras"' in found["html"]
    assert filled.get("/api/chapters/part-1/sensors?html=maybe").status_code == 422


def test_an_ambiguous_chapter_needs_its_book(filled: TestClient, house: House):
    house.pipeline.add_book(book(title="Two"), "two")
    answer = filled.get("/api/chapters/part-1/sensors")
    assert (answer.status_code, answer.json()["type"]) == (400, "bad-request")
    assert "book_id" in answer.json()["detail"]
    found = filled.get("/api/chapters/part-1/sensors?book_id=two").json()
    assert found["book_id"] == "two"
    assert found["url"] == "/b/two/part-1/sensors"
    for path, asked in (("/api/search", "query"), ("/api/chat/ask", "question")):
        body = {asked: "What is a lidar?", "chapter_id": "part-1/sensors"}
        assert filled.post(path, json=body).status_code == 400
        assert filled.post(path, json={**body, "book_id": "two"}).status_code == 200


def test_a_search(filled: TestClient):
    body = {"query": "How does a lidar measure?", "k": 3, "book_id": "robots"}
    results = filled.post("/api/search", json=body).json()["results"]
    assert len(results) == 3
    text = filled.get("/api/chapters/part-1/sensors").json()["content"]
    for found in results:
        assert set(found) >= FOUND
        assert 0 <= found["similarity"] <= 1
        assert found["document_id"] is None
        if found["chapter_id"] == "part-1/sensors":
            assert text[found["start"] : found["end"]] == found["text"]
    assert results[0]["section"] == "Sensors > Lidar"
    assert results[0]["url"].startswith("https://example.com/docs/part-1/sensors#lidar:~:text=")
    assert [r["score"] for r in results] == sorted((r["score"] for r in results), reverse=True)
    assert len(filled.post("/api/search", json={"query": "lidar"}).json()["results"]) == 5


def test_a_search_within_one_chapter(filled: TestClient):
    body = {"query": "sensor", "chapter_id": "part-1/control", "k": 50}
    results = filled.post("/api/search", json=body).json()["results"]
    assert {found["chapter_id"] for found in results} == {"part-1/control"}


def test_a_search_that_makes_no_sense(client: TestClient):
    for body in (
        {}, {"query": ""}, {"query": " \n "}, {"query": "x" * 2001}, {"query": "x", "k": 0},
        {"query": "x", "k": 51}, {"query": "x", "k": "5"}, {"query": "x", "extra": 1},
        {"query": "x", "document_ids": "d"}, {"query": ["x"]}, {"query": "x", "book_id": ""},
    ):  # fmt: skip
        assert (body, client.post("/api/search", json=body).status_code) == (body, 422)


def test_an_empty_library_refuses_in_peace(client: TestClient):
    assert client.get("/api/books").json()["total"] == 0
    assert client.post("/api/search", json={"query": "robots"}).json()["results"] == []
    answer = client.post("/api/chat/ask", json={"question": "What is a robot?"}).json()
    assert (answer["mode"], answer["nearest"]) == ("refused", [])


@pytest.fixture
def real(
    tmp_path: Path, migrated_sqlite: Path, real_embedder: BundledEmbedder
) -> Iterator[TestClient]:
    """The application with the encoder that ships."""
    shutil.copyfile(migrated_sqlite, tmp_path / "glossator.db")
    built = build(made_settings(tmp_path), embedder=real_embedder)
    built.pipeline.add_book(book(), "robots")
    with TestClient(create_app(house=built)) as opened:
        yield opened


def test_an_answer_from_the_book(real: TestClient):
    answer = real.post(
        "/api/chat/ask", json={"question": "What does the derivative term of a PID controller do?"}
    ).json()
    assert set(answer) == ANSWER
    assert (answer["mode"], answer["grounded"], answer["nearest"]) == ("extractive", True, [])
    assert answer["confidence"] >= 0.7
    assert answer["response_time"] >= 0
    assert answer["session_id"]
    assert answer["message_id"]
    assert answer["usage"] is None
    text = real.get("/api/chapters/part-1/control").json()
    blocks = {block["block_id"]: block for block in text["blocks"]}
    assert "damps the motion" in answer["answer"]
    for source in answer["sources"]:
        assert set(source) >= SOURCE
        assert text["content"][source["start"] : source["end"]] == source["quote"]
        assert source["quote"] in answer["answer"]
        assert (source["chapter_id"], source["document_id"]) == ("part-1/control", None)
        block = blocks[source["block_id"]]
        assert block["start"] <= source["start"] < block["end"]
        assert source["url"].startswith(f"/b/robots/part-1/control#{source['block_id']}:~:text=")
    for sentence in answer["sentences"]:
        assert set(sentence) == {"text", "support", "sources"}
        assert sentence["support"] == "supported"
        assert sentence["text"] == answer["sources"][sentence["sources"][0]]["quote"]


def test_a_refusal_is_the_fixed_sentence(real: TestClient):
    body = {"question": "Who won the football world cup in 1998?"}
    answer = real.post("/api/chat/ask", json=body).json()
    assert set(answer) == ANSWER
    assert answer["answer"] == "I don't have this information in the book."
    assert (answer["mode"], answer["grounded"], answer["sources"]) == ("refused", False, [])
    assert answer["sentences"] == []
    assert answer["confidence"] < 0.3
    assert 1 <= len(answer["nearest"]) <= 3
    assert all(set(source) >= SOURCE for source in answer["nearest"])


def test_another_language_is_never_judged(real: TestClient):
    for question in ("روبوٹ کیا ہے؟", "¿Qué es un sensor lidar?", "robot kya hai"):
        answer = real.post("/api/chat/ask", json={"question": question}).json()
        assert (answer["mode"], answer["grounded"], answer["sources"]) == ("closest", False, [])
        assert answer["nearest"]


def test_a_question_that_makes_no_sense(client: TestClient):
    for body in (
        {}, {"question": ""}, {"question": "   "}, {"question": "x" * 2001}, {"question": None},
        {"question": "x", "k": 5}, {"question": "x", "stream": "yes"}, {"question": "x\x00"},
        {"question": "x", "book_ids": ["b"] * 101}, {"question": "x", "user": 1},
    ):  # fmt: skip
        answer = client.post("/api/chat/ask", json=body)
        assert (body, answer.status_code) == (body, 422)
        assert answer.json()["errors"]


def test_a_question_may_carry_all_the_contracts_fields(filled: TestClient):
    body = {"question": "x" * 2000, "selected_text": None, "book_id": "robots",
            "book_ids": ["robots"], "chapter_id": "part-1/sensors", "document_ids": None,
            "session_id": None, "stream": False}  # fmt: skip
    assert filled.post("/api/chat/ask", json=body).status_code == 200
