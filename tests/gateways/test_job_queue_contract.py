"""What every queue of jobs must do: the fake, in the process, and on procrastinate."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from glossator.foundation.database import Database
from glossator.gateways.fakes import FakeQueue
from glossator.gateways.ports import JobQueue
from glossator.gateways.queues.in_process import InProcessQueue
from glossator.gateways.queues.on_postgres import PostgresQueue

Start = Callable[..., threading.Event]


KINDS = ("fake, sqlite", "in process, sqlite", "in process, postgres", "procrastinate")


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    """Which implementation, on which database."""
    name: str = request.param
    return name


@pytest.fixture
def database(kind: str, request: pytest.FixtureRequest) -> Iterator[Database]:
    """A database with a table of things to do."""
    url = request.getfixturevalue("sqlite_url" if "sqlite" in kind else "postgres_url")
    opened = Database(url)
    with opened.writing() as session:
        session.execute(text("CREATE TABLE things (id INTEGER PRIMARY KEY, done INTEGER)"))
    yield opened
    opened.close()


@pytest.fixture
def make(kind: str, database: Database, tmp_path: Path) -> Callable[[], JobQueue]:
    """Makes a queue as each process would make its own."""
    if kind == "procrastinate":
        return lambda: PostgresQueue(database, look_seconds=1.0)
    if kind.startswith("fake"):
        return FakeQueue
    return lambda: InProcessQueue(tmp_path / "worker.lock")


class Things:
    """Rows that a step takes one by one."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.begun: list[int] = []

    def put(self, queue: JobQueue, session: Session, thing: int) -> None:
        session.execute(text("INSERT INTO things VALUES (:id, 0)"), {"id": thing})
        queue.put(session, "things.do")

    def step(self) -> bool:
        with self.database.writing() as session:
            lock = "" if self.database.is_sqlite else " FOR UPDATE SKIP LOCKED"
            thing = session.scalar(
                text(f"SELECT id FROM things WHERE done = 0 ORDER BY id LIMIT 1{lock}")  # noqa: S608
            )
            if thing is None:
                return False
            self.begun.append(thing)
            session.execute(text("UPDATE things SET done = done + 1 WHERE id = :id"), {"id": thing})
        return True

    def done(self) -> dict[int, int]:
        with self.database.reading() as session:
            return dict(session.execute(text("SELECT id, done FROM things")).all())


@pytest.fixture
def things(database: Database) -> Things:
    """The table with its step."""
    return Things(database)


@pytest.fixture
def start() -> Iterator[Start]:
    """Runs queues in threads, and stops them."""
    running: list[tuple[threading.Event, threading.Thread]] = []

    def begin(queue: JobQueue, jobs: dict[str, Callable[[], bool]]) -> threading.Event:
        stop = threading.Event()
        thread = threading.Thread(target=queue.run, args=(jobs, stop))
        running.append((stop, thread))
        thread.start()
        return stop

    yield begin
    for stop, _ in running:
        stop.set()
    for _, thread in running:
        thread.join(20)
        assert not thread.is_alive()


def until(condition: Callable[[], bool], seconds: float = 20) -> bool:
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        time.sleep(0.02)
    return condition()


def test_what_is_put_is_done_once(make: Callable[[], JobQueue], things: Things, start: Start):
    queue = make()
    start(queue, {"things.do": things.step})
    for thing in range(20):
        with things.database.writing() as session:
            things.put(queue, session, thing)
    assert until(lambda: set(things.done().values()) == {1})
    assert Counter(things.begun) == Counter(range(20))


def test_what_is_undone_is_never_done(make: Callable[[], JobQueue], things: Things, start: Start):
    queue = make()
    start(queue, {"things.do": things.step})

    def undone() -> None:
        with things.database.writing() as session:
            things.put(queue, session, 1)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        undone()
    with things.database.writing() as session:
        things.put(queue, session, 2)
    assert until(lambda: things.done() == {2: 1})


def test_putting_changes_nothing_else_of_the_transaction(
    make: Callable[[], JobQueue], things: Things
):
    queue = make()
    with things.database.writing() as session:
        things.put(queue, session, 1)
        things.put(queue, session, 2)
        assert session.scalar(text("SELECT count(*) FROM things")) == 2
        session.execute(text("CREATE TABLE later (id INTEGER)"))
    with things.database.reading() as session:
        assert session.scalar(text("SELECT count(*) FROM later")) == 0


def test_what_was_put_before_the_start_is_done(
    make: Callable[[], JobQueue], things: Things, start: Start
):
    with things.database.writing() as session:
        things.put(make(), session, 1)
    start(make(), {"things.do": things.step})
    assert until(lambda: things.done() == {1: 1})


def test_work_that_nobody_was_called_for_is_found(
    make: Callable[[], JobQueue], things: Things, start: Start
):
    start(make(), {"things.do": things.step})
    with things.database.writing() as session:
        session.execute(text("INSERT INTO things VALUES (7, 0)"))
    assert until(lambda: things.done() == {7: 1})


def test_a_delayed_call_comes_later(make: Callable[[], JobQueue], things: Things, start: Start):
    queue, came = make(), []
    began = time.monotonic()

    def step() -> bool:
        if time.monotonic() - began < 1.0:
            return False
        came.append(time.monotonic() - began)
        return False

    start(queue, {"things.do": step})
    with things.database.writing() as session:
        queue.put(session, "things.do", delay=1.0)
    assert until(lambda: bool(came))
    assert came[0] >= 1.0


def test_a_step_that_fails_stops_nobody(
    make: Callable[[], JobQueue], things: Things, start: Start, monkeypatch: pytest.MonkeyPatch
):
    for module in ("in_process", "on_postgres"):
        monkeypatch.setattr(f"glossator.gateways.queues.{module}._TROUBLE_SECONDS", 0.1)
    failures = [ZeroDivisionError(), KeyError("x")]

    def step() -> bool:
        if failures:
            raise failures.pop()
        return things.step()

    queue = make()
    start(queue, {"things.do": step, "others": lambda: False})
    with things.database.writing() as session:
        things.put(queue, session, 1)
    assert until(lambda: things.done() == {1: 1})


def test_two_runners_do_each_thing_once(make: Callable[[], JobQueue], things: Things, start: Start):
    queues = [make(), make()]
    stops = [start(queue, {"things.do": things.step}) for queue in queues]
    chance = random.Random(3)
    for thing in range(30):
        with things.database.writing() as session:
            things.put(chance.choice(queues), session, thing)
        if thing == 15:
            stops[0].set()
    assert until(lambda: set(things.done().values()) == {1})
    assert Counter(things.begun) == Counter(range(30))


@pytest.mark.parametrize("kind", ["procrastinate"], indirect=True)
def test_a_dead_workers_calls_go_and_its_work_is_taken_over(
    make: Callable[[], JobQueue], things: Things, start: Start
):
    queue = make()
    with things.database.writing() as session:
        things.put(queue, session, 1)
        # What a killed worker leaves once its own row is gone.
        session.execute(text("SET LOCAL search_path TO procrastinate, public"))
        session.execute(text("UPDATE procrastinate_jobs SET status = 'doing'"))
    start(queue, {"things.do": things.step})
    assert until(lambda: things.done() == {1: 1})

    def calls() -> int | None:
        with things.database.reading() as session:
            return session.scalar(text("SELECT count(*) FROM procrastinate.procrastinate_jobs"))

    assert until(lambda: calls() == 0)
