"""Authors send, replace, change and delete books over HTTP, on both databases."""

from __future__ import annotations

import io
import time
import zipfile
from collections.abc import Mapping
from typing import Any

import pytest
from httpx2 import Response
from sqlalchemy import update
from starlette.testclient import TestClient

from account_tools import bearer, sign_up
from glossator.accounts.tables import Account
from glossator.ingestion.tables import BookJob
from glossator.library.tables import Book
from glossator.wiring import House
from house_tools import rows
from small_books import CHAPTERS, CONTROL, SENSORS


@pytest.fixture
def author(client: TestClient, house: House) -> dict[str, str]:
    """An author's header."""
    header = bearer(sign_up(client, "author@example.org"))
    with house.database.writing() as session:
        session.execute(
            update(Account).where(Account.email == "author@example.org").values(role="author")
        )
    return header


def zipped(files: Mapping[str, str]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return made.getvalue()


ROBOTS = {f"robots/{name}.md": text for name, text in CHAPTERS.items()}


def send(
    client: TestClient, header: Mapping[str, str], content: bytes, *,
    name: str = "robots.zip", method: str = "POST", path: str = "/api/books", **fields: str,
) -> Response:  # fmt: skip
    files = [("archive", (name, content, "application/zip"))]
    return client.request(method, path, headers=header, files=files, data=fields)


def finished(client: TestClient, header: Mapping[str, str], book_id: str) -> dict[str, Any]:
    for _ in range(300):
        found: dict[str, Any] = client.get(f"/api/books/{book_id}/job", headers=header).json()
        if found.get("status") in ("ready", "failed"):
            return found
        time.sleep(0.1)
    raise AssertionError(found)


def left_of_books(house: House) -> list[str]:
    """Names of the books' files; they go right after the job has told that it is done."""
    for _ in range(100):
        if not (left := list(house.files.names("books"))):
            break
        time.sleep(0.1)
    return left


def test_an_archive_becomes_a_book(client: TestClient, house: House, author: dict[str, str]):
    answer = send(
        client, author, zipped(ROBOTS), title="My robots", url="https://robots.example/docs"
    )
    assert answer.status_code == 202, answer.text
    assert answer.json().keys() == {"book_id", "job"}
    assert answer.json()["book_id"] == "robots"
    job = finished(client, author, "robots")
    assert (job["status"], job["error"], job["job"]) == ("ready", None, answer.json()["job"])
    assert job["progress"] == {"done": 2, "total": 2}
    found = client.get("/api/books/robots").json()
    assert (found["title"], found["visibility"]) == ("My robots", "public")
    assert found["url"] == "https://robots.example/docs"
    assert [item["chapter_id"] for item in found["chapters"]] == sorted(CHAPTERS)
    told = client.post("/api/search", json={"query": "stereo camera disparity"}).json()
    assert told["results"][0]["chapter_id"] == "part-1/sensors"
    assert left_of_books(house) == []


def test_replacing_embeds_only_what_changed(
    client: TestClient, house: House, author: dict[str, str]
):
    send(client, author, zipped(ROBOTS), book_id="r", visibility="members", title="T")
    finished(client, author, "r")
    before = rows(house)
    changed = {**ROBOTS, "robots/part-1/control.md": CONTROL + "\n\nA new last sentence.\n"}
    del changed["robots/part-1/sensors.md"]
    answer = send(client, author, zipped(changed), method="PUT", path="/api/books/r")
    assert answer.status_code == 202, answer.text
    assert finished(client, author, "r")["status"] == "ready"
    found = client.get("/api/books/r", headers=author).json()
    assert [item["chapter_id"] for item in found["chapters"]] == ["part-1/control"]
    assert (found["title"], found["visibility"]) == ("T", "members")
    assert rows(house)["documents"] == before["documents"] - 1
    missing = send(client, author, zipped(ROBOTS), method="PUT", path="/api/books/nowhere")
    assert missing.status_code == 404


def test_members_books_are_hidden_from_guests_from_the_first_moment(
    client: TestClient, author: dict[str, str]
):
    send(client, author, zipped(ROBOTS), book_id="secret", visibility="members")
    for _ in range(20):
        assert client.get("/api/books/secret").status_code == 404
        time.sleep(0.02)
    finished(client, author, "secret")
    assert client.get("/api/books/secret").status_code == 404
    assert client.get("/api/books/secret", headers=author).status_code == 200
    path = "/api/books/secret"
    answer = client.patch(path, headers=author, json={"visibility": "public", "title": "Open"})
    assert (answer.status_code, answer.json()["title"]) == (200, "Open")
    assert client.get(path).status_code == 200


def test_files_one_by_one(client: TestClient, author: dict[str, str]):
    files = [
        ("files", ("one/sensors.md", SENSORS)), ("files", ("../control.md", CONTROL)),
        ("files", ("picture.png", b"\x89PNG\x00")),
    ]  # fmt: skip
    answer = client.post("/api/books", headers=author, files=files, data={"book_id": "loose"})
    assert answer.status_code == 202, answer.text
    assert finished(client, author, "loose")["status"] == "ready"
    found = client.get("/api/books/loose").json()
    assert {item["chapter_id"] for item in found["chapters"]} == {"one/sensors", "control"}


def test_deleting_a_book(client: TestClient, house: House, author: dict[str, str]):
    before = rows(house)
    send(client, author, zipped(ROBOTS), book_id="gone")
    finished(client, author, "gone")
    assert client.delete("/api/books/gone", headers=author).status_code == 204
    assert client.get("/api/books/gone").status_code == 404
    assert client.delete("/api/books/gone", headers=author).status_code == 404
    assert rows(house) == before


def test_only_authors(client: TestClient):
    reader = bearer(sign_up(client, "reader@example.org"))
    calls = (("POST", ""), ("PUT", "/x"), ("PATCH", "/x"), ("DELETE", "/x"), ("GET", "/x/job"))
    for method, path in calls:
        assert client.request(method, f"/api/books{path}").status_code == 401
        answer = client.request(method, f"/api/books{path}", headers=reader)
        assert (answer.status_code, answer.json()["type"]) == (403, "forbidden")


def test_what_is_wrong_is_said(client: TestClient, house: House, author: dict[str, str]):
    good = zipped(ROBOTS)
    for fields, status in (
        ({"book_id": "../x"}, 422), ({"title": "x" * 501}, 422), ({"url": "javascript:1"}, 422),
        ({"visibility": "secret"}, 422), ({"owner_id": "1"}, 422),
    ):  # fmt: skip
        assert send(client, author, good, **fields).status_code == status
    assert send(client, author, b"\x00\x01\x02", name="x.bin").status_code == 415
    assert send(client, author, b"", name="x.zip").status_code == 422
    assert client.post("/api/books", headers=author, data={}, files=[]).status_code == 422
    send(client, author, good, book_id="taken")
    busy = send(client, author, good, book_id="taken")
    assert busy.status_code == 409
    finished(client, author, "taken")
    again = send(client, author, good, book_id="taken")
    assert (again.status_code, "PUT" in again.json()["detail"]) == (409, True)
    empty = send(client, author, zipped({"a/picture.svg": "<svg/>"}), book_id="empty")
    assert empty.status_code == 202
    job = finished(client, author, "empty")
    assert job["status"] == "failed"
    assert "no Markdown" in job["error"]
    assert client.get("/api/books/empty").status_code == 404
    assert left_of_books(house) == []


def test_hostile_archives(client: TestClient, house: House, author: dict[str, str]):
    link = zipfile.ZipInfo("link.md")
    link.external_attr = 0o120777 << 16
    made: dict[str, bytes] = {}
    for name in ("../up.md", "/etc/x.md", "a/../../x.md", "C:\\x.md", "a\x01.md"):
        made[f"outside{len(made)}"] = zipped({name: "# Words\n\nSome words."})
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(link, "/etc/passwd")
    made["link"] = buffer.getvalue()
    buffer = io.BytesIO()
    with (
        zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("zeros.md", "w", force_zip64=True) as file,
    ):
        for _ in range(80):
            file.write(bytes(1_000_000))
    made["bomb"] = buffer.getvalue()
    made["cut"] = zipped(ROBOTS)[:-30] + zipped({})
    outside = sorted(path.name for path in house.settings.data.parent.iterdir())
    for name, content in made.items():
        answer = send(client, author, content, book_id=name)
        if answer.status_code == 202:
            job = finished(client, author, name)
            assert (name, job["status"]) == (name, "failed")
            assert len(job["error"].split()) > 3
        else:
            # What the list of contents shows already is said at once.
            assert answer.status_code == 415, (name, answer.text)
            assert len(answer.json()["detail"].split()) > 3
    assert sorted(path.name for path in house.settings.data.parent.iterdir()) == outside
    assert left_of_books(house) == []
    with house.database.reading() as session:
        assert session.query(Book).count() == 0


def test_a_book_that_was_begun_is_taken_up(
    client: TestClient, house: House, author: dict[str, str]
):
    send(client, author, zipped(ROBOTS), book_id="b")
    finished(client, author, "b")
    # As a killed runner leaves it: claimed, half done.
    with house.database.writing() as session:
        job = session.query(BookJob).one()
        path = "books/again/0"
        house.files.put(path, [zipped(ROBOTS)], most=1_000_000)
        job.files, job.status, job.finished_at = [[path, "robots.zip"]], "embedding", None
    assert finished(client, author, "b")["status"] == "ready"
    assert left_of_books(house) == []
