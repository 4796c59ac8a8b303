"""A user's documents to be looked at, unlocked, stopped and read by OCR."""

from __future__ import annotations

import logging
import threading
from typing import Any

import pytest
from sqlalchemy import text
from starlette.testclient import TestClient

from account_tools import bearer, sign_up
from glossator.ingestion import sandbox as sandboxes
from glossator.ingestion.sandbox import Sandbox
from glossator.ingestion.views import Views
from glossator.tutor import conversations
from glossator.tutor.conversations import Owner
from glossator.tutor.tables import now
from glossator.wiring import House
from pdf_maker import Page, Text, make_pdf
from picture_files import PNG, word_with_pictures
from small_books import SENSORS
from upload_tools import document, even, long_text, upload, user, work

# What no database does in a way of its own.
on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
LINE = "The gripper closes when the pressure sensor reports nine newtons of force."
SECRET = "open-sesame-1001"
LOCKED = make_pdf([[Text(70, 700, LINE)]], password=SECRET)
SCAN = make_pdf([Page(picture=(2, 2, b"\x80\xff\xff\x80"))])


@pytest.fixture
def ada(client: TestClient) -> dict[str, str]:
    return bearer(sign_up(client, "ada@example.org"))


def sent(
    client: TestClient, house: House, header: dict[str, str], name: str, content: bytes
) -> dict[str, Any]:
    """The document that became of a file, when nothing is left to do."""
    answer = client.post("/api/upload", headers=header, files=[("files", (name, content))])
    assert answer.status_code == 202, answer.text
    return settled(client, house, header, answer.json()["documents"][0]["document_id"])


def settled(
    client: TestClient, house: House, header: dict[str, str], identity: str
) -> dict[str, Any]:
    for _ in range(200):
        work(house)
        found: dict[str, Any] = client.get(f"/api/docs/{identity}", headers=header).json()
        if found["status"] in ("ready", "failed"):
            return found
    raise AssertionError(found)


def test_a_page_is_seen_with_the_places_of_its_words(
    client: TestClient, house: House, ada: dict[str, str]
):
    pdf = make_pdf([[Text(70, 700, LINE)], [Text(70, 700, "The end.")]])
    identity = sent(client, house, ada, "a.pdf", pdf)["document_id"]
    base = f"/api/docs/{identity}"
    assert client.get(f"{base}/pages", headers=ada).json() == {
        "document_id": identity,
        "sizes": [[595.0, 842.0]] * 2,
        "direction": "ltr",
    }
    lines = client.get(f"{base}/pages/1/words", headers=ada).json()["lines"]
    assert [[word[0] for word in line] for line in lines] == [LINE.split()]
    picture = client.get(f"{base}/pages/1/picture?width=600", headers=ada)
    assert picture.headers["content-type"] == "image/png"
    assert picture.headers["cache-control"] == "private, no-cache"
    assert picture.headers["content-security-policy"] == "default-src 'none'; sandbox"
    assert picture.headers["x-content-type-options"] == "nosniff"
    assert int.from_bytes(picture.content[16:20], "big") == 640
    tag = picture.headers["etag"]
    same = client.get(f"{base}/pages/1/picture?width=640", headers=ada)
    assert (same.content, same.headers["etag"]) == (picture.content, tag)
    asked = {**ada, "if-none-match": tag}
    assert client.get(f"{base}/pages/1/picture?width=600", headers=asked).status_code == 304
    assert client.get(f"{base}/pages/2/picture?width=600", headers=asked).status_code == 200
    for wrong, status in (("3/words", 404), ("0/words", 422), ("1/picture?width=9999", 422)):
        assert client.get(f"{base}/pages/{wrong}", headers=ada).status_code == status
    # A picture that somebody kept is nobody else's, not even by its tag.
    bob = {**bearer(sign_up(client, "bob@example.org")), "if-none-match": tag}
    assert client.get(f"{base}/pages/1/picture?width=600", headers=bob).status_code == 404


def test_any_document_is_read_as_html_that_holds_nothing_of_its_own(
    client: TestClient, house: House, ada: dict[str, str]
):
    words = b"# Words <b>\n\nOne <script>alert(1)</script> [x](javascript:alert(1)) sentence."
    found = sent(client, house, ada, "a.md", words)
    read = client.get(f"/api/docs/{found['document_id']}/reading", headers=ada).json()
    assert read["title"] == found["title"]
    assert (read["language"], read["direction"]) == ("en", "ltr")
    assert 'class="block heading"' in read["html"]
    assert "sentence." in read["html"]
    assert "<script" not in read["html"]
    assert "javascript:" not in read["html"].replace("(javascript:", "")
    page = client.get(f"/api/docs/{found['document_id']}/pages/1/words", headers=ada)
    assert (page.status_code, page.json()["type"]) == (422, "unusable-input")


@on_sqlite
def test_pictures_of_a_word_file_are_shown_and_nothing_else_of_it(
    client: TestClient, house: House, ada: dict[str, str]
):
    found = sent(client, house, ada, "a.docx", word_with_pictures())
    base = f"/api/docs/{found['document_id']}"
    html = client.get(f"{base}/reading", headers=ada).json()["html"]
    address = f"{base}/media?name=word%2Fmedia%2Fa%20gear.png"
    assert f'<img src="{address}" alt="A gear"' in html
    assert "evil.invalid" not in html
    picture = client.get(address, headers=ada)
    assert (picture.content, picture.headers["content-type"]) == (PNG, "image/png")
    assert picture.headers["content-security-policy"].endswith("sandbox")
    assert picture.headers["x-content-type-options"] == "nosniff"
    asked = {**ada, "if-none-match": picture.headers["etag"]}
    assert client.get(address, headers=asked).status_code == 304
    # What the text doesn't name as a picture stays in the file.
    for name in ("word/document.xml", "word/media/none.png", "../secret"):
        assert client.get(f"{base}/media?name={name}", headers=ada).status_code == 404
    bob = bearer(sign_up(client, "bob@example.org"))
    assert client.get(address, headers=bob).status_code == 404


@on_sqlite
def test_a_picture_that_is_a_page_is_not_shown(
    client: TestClient, house: House, ada: dict[str, str]
):
    evil = word_with_pictures(b"<html><script>alert(1)</script></html>")
    identity = sent(client, house, ada, "a.docx", evil)["document_id"]
    path = f"/api/docs/{identity}/media?name=word%2Fmedia%2Fa%20gear.png"
    answer = client.get(path, headers=ada)
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")


def test_a_locked_file_opens_with_its_password_which_is_kept_nowhere(
    client: TestClient, house: House, ada: dict[str, str], caplog: pytest.LogCaptureFixture
):
    caplog.set_level(logging.DEBUG)
    found = sent(client, house, ada, "locked.pdf", LOCKED)
    assert (found["status"], found["reason"]) == ("failed", "password")
    path = f"/api/docs/{found['document_id']}"
    raw = client.get(f"{path}/raw", headers=ada)
    wrong = client.post(f"{path}/password", headers=ada, json={"password": "x" * 9})
    assert (wrong.status_code, wrong.json()["detail"]) == (
        422, "This password doesn't open the file.",
    )  # fmt: skip
    right = client.post(f"{path}/password", headers=ada, json={"password": SECRET})
    assert (right.status_code, right.json()["status"]) == (202, "queued")
    ready = settled(client, house, ada, found["document_id"])
    assert (ready["status"], ready["reason"], ready["error"]) == ("ready", None, None)
    assert LINE in client.get(f"{path}/text", headers=ada).text
    assert client.get(f"{path}/pages/1/words", headers=ada).status_code == 200
    now = client.get(f"{path}/raw", headers={**ada, "if-none-match": raw.headers["etag"]})
    assert now.status_code == 200
    assert len(now.content) == ready["size"]
    # The same locked file again is still the same file.
    again = client.post("/api/upload", headers=ada, files=[("files", ("b.pdf", LOCKED))]).json()
    assert again["documents"][0]["document_id"] == found["document_id"]
    assert client.post(
        f"{path}/password", headers=ada, json={"password": SECRET}
    ).status_code == 409  # fmt: skip
    with house.database.reading() as session:
        for table in ("documents", "document_blocks", "document_chunks"):
            rows = session.execute(text(f"SELECT * FROM {table}")).all()  # noqa: S608
            assert SECRET not in repr(rows)
    assert SECRET not in caplog.text
    assert list((house.settings.data / "work").iterdir()) == []


def test_a_scan_says_so_and_ocr_says_when_it_isnt_there(
    client: TestClient, house: House, ada: dict[str, str]
):
    found = sent(client, house, ada, "scan.pdf", SCAN)
    assert (found["status"], found["reason"]) == ("failed", "scan")
    path = f"/api/docs/{found['document_id']}"
    # Its pages can be seen all the same.
    assert client.get(f"{path}/pages/1/picture", headers=ada).status_code == 200
    answer = client.post(f"{path}/ocr", headers=ada)
    assert answer.status_code == 409
    assert "doesn't read pictures" in answer.json()["detail"]
    markdown = sent(client, house, ada, "a.md", SENSORS.encode())
    refused = client.post(f"/api/docs/{markdown['document_id']}/ocr", headers=ada)
    assert refused.status_code == 422


def test_what_is_stopped_is_read_no_further_and_goes_on_when_asked(house: House):
    ada = user(house)
    identity = upload(house, ada, long_text("radar", 60))
    house.documents.parse()
    house.documents.embed()
    with house.database.writing() as session:
        house.documents.stop(session, document_row(session, identity))
    work(house)
    stopped = document(house, identity)
    assert (stopped.status, stopped.reason) == ("failed", "stopped")
    assert "can still be asked" in (stopped.error or "")
    assert even(house, ada) > 0
    with house.database.writing() as session:
        house.documents.enqueue(session, document_row(session, identity))
    work(house)
    assert document(house, identity).status == "ready"
    even(house, ada)


def document_row(session: Any, identity: str) -> Any:
    from glossator.library.tables import Document

    return session.get_one(Document, identity)


def test_the_reader_of_a_stopped_file_is_ended(house: House, monkeypatch: pytest.MonkeyPatch):
    ada = user(house)
    identity = upload(house, ada, SENSORS)
    began, ended = threading.Event(), []

    def slowly(_: Sandbox, *_args: Any, waiting: Any, **_more: Any) -> Any:
        began.set()
        try:
            for _ in range(200):
                waiting()
                threading.Event().wait(0.02)
        except Exception as error:
            ended.append(type(error).__name__)
            raise

    monkeypatch.setattr(sandboxes.Sandbox, "document", slowly)
    reader = threading.Thread(target=house.documents.parse)
    reader.start()
    assert began.wait(20)
    with house.database.writing() as session:
        house.documents.stop(session, document_row(session, identity))
    reader.join(20)
    assert ended == ["Lost"]
    assert document(house, identity).reason == "stopped"


def test_only_what_is_in_hand_can_be_stopped(client: TestClient, house: House, ada: dict[str, str]):
    ready = sent(client, house, ada, "a.md", SENSORS.encode())
    answer = client.post(f"/api/docs/{ready['document_id']}/stop", headers=ada)
    assert (answer.status_code, answer.json()["type"]) == (409, "conflict")


def test_how_many_answers_quote_a_document(client: TestClient, house: House, ada: dict[str, str]):
    ready = sent(client, house, ada, "a.md", SENSORS.encode())
    bob = bearer(sign_up(client, "bob@example.org"))
    path = f"/api/docs/{ready['document_id']}/quoted"
    here, there = {"document_id": ready["document_id"]}, {"document_id": "d0"}
    said = ([here, there], []), ([here, here], []), ([], [here]), ([there], [here]), ([], [])
    with house.database.writing() as session:
        for owner in (1, 2):
            for number, (sources, nearest) in enumerate(said):
                conversations.keep(
                    session, Owner(owner), session_id=f"s{owner}", message_id=f"m{owner}-{number}",
                    question="?", standalone="?", selected_text=None, at=now(), begins=True,
                    answer={"mode": "extractive", "confidence": 1.0, "sources": sources,
                            "nearest": nearest},
                )  # fmt: skip
    answer = client.get(path, headers=ada)
    assert answer.json() == {"document_id": ready["document_id"], "answers": 2}
    assert client.get(path, headers=bob).status_code == 404


def test_pages_are_counted_as_they_become_searchable(house: House):
    from glossator.library import uploads

    ada = user(house)
    pages = [[Text(70, 760 - 14 * row, f"Page {n} row {row}: {LINE}") for row in range(48)]
             for n in range(12)]  # fmt: skip
    identity = upload(house, ada, make_pdf(pages), "long.pdf")
    house.documents.parse()
    seen = []
    for _ in range(100):
        with house.database.reading() as session:
            (shown,) = uploads.shown(session, [document_row(session, identity)])
        seen.append(shown["pages_searchable"])
        if shown["status"] == "ready" or not house.documents.embed():
            break
    assert seen == sorted(seen)
    assert seen[0] == 0
    assert seen[-1] == 12
    assert any(0 < count < 12 for count in seen)


@pytest.fixture
def views(house: House) -> tuple[Views, str]:
    house.files.put("views/a", [b"abc"], most=10)
    return Views(house.files, object(), house.settings.data / "work", kept_bytes=1_000), "views/a"  # type: ignore[arg-type]


def test_an_answer_is_looked_up_once_and_few_are_kept(views: tuple[Views, str]):
    kept, path = views
    asked: list[str] = []

    def ask(key: str) -> bytes:
        def look(_: Sandbox, copy: Any) -> bytes:
            asked.append(key)
            assert copy.read_bytes() == b"abc"
            return bytes(100)

        return kept.ask((key,), path, look, len)

    for key in ("a", "b", "a", "c", "a", "d", "a", "b"):
        ask(key)
    assert asked == ["a", "b", "c", "d", "b"]
