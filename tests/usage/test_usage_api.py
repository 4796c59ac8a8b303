"""Allowances over HTTP: headers, 429, what gives its unit back, and what is left."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from account_tools import bearer, sign_up
from cli_tools import start
from glossator.app import create_app
from glossator.foundation.database import Database
from glossator.gateways.ports import Embedder
from glossator.usage import switch
from glossator.usage.service import Usage
from glossator.wiring import House, build
from house_tools import made_settings
from small_books import book

NOW = datetime(2026, 11, 21, 13, 59, 15, tzinfo=UTC)
QUESTION = {"question": "What does an encoder measure?"}
SEARCH = {"query": "encoder"}

Open = Callable[..., TestClient]


class Clock:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    """Quarter past the last minute of an hour."""
    return Clock()


@pytest.fixture
def opened(
    database_url: str, tmp_path: Path, embedder: Embedder, clock: Clock
) -> Iterator[tuple[House, Open]]:
    """A house with the limits as they come, and how a client of an address is opened."""
    defaults = {"guest_questions_per_hour": 5, "searches_per_minute": 60}
    built = build(made_settings(tmp_path, database_url, **defaults), embedder=embedder)
    room = Usage(built.usage.allowances, built.usage.budget, clock)
    house = dataclasses.replace(built, usage=room)
    house.pipeline.add_book(book(), "robots")
    app = create_app(house=house)
    with ExitStack() as stack:

        def connect(address: str = "192.0.2.1", **options: bool) -> TestClient:
            client = TestClient(app, client=(address, 5000), **options)
            return stack.enter_context(client)

        yield house, connect


@pytest.fixture
def client(opened: tuple[House, Open]) -> TestClient:
    """A guest."""
    return opened[1]()


def left(client: TestClient) -> int:
    return int(client.get("/api/usage").json()["questions"]["left"])


def test_a_guest_has_five_questions_an_hour_and_a_429_after_them(client: TestClient, clock: Clock):
    for n in range(5):
        answer = client.post("/api/chat/ask", json=QUESTION)
        assert answer.status_code == 200
        assert answer.headers["ratelimit"] == f'"questions";r={4 - n};t=45'
        assert answer.headers["ratelimit-policy"] == '"questions";q=5;w=3600'
    refused = client.post("/api/chat/ask", json=QUESTION)
    assert refused.status_code == 429
    assert refused.headers["content-type"] == "application/problem+json"
    assert refused.headers["retry-after"] == "45"
    assert refused.headers["ratelimit"] == '"questions";r=0;t=45'
    assert refused.headers["ratelimit-policy"] == '"questions";q=5;w=3600'
    problem = refused.json()
    assert set(problem) == {
        "type", "title", "status", "detail", "request_id", "violated-policies", "renews_at",
    }  # fmt: skip
    assert (problem["type"], problem["status"]) == ("quota-exceeded", 429)
    assert "Try again in 45 seconds" in problem["detail"]
    assert "glossator user invite" in problem["detail"]
    assert problem["violated-policies"] == ["questions"]
    assert problem["renews_at"] == "2026-11-21T14:00:00+00:00"
    clock.now += timedelta(seconds=45)
    assert client.post("/api/chat/ask", json=QUESTION).status_code == 200


def test_guests_of_one_address_share_and_others_do_not(opened: tuple[House, Open]):
    _, connect = opened
    one, same, other = connect(), connect("::ffff:192.0.2.1"), connect("192.0.2.2")
    one.post("/api/chat/ask", json=QUESTION)
    same.post("/api/chat/ask", json=QUESTION)
    # What a client says about its address is believed from no one who isn't a trusted proxy.
    forged = {"x-forwarded-for": "198.51.100.7", "forwarded": "for=198.51.100.7"}
    one.post("/api/chat/ask", json=QUESTION, headers=forged)
    assert [left(one), left(same), left(other)] == [2, 2, 5]


def test_what_is_left_is_told_and_takes_nothing(client: TestClient):
    client.post("/api/chat/ask", json=QUESTION)
    for _ in range(2):
        assert client.get("/api/usage").json() == {
            "questions": {
                "limit": 5, "used": 1, "left": 4, "window_seconds": 3600,
                "resets_at": "2026-11-21T14:00:00+00:00",
            },
            "translations": None,
            "personalizations": None,
            "storage": None,
            "money": None,
        }  # fmt: skip


def test_only_an_answer_counts_as_a_question(
    opened: tuple[House, Open], monkeypatch: pytest.MonkeyPatch
):
    house, connect = opened
    client = connect(raise_server_exceptions=False)
    unknown = client.post("/api/chat/ask", json={**QUESTION, "book_id": "none"})
    assert unknown.status_code == 400
    assert client.post("/api/chat/ask", json={"question": ""}).status_code == 422
    assert client.post("/api/chat/ask", content=b"{").status_code == 422
    assert left(client) == 5
    assert client.post("/api/chat/ask", json={"question": "Who won in 1998?"}).status_code == 200
    assert left(client) == 4

    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("a fault of ours")

    monkeypatch.setattr(type(house.tutor), "extract", fail)
    assert client.post("/api/chat/ask", json=QUESTION).status_code == 500
    assert left(client) == 4


def test_sixty_searches_a_minute_and_nonsense_counts(
    opened: tuple[House, Open], clock: Clock, monkeypatch: pytest.MonkeyPatch
):
    house, connect = opened
    client = connect(raise_server_exceptions=False)
    for _ in range(29):
        assert client.post("/api/search", json=SEARCH).status_code == 200
        assert client.post("/api/search", json={**SEARCH, "book_id": "none"}).status_code == 400
    with monkeypatch.context() as patch:
        patch.setattr(type(house.search), "search", None)
        for _ in range(5):
            assert client.post("/api/search", json=SEARCH).status_code == 500
    codes = [client.post("/api/search", json=SEARCH).status_code for _ in range(3)]
    assert codes == [200, 200, 429]
    refused = client.post("/api/search", json=SEARCH)
    assert refused.headers["ratelimit-policy"] == '"searches";q=60;w=60'
    assert refused.headers["retry-after"] == "45"
    assert left(client) == 5
    clock.now += timedelta(seconds=45)
    assert client.post("/api/search", json=SEARCH).status_code == 200


def test_without_a_limit_there_are_no_headers_and_no_counters(
    tmp_path: Path, sqlite_url: str, embedder: Embedder
):
    house = build(made_settings(tmp_path, sqlite_url), embedder=embedder)
    with TestClient(create_app(house=house)) as client:
        for _ in range(7):
            answer = client.post("/api/chat/ask", json=QUESTION)
            assert answer.status_code == 200
            assert "ratelimit" not in answer.headers
        found = client.get("/api/usage").json()["questions"]
        assert (found["limit"], found["left"], found["used"]) == (None, None, 0)


def test_more_waiting_requests_than_connections_all_end(opened: tuple[House, Open]):
    from concurrent.futures import ThreadPoolExecutor

    client = opened[1]()
    with ThreadPoolExecutor(40) as pool:
        answers = list(
            pool.map(lambda _: client.post("/api/chat/ask", json=QUESTION).status_code, range(60))
        )
    assert (answers.count(200), answers.count(429)) == (5, 55)


def test_the_command_prints_the_object_of_the_api(tmp_path: Path):
    glossator = start(tmp_path)
    try:
        shown = glossator("usage", "--data", tmp_path / "d", cwd=tmp_path)
        printed = glossator("usage", "--data", tmp_path / "d", "--json", cwd=tmp_path)
        database = Database(f"sqlite:///{tmp_path / 'd' / 'glossator.db'}")
        with database.writing() as session:
            switch.stop(session)
        database.close()
        stopped = glossator("usage", "--data", tmp_path / "d", cwd=tmp_path)
    finally:
        glossator.close()
    assert shown.returncode == 0, shown.stderr
    assert "of 10.00 USD" in shown.stdout
    assert '"by_day": []' in printed.stdout
    assert "are stopped" not in shown.stdout
    assert "All calls to language models are stopped" in stopped.stdout
    assert printed.stderr == ""


def test_who_signed_in_has_an_allowance_of_their_own(opened: tuple[House, Open]):
    client = opened[1]()
    token = sign_up(client)
    mine = bearer(token)
    for n in range(2):
        answer = client.post("/api/chat/ask", json=QUESTION, headers=mine)
        assert answer.headers["ratelimit"] == f'"questions";r={19 - n};t=45'
    found = client.get("/api/usage", headers=mine).json()
    assert found.pop("storage")["used_bytes"] == 0
    assert found.pop("money") == {
        "limit_usd": None, "spent_usd": 0.0, "left_usd": None,
        "resets_at": "2026-11-22T00:00:00+00:00",
    }  # fmt: skip
    assert {name: (row["limit"], row["left"]) for name, row in found.items()} == {
        "questions": (20, 18),
        "translations": (5, 5),
        "personalizations": (5, 5),
    }
    assert left(client) == 5
    refused = client.post("/api/chat/ask", json=QUESTION, headers={"authorization": "Bearer x"})
    assert refused.status_code == 401
    assert left(client) == 5
