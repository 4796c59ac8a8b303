"""Books and work in hand, as authors and administrators see them."""

from __future__ import annotations

import time
from typing import Any

import pytest
from sqlalchemy import select
from starlette.testclient import TestClient

from account_tools import bearer, sign_up
from glossator.accounts import people
from glossator.library.tables import Document
from glossator.library.variants import ChapterVariant
from glossator.wiring import House
from small_books import book


@pytest.fixture
def admin(client: TestClient, house: House) -> dict[str, str]:
    """The header of an administrator."""
    token = sign_up(client)
    with house.database.writing() as session:
        people.change(session, 1, {"role": "admin"})
    return bearer(token)


def books(client: TestClient, headers: dict[str, str]) -> dict[str, dict[str, Any]]:
    listed = client.get("/api/admin/books", headers=headers)
    assert listed.status_code == 200, listed.text
    return {row["book_id"]: row for row in listed.json()["items"]}


def settled(client: TestClient, headers: dict[str, str], book_id: str) -> dict[str, Any]:
    for _ in range(400):
        row = books(client, headers)[book_id]
        if row["job"]["status"] in ("ready", "failed"):
            return row
        time.sleep(0.05)
    raise AssertionError(row)


def add(client: TestClient, headers: dict[str, str], book_id: str, text: str) -> None:
    files = [("files", ("b.md", text, "text/markdown"))]
    sent = client.post("/api/books", data={"book_id": book_id}, files=files, headers=headers)
    assert sent.status_code == 202, sent.text


def test_books_with_their_jobs_and_what_is_prepared(
    client: TestClient, admin: dict[str, str], house: House
):
    house.pipeline.add_book(book(), "robots")
    with house.database.writing() as session:
        document = session.scalars(select(Document.id).order_by(Document.position)).first()
        session.add(
            ChapterVariant(
                document_id=document, language="ur", level="", hardware="", made_from="x",
                recipe="x", model="m", content="c", blocks=[], headings=[], completeness=1.0,
                originals=[],
            )
        )  # fmt: skip
    add(client, admin, "emus", "# Emus\n\nAn emu runs.")
    emus = settled(client, admin, "emus")
    assert (emus["job"]["status"], emus["title"], emus["chapters"]) == ("ready", "Emus", 1)
    robots = books(client, admin)["robots"]
    assert robots["job"] is None
    assert robots["chapters"] == 2
    assert robots["prepared"] == [{"language": "ur", "level": "", "hardware": "", "chapters": 1}]


def test_a_book_that_could_not_be_read_is_listed_with_its_reason(
    client: TestClient, admin: dict[str, str]
):
    files = [("files", ("b.pdf", b"%PDF-1.4 broken", "application/pdf"))]
    sent = client.post("/api/books", data={"book_id": "broken"}, files=files, headers=admin)
    assert sent.status_code == 202, sent.text
    row = settled(client, admin, "broken")
    assert row["job"]["status"] == "failed"
    assert row["language"] is None
    assert row["job"]["error"]
    jobs = client.get("/api/admin/jobs", headers=admin).json()
    assert [(job["kind"], job["book_id"], job["status"]) for job in jobs["items"]] == [
        ("book", "broken", "failed")
    ]


def test_peoples_files_are_told_without_names(client: TestClient, admin: dict[str, str]):
    mine = bearer(sign_up(client, "bob@example.org"))
    for name, text in (("diary.md", "# Dear\n\nDiary."), ("secret-plan.pdf", "%PDF-1.4 broken")):
        files = [("files", (name, text, "application/octet-stream"))]
        assert client.post("/api/upload", files=files, headers=mine).status_code == 202
    for _ in range(400):
        found = client.get("/api/admin/jobs", headers=admin).json()
        if found["files"] == {"ready": 1, "failed": 1}:
            break
        time.sleep(0.05)
    (job,) = found["items"]
    assert (job["kind"], job["status"], job["format"]) == ("file", "failed", "pdf")
    assert job["error"]
    assert "secret" not in str(found)
    assert "diary" not in str(found)
