"""A whole installation under `kill -9`: what was accepted is kept, what costs is paid once.

Web processes behind nginx and workers over one Postgres and one S3; people ask, read and upload
while a process dies every few seconds, the database restarts and the model's provider is out.
"""

from __future__ import annotations

import asyncio
import random
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import httpx2 as httpx
import pytest
from sqlalchemy import func, select, update

from cluster_tools import Cluster, cluster, nginx
from glossator.foundation.limits import LimitCounter
from glossator.tutor.tables import ChatMessage
from glossator.usage.budget import EVERYONE, LOST
from glossator.usage.tables import BudgetDay, BudgetReservation, UsageEntry
from glossator.wiring import House, build
from house_tools import made_settings
from model_server import ModelServer, Reply, model_server
from postgres_server import CannotStart, PostgresServer, start
from siege_tools import Citizen, Seen, provider
from small_books import book
from upload_tools import even, statuses

LIMIT = 20
_PRICES = "openai:test=1/2"
CHAPTERS = ["part-1/sensors", "part-1/control"]


@dataclass(frozen=True, slots=True)
class Size:
    """How large a siege is; times in seconds."""

    webs: int
    workers: int
    people: int
    seconds: float
    think: float
    kill_every: float


SMALL = Size(webs=2, workers=1, people=6, seconds=9, think=0.8, kill_every=4)
FULL = Size(webs=3, workers=2, people=200, seconds=600, think=30, kill_every=20)


@pytest.fixture(scope="module")
def own_postgres() -> Iterator[PostgresServer]:
    """A server that may be restarted."""
    if nginx() is None:
        pytest.skip("nginx is not installed.")
    try:
        server = start()
    except CannotStart as reason:
        pytest.skip(str(reason))
    yield server
    server.stop()


@pytest.fixture
def shared(own_postgres: PostgresServer, s3_url: str) -> dict[str, str]:
    """Where the database and the files are, for every process."""
    return {
        "GLOSSATOR_DATABASE_URL": own_postgres.create(),
        "GLOSSATOR_FILES_URL": s3_url,
        "GLOSSATOR_SECRET_KEY": "k" * 40,
        "GLOSSATOR_SIGNUPS_PER_HOUR": "1000",
        "GLOSSATOR_QUESTIONS_PER_HOUR": str(LIMIT),
        "GLOSSATOR_MODEL": "openai:test",
        "OPENAI_API_KEY": "k",
        "GLOSSATOR_PRICES": _PRICES,
        "GLOSSATOR_LOG_LEVEL": "error",
    }


@dataclass
class Siege:
    """What was done, and to whom."""

    size: Size
    house: House
    model: ModelServer
    citizens: list[Citizen]
    seen: Seen
    killed: int = 0
    restarts: int = 0

    def besiege(self, place: Cluster, server: PostgresServer) -> None:
        """Let people live, and processes die, a restart and an outage in between."""
        over = threading.Event()
        chaos = threading.Thread(target=self._chaos, args=(place, server, over))
        asyncio.run(self._live(place.address, chaos))
        over.set()
        chaos.join()
        self.model.script = provider
        place.ready()

    async def _live(self, address: str, chaos: threading.Thread) -> None:
        limits = httpx.Limits(max_connections=None, max_keepalive_connections=50)
        async with httpx.AsyncClient(base_url=address, timeout=120, limits=limits) as client:
            for citizen in self.citizens:
                await citizen.join(client)
            chaos.start()
            size = self.size
            lives = [
                each.live(client, CHAPTERS, size.seconds, size.think) for each in self.citizens
            ]
            await asyncio.gather(*lives)

    def _chaos(self, place: Cluster, server: PostgresServer, over: threading.Event) -> None:
        chance, began, size = random.Random(7), time.monotonic(), self.size
        while not over.wait(size.kill_every):
            share = (time.monotonic() - began) / size.seconds
            place.kill(chance)
            self.killed += 1
            if share > 0.4 and not self.restarts:
                server.restart()
                self.restarts += 1
            out = 0.5 < share < 0.7
            self.model.script = (lambda _: Reply(status=529)) if out else provider

    def settled(self) -> None:
        """Wait until every document that was promised is ready; book what killed calls held."""
        wanted = {identity for each in self.citizens for identity in each.promised.values()}
        until = time.monotonic() + 180
        while True:
            now = statuses(self.house)
            if all(now[identity] == "ready" for identity in wanted):
                break
            assert time.monotonic() < until, {k: v for k, v in now.items() if v != "ready"}
            time.sleep(0.5)
        # Nobody has a document that was not promised, nor one twice.
        assert set(now) == wanted
        for citizen in self.citizens:
            assert even(self.house, citizen.id) > 0
        clock = self.house.usage.clock()
        with self.house.database.writing() as session:
            past = clock - timedelta(hours=1)
            session.execute(update(BudgetReservation).values(expires_at=past))
            self.house.usage.budget.expire(session, clock)


@pytest.fixture
def model() -> Iterator[ModelServer]:
    """The provider."""
    with model_server() as server:
        server.script = provider
        yield server


def besieged(
    size: Size, shared: dict[str, str], model: ModelServer, server: PostgresServer, folder: Path
) -> Siege:
    """A siege that is over, with what everybody was promised."""
    settings = {**shared, "OPENAI_BASE_URL": f"{model.url}/v1"}
    url = shared["GLOSSATOR_DATABASE_URL"]
    house = build(made_settings(folder, url, files_url=shared["GLOSSATOR_FILES_URL"]))
    seen = Seen()
    siege = Siege(size, house, model, [Citizen(n, seen) for n in range(size.people)], seen)
    with cluster(folder, webs=size.webs, workers=size.workers, settings=settings) as place:
        house.pipeline.add_book(book(), "robots")
        siege.besiege(place, server)
        siege.settled()
    return siege


def nothing_is_lost(siege: Siege) -> None:
    """Answers that came whole are kept; nothing was said that nobody should hear."""
    assert siege.seen.wrong == []
    assert siege.killed > 0
    assert siege.restarts == 1
    # Else nothing was looked for.
    assert sum(len(citizen.told) for citizen in siege.citizens) > len(siege.citizens)
    with siege.house.database.reading() as session:
        kept = set(session.scalars(select(ChatMessage.id)))
        counted = dict(
            session.execute(
                select(LimitCounter.key, func.sum(LimitCounter.n)).group_by(LimitCounter.key)
            ).all()
        )
    for citizen in siege.citizens:
        assert set(citizen.told) <= kept
        n = int(counted.get(f"questions:user:{citizen.id}", 0))
        # Where an hour ends in between there are two windows.
        assert citizen.asked <= n <= citizen.asked + citizen.unsure, (citizen.asked, n)


def money_is_exact(siege: Siege) -> tuple[int, int]:
    """What the provider sold is booked, and only what killed calls held comes on top.

    Gives what was booked and what was sold, in nano-dollars.
    """
    sold = siege.model.bill.input * 1_000 + siege.model.bill.output * 2_000
    with siege.house.database.reading() as session:
        entries = session.scalars(select(UsageEntry)).all()
        day = session.scalars(select(BudgetDay).where(BudgetDay.account == EVERYONE)).all()
    booked = sum(entry.price_nano for entry in entries)
    unclear = sum(entry.price_nano for entry in entries if entry.outcome != "ok")
    assert sum(row.committed_nano for row in day) == booked
    assert sold <= booked <= sold + unclear
    assert sum(entry.outcome == LOST for entry in entries) <= siege.killed * siege.size.people
    return booked, sold


def told(siege: Siege) -> str:
    """What happened, for the figures."""
    counted = ", ".join(f"{name}: {n}" for name, n in sorted(siege.seen.answers.items()))
    return f"{siege.killed} processes killed, Postgres restarted; {counted}"


def test_a_small_siege(
    shared: dict[str, str],
    model: ModelServer,
    own_postgres: PostgresServer,
    tmp_path: Path,
    figures: Callable[[str], None],
):
    siege = besieged(SMALL, shared, model, own_postgres, tmp_path / "place")
    try:
        figures(told(siege))
        nothing_is_lost(siege)
        money_is_exact(siege)
    finally:
        siege.house.close()


@pytest.mark.long
def test_two_hundred_people_for_ten_minutes(
    shared: dict[str, str],
    model: ModelServer,
    own_postgres: PostgresServer,
    tmp_path: Path,
    figures: Callable[[str], None],
):
    siege = besieged(FULL, shared, model, own_postgres, tmp_path / "place")
    try:
        booked, sold = money_is_exact(siege)
        figures(f"{told(siege)}; booked {booked} of {sold} nano-dollars sold")
        nothing_is_lost(siege)
    finally:
        siege.house.close()
