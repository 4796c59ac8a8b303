"""The contract's Documents over HTTP, on both databases."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from httpx2 import Response
from sqlalchemy import update
from starlette.testclient import TestClient

from account_tools import bearer, refused, sign_up
from glossator.app import create_app
from glossator.library.tables import Document
from glossator.wiring import House, build
from house_tools import made_settings
from small_books import CONTROL, SENSORS, book
from upload_tools import even, long_text, traces

FIELDS = {
    "document_id", "title", "filename", "media_type", "size", "checksum", "status", "error",
    "chunk_count", "pages", "created_at", "last_processed_at", "raw_url",
}  # fmt: skip


@pytest.fixture
def ada(client: TestClient) -> dict[str, str]:
    """A user's header."""
    return bearer(sign_up(client, "ada@example.org"))


@pytest.fixture
def bob(client: TestClient) -> dict[str, str]:
    """Another's."""
    return bearer(sign_up(client, "bob@example.org"))


def send(
    client: TestClient, header: Mapping[str, str], *files: tuple[str, str | bytes], **data: str
) -> Response:
    parts = [("files", (name, content, "application/octet-stream")) for name, content in files]
    return client.post("/api/upload", headers=header, files=parts, data=data)


def sent(client: TestClient, header: Mapping[str, str], *files: tuple[str, str | bytes]) -> str:
    answer = send(client, header, *files)
    assert answer.status_code == 202, answer.text
    return str(answer.json()["documents"][0]["document_id"])


def finished(client: TestClient, header: Mapping[str, str], identity: str) -> dict[str, Any]:
    for _ in range(300):
        found: dict[str, Any] = client.get(f"/api/docs/{identity}", headers=header).json()
        if found["status"] in ("ready", "failed"):
            return found
        time.sleep(0.1)
    raise AssertionError(found)


def problem(answer: Response, status: int, type_: str) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    found: dict[str, Any] = answer.json()
    assert found["type"] == type_
    assert {"title", "status", "detail", "request_id"} < found.keys()
    return found


def test_from_upload_to_answer(client: TestClient, ada: dict[str, str]):
    answer = send(client, ada, ("Sensors.md", SENSORS))
    assert answer.status_code == 202
    (item,) = answer.json()["documents"]
    assert item.keys() == {"document_id", "filename", "status", "job"}
    assert (item["filename"], item["status"]) == ("Sensors.md", "queued")
    identity = item["document_id"]
    found = finished(client, ada, identity)
    assert found.keys() >= FIELDS
    assert (found["status"], found["error"], found["title"]) == ("ready", None, "Sensors")
    assert found["chunk_count"] > 3
    text = client.get(f"/api/docs/{identity}/text", headers=ada).text
    question = {"question": "What does a stereo camera compute depth from?"}
    told = client.post("/api/ask", json=question, headers=ada).json()
    shown = [*told["sources"], *told["nearest"]]
    assert shown
    for source in shown:
        assert (source["chapter_id"], source["document_id"]) == (None, identity)
        assert text[source["start"] : source["end"]] == source["quote"]
        assert source["url"] == f"/files/{identity}"
    results = client.post("/api/search", json={"query": "stereo camera"}, headers=ada).json()
    assert results["results"][0]["document_id"] == identity


def test_nobody_elses_document_is_there(
    client: TestClient, house: House, ada: dict[str, str], bob: dict[str, str]
):
    house.pipeline.add_book(book(title="Shown"), "shown")
    identity = sent(client, ada, ("secret.md", "# Secret\n\nThe word of the day is xylophone."))
    finished(client, ada, identity)
    nowhere = client.get("/api/docs/nowhere", headers=bob).json()
    for method, path in (
        ("GET", ""), ("GET", "/raw"), ("GET", "/text"), ("GET", "/events"),
        ("DELETE", ""), ("POST", "/reprocess"), ("HEAD", "/raw"),
    ):  # fmt: skip
        there = client.request(method, f"/api/docs/{identity}{path}", headers=bob)
        assert there.status_code == 404
        if method != "HEAD":
            assert {**there.json(), "request_id": ""} == {**nowhere, "request_id": ""}
        refused(client.get(f"/api/docs/{identity}"))
    assert client.get("/api/docs", headers=bob).json()["total"] == 0
    question = "What is the word of the day?"
    for header in (bob, {}):
        for path, asked in (("/api/search", "query"), ("/api/chat/ask", "question")):
            named = client.post(
                path, headers=header, json={asked: question, "document_ids": [identity]}
            )
            assert problem(named, 400, "unknown-reference")
            told = client.post(path, headers=header, json={asked: question}).text
            assert "xylophone" not in told
    assert "xylophone" not in client.post(
        "/api/ask", headers=bob, json={"question": question}
    ).text  # fmt: skip
    # The owner: by name everywhere, unnamed where the contract says so.
    own = {"question": question, "document_ids": [identity]}
    assert "xylophone" in client.post("/api/chat/ask", headers=ada, json=own).text
    # A book named beside it is searched too, and only then.
    for body, searched in ((own, False), ({**own, "book_id": "shown"}, True)):
        asked_for = {**body, "query": "stereo camera", "k": 50}
        del asked_for["question"]
        told = client.post("/api/search", headers=ada, json=asked_for).json()["results"]
        assert any(result["chapter_id"] for result in told) == searched
        assert any(result["document_id"] == identity for result in told)
    assert "xylophone" in client.post("/api/ask", headers=ada, json={"question": question}).text
    chat = client.post("/api/chat/ask", headers=ada, json={"question": question}).text
    assert "xylophone" not in chat
    refused(client.post("/api/ask", json={"question": question}))
    assert client.get(f"/api/docs/{identity}", headers=ada).status_code == 200


def test_each_file_is_judged_on_its_own(client: TestClient, ada: dict[str, str]):
    answer = send(
        client, ada, ("a.md", SENSORS), ("b.exe", b"MZ\x00\x01" * 99), ("c.md", b""),
        ("d.md", SENSORS), ("../../etc/pass\x1bwd.txt", "Words."),
    )  # fmt: skip
    assert answer.status_code == 202
    first, second, third, fourth, fifth = answer.json()["documents"]
    assert second["filename"] == "b.exe"
    assert second["document_id"] is None
    assert "program" in second["error"]
    assert "empty" in third["error"]
    assert (fourth["document_id"], fourth["duplicate"]) == (first["document_id"], True)
    assert fifth["filename"] == "pass?wd.txt"


@pytest.mark.parametrize(
    ("files", "status", "type_"),
    [
        ([("a.md", b"")], 422, "unusable-input"),
        ([("a.pdf", b"\x00\x01\x02" * 50)], 415, "unsupported-type"),
        ([("a.md", b"x" * 1_000_001)], 413, "too-large"),
        ([("a.md", b"x" * 1_000_001), ("b.md", b"")], 422, "unusable-input"),
    ],
)
def test_all_refused(
    small: TestClient, files: Sequence[tuple[str, bytes]], status: int, type_: str
):
    header = bearer(sign_up(small))
    found = problem(send(small, header, *files), status, type_)
    assert [item["document_id"] for item in found["documents"]] == [None] * len(files)
    assert small.get("/api/docs", headers=header).json()["total"] == 0


@pytest.fixture
def small(house: House) -> Any:
    """A server that takes files of at most 1 MB."""
    settings = made_settings(
        house.settings.data, house.settings.database_url, max_upload_mb=1, max_request_kb=64
    )
    built = build(settings, embedder=house.embedder)
    with TestClient(create_app(house=built)) as opened:
        yield opened


def test_bodies_that_are_no_upload(small: TestClient):
    header = bearer(sign_up(small))
    refused(small.post("/api/upload", files=[("files", ("a.md", b"x"))]))
    problem(small.post("/api/upload", headers=header, json={}), 422, "unusable-input")
    problem(small.post("/api/upload", headers=header), 422, "unusable-input")
    problem(send(small, header, ("a.md", "x"), user_id="2"), 422, "unusable-input")
    wrong = small.post("/api/upload", headers=header, files=[("file", ("a.md", b"x"))])
    problem(wrong, 422, "unusable-input")
    form = {**header, "content-type": "multipart/form-data; boundary=x"}
    for body in (b"", b"nonsense", b"--x\r\nContent-Disposition: form-data; name=a\r\n\r\nb"):
        problem(small.post("/api/upload", headers=form, content=body), 400, "bad-request")
    large = send(small, header, ("a.md", b"x" * 6_000_000))
    problem(large, 413, "too-large")
    # Everywhere else the small limit holds.
    problem(small.post("/api/search", json={"query": "x" * 70_000}), 413, "too-large")
    problem(small.patch("/api/books/b", json={"title": "x" * 70_000}), 413, "too-large")


def test_who_asks_is_known_before_the_body_is_read(small: TestClient):
    form = {"content-type": "multipart/form-data; boundary=x", "authorization": "Bearer x"}
    refused(small.post("/api/upload", content=b"no form at all", headers=form))


def test_the_list(client: TestClient, ada: dict[str, str]):
    names = ["b beta.md", "a Alpha 100%.md", "c_gamma.md"]
    for n, name in enumerate(names):
        finished(client, ada, sent(client, ada, (name, "Words of " + "x" * n)))
    sent(client, ada, ("bad.md", "---\na: b\n---\n"))

    def listed(**query: Any) -> list[str]:
        found = client.get("/api/docs", headers=ada, params=query).json()
        assert found.keys() == {"items", "page", "page_size", "total", "file_limit_bytes"}
        return [item["filename"] for item in found["items"]]

    assert listed() == ["bad.md", *reversed(names)]
    assert listed(sort="filename") == ["a Alpha 100%.md", "b beta.md", "bad.md", "c_gamma.md"]
    assert listed(sort="-size", status="ready")[0] == "c_gamma.md"
    assert listed(q="ALPHA") == ["a Alpha 100%.md"]
    assert listed(q="%") == ["a Alpha 100%.md"]
    assert listed(q="c_") == ["c_gamma.md"]
    assert listed(page=2, page_size=3, sort="filename") == ["c_gamma.md"]
    for wrong in ({"page_size": 101}, {"sort": "user_id"}, {"status": "x"}, {"page": 0}):
        problem(client.get("/api/docs", headers=ada, params=wrong), 422, "unusable-input")
    refused(client.get("/api/docs"))


def test_the_raw_file(client: TestClient, ada: dict[str, str]):
    data = SENSORS.encode()
    identity = sent(client, ada, ('Prüfung "1".md', data))
    path = f"/api/docs/{identity}/raw"
    whole = client.get(path, headers={**ada, "accept-encoding": "gzip"})
    assert whole.content == data
    assert whole.headers["content-type"] == "text/markdown; charset=utf-8"
    assert whole.headers["x-content-type-options"] == "nosniff"
    assert whole.headers["content-length"] == str(len(data))
    assert whole.headers["content-disposition"] == (
        "attachment; filename=\"Pr_fung _1_.md\"; filename*=UTF-8''Pr%C3%BCfung%20%221%22.md"
    )
    etag = whole.headers["etag"]
    for asked, start, end in (
        ("bytes=0-9", 0, 10), ("bytes=10-", 10, len(data)), ("bytes=-5", len(data) - 5, len(data)),
        (f"bytes=5-{10**9}", 5, len(data)),
    ):  # fmt: skip
        part = client.get(path, headers={**ada, "range": asked})
        assert (part.status_code, part.content) == (206, data[start:end])
        assert part.headers["content-range"] == f"bytes {start}-{end - 1}/{len(data)}"
    for asked in ("bytes=0-1,3-4", "lines=1-2", "bytes=9-1", "bytes=-"):
        assert client.get(path, headers={**ada, "range": asked}).content == data
    for asked in (f"bytes={len(data)}-", "bytes=-0"):
        beyond = client.get(path, headers={**ada, "range": asked})
        assert problem(beyond, 416, "range-not-satisfiable")
        assert beyond.headers["content-range"] == f"bytes */{len(data)}"
    old = client.get(path, headers={**ada, "range": "bytes=0-1", "if-range": '"old"'})
    assert old.content == data
    assert client.get(path, headers={**ada, "if-none-match": etag}).status_code == 304
    head = client.head(path, headers=ada)
    assert (head.status_code, head.content) == (200, b"")


def test_progress_is_told_until_the_end(client: TestClient, ada: dict[str, str]):
    identity = sent(client, ada, ("long.md", long_text("radar", 40)))
    with client.stream("GET", f"/api/docs/{identity}/events", headers=ada) as stream:
        assert stream.headers["content-type"].startswith("text/event-stream")
        lines = [line for line in stream.iter_lines() if line.startswith("data: ")]
    told = [json.loads(line.removeprefix("data: ")) for line in lines]
    assert told[-1]["status"] == "ready"
    assert told[-1]["progress"]["done"] == told[-1]["progress"]["total"] == told[-1]["chunk_count"]


def test_deleting_over_http(client: TestClient, house: House, ada: dict[str, str]):
    identity = sent(client, ada, ("gone.md", long_text("gone")))
    finished(client, ada, identity)
    assert client.delete(f"/api/docs/{identity}", headers=ada).status_code == 204
    assert traces(house, identity) == []
    problem(client.get(f"/api/docs/{identity}", headers=ada), 404, "not-found")
    problem(client.delete(f"/api/docs/{identity}", headers=ada), 404, "not-found")
    found = client.post("/api/search", json={"query": "gone number 3"}, headers=ada).json()
    assert found["results"] == []
    again = send(client, ada, ("gone.md", long_text("gone"))).json()["documents"][0]
    assert "duplicate" not in again
    assert again["document_id"] != identity


def test_deleting_at_once_after_the_upload(client: TestClient, house: House, ada: dict[str, str]):
    ids = [sent(client, ada, ("gone.md", long_text(f"gone{n}", 30))) for n in range(5)]
    for n, identity in enumerate(ids):
        time.sleep(n * 0.15)
        assert client.delete(f"/api/docs/{identity}", headers=ada).status_code == 204
    for identity in ids:
        assert traces(house, identity) == []
    assert even(house, 1) == 0


def test_reprocessing_over_http(client: TestClient, house: House, ada: dict[str, str]):
    identity = sent(client, ada, ("a.md", CONTROL))
    before = finished(client, ada, identity)
    path = f"/api/docs/{identity}/reprocess"
    with house.database.writing() as session:
        session.execute(update(Document).values(status="embedding", claim="x"))
    problem(client.post(path, headers=ada), 409, "conflict")
    with house.database.writing() as session:
        session.execute(update(Document).values(status="ready", claim=None))
    answer = client.post(path, headers=ada)
    assert (answer.status_code, answer.json()["document_id"]) == (202, identity)
    after = finished(client, ada, identity)
    assert after["chunk_count"] == before["chunk_count"]
    assert after["last_processed_at"] > before["last_processed_at"]


def test_a_file_without_a_title_is_called_by_its_name(client: TestClient, ada: dict[str, str]):
    table = "part,mass\nmotor,2.5 kg\n"
    first = sent(client, ada, ("v1.2 robot_parts.csv", table))
    found = finished(client, ada, first)
    assert (found["status"], found["title"]) == ("ready", "V1.2 robot parts")
    text = client.get(f"/api/docs/{first}/text", headers=ada).text
    assert text.startswith("# V1.2 robot parts\n")
    again = client.post(f"/api/docs/{first}/reprocess", headers=ada)
    assert again.status_code == 202
    assert finished(client, ada, first)["title"] == found["title"]
    assert client.get(f"/api/docs/{first}/text", headers=ada).text == text


def test_hostile_names_are_only_shown(client: TestClient, house: House, ada: dict[str, str]):
    names = [
        "../../../etc/cron.d/x", "C:\\Windows\\x.md", "/abs", "a\u202egpj.md", "é" * 3000, "..",
        "-rf", "con", "😀.md", " ", "'; DROP TABLE documents; --.md",
    ]  # fmt: skip
    for n, name in enumerate(names):
        identity = sent(client, ada, (name, f"Words {n}."))
        found = client.get(f"/api/docs/{identity}", headers=ada).json()
        assert len(found["filename"]) <= 200
        assert "/" not in found["filename"]
        assert found["filename"].isprintable()
        raw = client.get(f"/api/docs/{identity}/raw", headers=ada)
        assert raw.text == f"Words {n}."
    stored = house.files.names("documents")
    assert all(name.removeprefix("documents/d").isalnum() for name in stored)
    assert len(stored) == len(names)
