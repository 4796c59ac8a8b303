"""Ten times what a server can answer: what is over is told so, and then all is as before (R10)."""

from __future__ import annotations

import shutil
import sys
import threading
import time
from collections import Counter
from http.client import HTTPConnection, HTTPException
from pathlib import Path

import pytest

from glossator.gateways.fakes import FakeEmbedder
from glossator.wiring import build
from house_tools import made_settings
from server_tools import served
from small_books import book

BODY = b'{"question": "What is a lidar?"}'


def ask(port: int) -> tuple[int, str, float]:
    began = time.monotonic()
    connection = HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        headers = {"content-type": "application/json"}
        connection.request("POST", "/api/chat/ask", BODY, headers)
        answer = connection.getresponse()
        answer.read()
        return answer.status, answer.getheader("retry-after", ""), time.monotonic() - began
    except (OSError, HTTPException):
        return 0, "", time.monotonic() - began
    finally:
        connection.close()


def crowd(port: int, clients: int, seconds: float) -> tuple[Counter[int], list[float], set[str]]:
    """So many clients that ask again and again: statuses, seconds of answers, `Retry-After`s."""
    found: list[tuple[int, str, float]] = []
    until = time.monotonic() + seconds

    def one() -> None:
        while time.monotonic() < until:
            found.append(ask(port))

    threads = [threading.Thread(target=one) for _ in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    taken = sorted(seconds for status, _, seconds in found if status == 200)
    waits = {wait for status, wait, _ in found if status in (429, 503)}
    return Counter(status for status, _, _ in found), taken, waits


def overloaded(folder: Path, template: Path, clients: int, seconds: float, limit: int) -> str:
    shutil.copyfile(template, folder / "glossator.db")
    settings = made_settings(folder, guest_questions_per_hour=limit)
    house = build(settings, embedder=FakeEmbedder())
    house.pipeline.add_book(book(), "robots")
    with served(house) as port:
        assert ask(port)[0] == 200
        calm = sorted(ask(port)[2] for _ in range(10))[5]
        statuses, taken, waits = crowd(port, clients, seconds)
        # Each is answered or told to come again; nothing breaks off.
        assert set(statuses) <= {200, 429, 503}, statuses
        assert statuses[200] <= limit
        assert all(wait.isdigit() for wait in waits), waits
        began = time.monotonic()
        after = ask(port)
        assert after[0] in (200, 429)
        assert time.monotonic() - began < 10
        alive = [thread.name for thread in threading.enumerate()]
        assert len(alive) < 80, alive
    p95 = taken[int(len(taken) * 0.95)] if taken else 0.0
    return (
        f"{clients} clients for {seconds:g} s: {dict(statuses)}, 95 % within {p95:.2f} s, "
        f"alone {calm:.3f} s, the first one afterwards {time.monotonic() - began:.2f} s"
    )


def test_what_is_over_is_told_so(tmp_path: Path, migrated_sqlite: Path):
    overloaded(tmp_path, migrated_sqlite, clients=24, seconds=1.0, limit=40)


@pytest.mark.long
@pytest.mark.timeout(900)
def test_five_minutes_of_it(tmp_path: Path, migrated_sqlite: Path):
    figures = overloaded(tmp_path, migrated_sqlite, clients=120, seconds=300, limit=100_000)
    sys.stdout.write(f"{figures}\n")
