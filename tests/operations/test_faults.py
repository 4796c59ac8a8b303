"""Parts that are slow, gone, full or talk nonsense: a clear sentence, and what goes on.

Nothing is restarted in these tests: what a part's trouble did must be over when it is.
"""

from __future__ import annotations

import resource
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import pytest
from httpx2 import Response
from sqlalchemy import event
from sqlalchemy.pool import QueuePool
from starlette.testclient import TestClient

from account_tools import bearer
from fault_proxy import FaultProxy, Mode, during, fault_proxy
from glossator.app import create_app
from glossator.foundation import faults
from glossator.gateways.fakes import FakeEmbedder
from glossator.gateways.ports import StoreFailed
from glossator.gateways.vectors.qdrant import QdrantStore
from glossator.wiring import House, build
from house_tools import made_settings
from model_server import model_server, says
from postgres_server import PostgresServer
from small_books import book
from watched_site import Site, watched_site

QUESTION = "What does a stereo camera compute from the disparity between two pictures?"
QUOTE = "A stereo camera computes depth from the disparity between two pictures."
CHAPTER = "/api/chapters/part-1/sensors"
# A ping and a connection that both say nothing; then nobody waits.
LONGEST = 9.0


@pytest.fixture(scope="module")
def behind(
    postgres: PostgresServer, migrated_postgres: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[FaultProxy, House, TestClient]]:
    """An application whose Postgres is behind a proxy."""
    url = postgres.create(migrated_postgres)
    name = url.partition("@/")[2].partition("?")[0]
    with fault_proxy(str(postgres.folder / ".s.PGSQL.5432")) as proxy:
        through = f"postgresql+psycopg://postgres@127.0.0.1:{proxy.port}/{name}?sslmode=disable"
        settings = made_settings(
            tmp_path_factory.mktemp("behind"), through, model="none", database_seconds=1.0
        )
        house = build(settings, embedder=FakeEmbedder())
        house.pipeline.add_book(book(), "robots")
        with TestClient(create_app(house=house)) as client:
            yield proxy, house, client
    postgres.drop(url)


def timed(call: Callable[[], Response]) -> tuple[Response, float]:
    began = time.monotonic()
    return call(), time.monotonic() - began


def until(call: Callable[[], Response], status: int = 200, seconds: float = 10.0) -> Response:
    """The first answer with this status; the last one where none has it in time."""
    ends = time.monotonic() + seconds
    answer = call()
    while answer.status_code != status and time.monotonic() < ends:
        time.sleep(0.1)
        answer = call()
    assert answer.status_code == status, answer.text
    return answer


def unavailable(answer: Response, sentence: str = faults.DATABASE) -> None:
    """A 503 in words for people, and nothing of what happened inside."""
    assert answer.status_code == 503, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert (problem["type"], problem["detail"]) == ("unavailable", sentence)
    for inside in ("psycopg", "Traceback", "SELECT", "127.0.0.1", "obstore"):
        assert inside not in answer.text


@pytest.mark.parametrize("mode", ["reset", "refuse", "garbage", "silent"])
def test_a_database_in_trouble(behind: tuple[FaultProxy, House, TestClient], mode: Mode):
    proxy, _, client = behind
    client.cookies.clear()
    body = {"question": QUESTION}
    before = client.get(CHAPTER)
    assert before.status_code == 200
    assert client.get("/api/books/robots").status_code == 200

    def trouble() -> None:
        # The first ones find out; whoever comes then needn't wait for it.
        calls: list[Callable[[], Response]] = [
            lambda: client.post("/api/chat/ask", json=body),
            lambda: client.post("/api/search", json={"query": "lidar"}),
            lambda: client.get("/api/usage"),
            lambda: client.get("/api/chapters/part-1/control"),
        ]
        for call in calls:
            answer, took = timed(call)
            unavailable(answer)
            assert took < LONGEST
        streamed = client.post("/api/chat/ask", json={**body, "stream": True})
        unavailable(streamed)
        assert client.get("/health").status_code == 200
        ready = client.get("/health/ready")
        assert ready.status_code == 503
        assert ready.json()["parts"]["database"]["state"] == "down"
        assert 'glossator_part_up{part="database"} 0.0' in client.get("/metrics").text
        # What was read a moment ago can be read on, by guests, and says that it is old.
        for path in (CHAPTER, "/api/books/robots"):
            kept = client.get(path)
            assert kept.status_code == 200, path
            assert int(kept.headers["age"]) >= 0
        assert client.get(CHAPTER).json() == before.json()
        # Not by those whose rights must be looked up.
        assert client.get(CHAPTER, headers=bearer("x")).status_code in (401, 503)

    during(proxy, mode, trouble)
    found = until(lambda: client.post("/api/chat/ask", json=body))
    assert found.json()["mode"] == "extractive"
    assert "age" not in until(lambda: client.get(CHAPTER)).headers
    assert until(lambda: client.get("/health/ready")).json()["status"] == "ok"


def test_a_slow_database_makes_slow_answers(behind: tuple[FaultProxy, House, TestClient]):
    proxy, _, client = behind
    proxy.delay = 0.05
    answer, took = during(
        proxy,
        "slow",
        lambda: timed(lambda: client.post("/api/chat/ask", json={"question": QUESTION})),
    )
    assert answer.status_code == 200
    assert took > 0.25


def test_a_database_that_is_restarted_while_people_ask(
    behind: tuple[FaultProxy, House, TestClient],
):
    """Whoever asks at that moment is told so or answered; right afterwards everybody is."""
    proxy, house, client = behind
    stop, seen = threading.Event(), Counter[int]()

    def asking() -> None:
        while not stop.is_set():
            seen[client.post("/api/search", json={"query": "lidar"}).status_code] += 1

    people = [threading.Thread(target=asking) for _ in range(4)]
    for each in people:
        each.start()
    for _ in range(3):
        time.sleep(0.3)
        proxy.drop()
        during(proxy, "refuse", lambda: time.sleep(0.3))
    time.sleep(0.3)
    stop.set()
    for each in people:
        each.join(20)
    assert set(seen) == {200, 503}, seen
    until(lambda: client.post("/api/search", json={"query": "lidar"}))
    # Nothing is left behind; the jobs beside take one now and then.
    pool, ends = cast("QueuePool", house.database.engine.pool), time.monotonic() + 10
    while pool.checkedout() and time.monotonic() < ends:
        time.sleep(0.05)
    assert pool.checkedout() == 0


@pytest.mark.parametrize("mode", ["reset", "refuse", "garbage", "slow"])
def test_a_model_in_trouble_leaves_the_books_own_words(
    tmp_path: Path, migrated_sqlite: Path, mode: Mode
):
    with model_server() as provider, fault_proxy(("127.0.0.1", _port(provider.url))) as proxy:
        provider.answer_with(says(f'It computes depth [1 "{QUOTE}"].'))
        there = f"http://127.0.0.1:{proxy.port}/v1"
        with watched_site(tmp_path, migrated_sqlite, openai_base_url=there) as site:
            body = {"question": QUESTION}
            found = during(proxy, mode, lambda: site.client.post("/api/chat/ask", json=body)).json()
            expected = ("model", None) if mode == "slow" else ("extractive", "provider")
            assert (found["mode"], found["degraded"]) == expected
            assert "stereo camera" in found["answer"] or mode == "slow"
            again = site.client.post("/api/chat/ask", json=body).json()
            assert again["mode"] == "model"


@pytest.mark.parametrize("mode", ["reset", "refuse", "garbage"])
def test_a_file_store_in_trouble_stops_uploads_alone(
    tmp_path: Path, migrated_sqlite: Path, monkeypatch: pytest.MonkeyPatch, mode: Mode
):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "k")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "s")
    # Nobody is behind it: only the trouble is looked at here, see test_file_store_contract.
    with fault_proxy(("127.0.0.1", 9)) as proxy:
        url = f"s3://shelf?endpoint=http://127.0.0.1:{proxy.port}&region=us-east-1"
        with watched_site(tmp_path, migrated_sqlite, model="none", files_url=url) as site:
            proxy.set(mode)
            files = [("files", ("notes.md", b"# Notes\n\nA wheel turns.\n"))]
            sent = site.client.post("/api/upload", files=files, headers=site.user)
            unavailable(sent, faults.PART)
            assert site.client.get("/api/docs", headers=site.user).json()["total"] == 0
            assert site.client.get(CHAPTER).status_code == 200
            asked = site.client.post("/api/chat/ask", json={"question": QUESTION})
            assert asked.json()["mode"] == "extractive"
            parts = site.client.get("/health/ready").json()["parts"]
            assert (parts["storage"]["state"], parts["database"]["state"]) == ("down", "ok")


@pytest.mark.parametrize("mode", ["reset", "refuse", "garbage", "silent"])
def test_an_outside_store_of_vectors_in_trouble_is_a_failure_that_may_pass(mode: Mode):
    """What then happens, SQL searched instead, is shown in test_outside_vectors."""
    pytest.importorskip("qdrant_client", reason="qdrant-client is not installed.")
    with fault_proxy(("127.0.0.1", 9)) as proxy:
        store = QdrantStore(f"http://127.0.0.1:{proxy.port}")
        proxy.set(mode)
        began = time.monotonic()
        with pytest.raises(StoreFailed):
            store.ping()
        assert time.monotonic() - began < 8
        store.close()


@contextmanager
def no_file_larger_than(size: int) -> Iterator[None]:
    """As on a disk that is full: a write beyond it fails."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def full(answer: Response) -> None:
    assert answer.status_code == 507, answer.text
    problem = answer.json()
    assert (problem["type"], problem["detail"]) == ("disk-full", faults.FULL)


def test_a_full_disk_takes_no_file_and_the_rest_goes_on(site: Site):
    files = [("files", ("long.md", b"# Long\n\n" + b"A wheel turns and turns. " * 500_000))]

    def send() -> Response:
        return site.client.post("/api/upload", files=files, headers=site.user)

    used = [path.stat().st_size for path in site.house.settings.data.rglob("*") if path.is_file()]
    for room in (max(used) + 2_000_000, len(files[0][1][1]) - 1):
        # Full while the file arrives, and again while it is moved to its place.
        with no_file_larger_than(room):
            full(send())
            assert site.client.get(CHAPTER).status_code == 200
            body = {"query": "lidar"}
            assert site.client.post("/api/search", json=body).status_code == 200
        assert not list((site.house.settings.data / "work").glob("upload-*"))
    assert site.client.get("/api/docs", headers=site.user).json()["total"] == 0
    sent = send()
    assert sent.status_code == 202, sent.text
    document = sent.json()["documents"][0]["document_id"]
    assert site.client.delete(f"/api/docs/{document}", headers=site.user).status_code == 204


@pytest.mark.parametrize(
    ("pragma", "back", "status", "sentence"),
    [("max_page_count = 1", "max_page_count = 1000000", 507, faults.FULL),
     ("query_only = ON", "query_only = OFF", 503, faults.READ_ONLY)],
    ids=["full", "read-only"],
)  # fmt: skip
def test_a_database_that_takes_nothing_new_still_gives(
    site: Site, pragma: str, back: str, status: int, sentence: str
):
    wanted = [pragma]

    def prepared(connection: Any, *_: object) -> None:
        connection.execute(f"PRAGMA {wanted[0]}")

    engine = site.house.database.engine
    event.listen(engine, "checkout", prepared)
    try:
        # There is some room left in the pages that are there.
        tries = (site.client.post("/api/chat/ask", json={"question": QUESTION}) for _ in range(90))
        answer = next(each for each in tries if each.status_code != 200)
        assert (answer.status_code, answer.json()["detail"]) == (status, sentence)
        streamed = site.client.post("/api/chat/ask", json={"question": QUESTION, "stream": True})
        assert sentence in streamed.text
        for path in (CHAPTER, "/api/books", "/api/usage"):
            assert site.client.get(path, headers=site.user).status_code == 200, path
        assert site.client.post("/api/search", json={"query": "lidar"}).status_code == 200
    finally:
        wanted[0] = back
    changed = site.client.patch("/api/auth/me", json={"hardware": "gpu"}, headers=site.user)
    assert changed.status_code == 200
    asked = site.client.post("/api/chat/ask", json={"question": QUESTION})
    assert asked.status_code == 200
    event.remove(engine, "checkout", prepared)


def _port(url: str) -> int:
    return int(url.rpartition(":")[2])
