"""A commit that fails, a full disk: nothing unsaved is called saved, and it mends itself (R3)."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from httpx2 import Response
from sqlalchemy import event
from sqlalchemy.exc import OperationalError

from account_tools import PERSON, bearer
from security_tools import Small, small

CHAPTER = {"book_id": "robots", "chapter_id": "part-1/sensors"}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, migrated_sqlite: Path) -> Iterator[Small]:
    with small(tmp_path_factory.mktemp("faults"), migrated_sqlite) as made:
        # Its first request reads what is kept from then on.
        made.client.post("/api/chat/ask", json={"question": "What is a lidar?"})
        yield made


@contextmanager
def failing(server: Small, fatal: int, how: Callable[[], Exception]) -> Iterator[list[int]]:
    """The n-th commit from now on fails, once; how many there were."""
    count = [0]

    def commit(_: object) -> None:
        count[0] += 1
        if count[0] == fatal:
            raise how()

    event.listen(server.house.database.engine, "commit", commit)
    try:
        yield count
    finally:
        event.remove(server.house.database.engine, "commit", commit)


def broken() -> Exception:
    return OperationalError("COMMIT", {}, sqlite3.OperationalError("disk I/O error"))


def sign_up(server: Small, name: str) -> tuple[Response, Callable[[], bool]]:
    email = f"{name}@example.org"
    answer = server.client.post("/api/auth/signup", json={**PERSON, "email": email})

    def saved() -> bool:
        sent = {"email": email, "password": PERSON["password"]}
        found = server.client.post("/api/auth/login", json=sent)
        assert found.status_code in (200, 401)
        return bool(found.status_code == 200)

    return answer, saved


def ask(server: Small, _: str) -> tuple[Response, Callable[[], bool]]:
    answer = server.client.post(
        "/api/chat/ask", json={"question": "What is a lidar?"}, headers=server.user
    )
    told = answer.json()

    def saved() -> bool:
        path = f"/api/chat/messages/{told.get('message_id')}"
        return bool(server.client.get(path, headers=server.user).status_code == 200)

    return answer, saved


def mark(server: Small, name: str) -> tuple[Response, Callable[[], bool]]:
    done = {**CHAPTER, "completed": name.endswith("0")}
    answer = server.client.post("/api/user/progress/mark", json=done, headers=server.user)

    def saved() -> bool:
        read = server.client.get("/api/user/progress", headers=server.user).json()
        return [row["completed"] for row in read["chapters_read"]] == [done["completed"]]

    return answer, saved


def take(server: Small, name: str) -> tuple[Response, Callable[[], bool]]:
    file = (f"{name}.md", f"# {name}\n\nWords of {name}.".encode())
    answer = server.client.post("/api/upload", headers=server.user, files=[("files", file)])

    def saved() -> bool:
        listed = server.client.get("/api/docs?page_size=100", headers=server.user).json()["items"]
        return any(item["filename"] == file[0] for item in listed)

    return answer, saved


@pytest.mark.parametrize("action", [sign_up, ask, mark, take])
def test_a_commit_that_fails_is_no_success(server: Small, action: Callable[..., Any]):
    fatal, failed, committed = 0, 0, fatal_of(server, action)
    for fatal in range(1, committed + 1):
        settled(server)
        with failing(server, fatal, broken):
            answer, saved = action(server, f"{action.__name__}{fatal}")
        assert answer.status_code in (200, 201, 202, 503), answer.text
        if answer.status_code == 503:
            failed += 1
            assert answer.json()["type"] == "unavailable"
        else:
            # What failed was nothing of this request, or was made good.
            assert saved(), (action.__name__, fatal, answer.text)
        # Without anybody's help it goes on.
        again, there = action(server, f"{action.__name__}-again-{fatal}")
        assert again.status_code in (200, 201, 202), again.text
        assert there()
    assert failed >= 1


def settled(server: Small) -> None:
    """Wait until nothing is processed: the commits that fail are to be the request's own."""
    for _ in range(400):
        listed = server.client.get("/api/docs?page_size=100", headers=server.user).json()["items"]
        if {item["status"] for item in listed} <= {"ready", "failed"}:
            return
        time.sleep(0.02)
    pytest.fail("The jobs didn't come to an end.")


def fatal_of(server: Small, action: Callable[..., Any]) -> int:
    """How many commits an undisturbed action has."""
    with failing(server, -1, broken) as count:
        action(server, f"{action.__name__}-first0")
    return min(count[0], 8)


def test_a_full_disk_is_told_and_what_is_there_is_read(server: Small):
    """SQLite itself says that the disk is full; afterwards everything goes on by itself."""

    def limit(pages: int) -> Callable[..., None]:
        def checkout(connection: sqlite3.Connection, *_: object) -> None:
            connection.execute(f"PRAGMA max_page_count = {pages}")

        return checkout

    engine = server.house.database.engine
    with engine.connect() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar() or 0
    full, free = limit(pages), limit(1_000_000_000)
    event.listen(engine, "checkout", full)
    try:
        statuses = set()
        for n in range(12):
            file = (f"full{n}.md", b"# Full\n\n%d " % n + b"word " * 20_000)
            answer = server.client.post("/api/upload", headers=server.user, files=[("files", file)])
            statuses.add(answer.status_code)
            email = f"full{n}@example.org"
            made = server.client.post("/api/auth/signup", json={**PERSON, "email": email})
            if made.status_code == 201:
                header = bearer(made.json()["access_token"])
                assert server.client.get("/api/auth/me", headers=header).status_code == 200
            statuses.add(made.status_code)
            assert server.client.get("/api/books").status_code == 200
            path = f"/api/chapters/{CHAPTER['chapter_id']}"
            assert server.client.get(path).status_code == 200
            assert server.client.get("/api/user/progress", headers=server.user).status_code == 200
    finally:
        event.remove(engine, "checkout", full)
        event.listen(engine, "checkout", free)
    assert 507 in statuses, statuses
    assert statuses <= {201, 202, 503, 507}, statuses
    answer, saved = take(server, "after")
    assert answer.status_code == 202
    assert saved()
    with engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"
