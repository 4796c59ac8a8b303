"""`glossator prepare`: the price first, a budget, and going on after `kill -9`."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import time
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import func, select
from test_runs import LONG, WANTED

from cli_tools import RUN, environment
from glossator.adaptation.planning import Plan
from glossator.adaptation.tables import AdaptationRun, AdaptedPart
from glossator.foundation.database import Database
from glossator.library.variants import ChapterVariant
from glossator.usage.tables import UsageEntry
from glossator.wiring import House
from model_server import ModelServer
from small_books import book
from translators import faithful, scripted


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


@pytest.fixture
def data(made: House, provider: ModelServer) -> tuple[Path, dict[str, str]]:
    """A data folder with a book, and the environment of commands on it."""
    made.pipeline.add_book(book({"long": LONG, "two": LONG.replace("wall", "door")}), "long")
    folder = made.settings.data
    told = environment(
        folder,
        GLOSSATOR_DATA=str(folder),
        GLOSSATOR_MODEL="openai:first",
        GLOSSATOR_PRICES="openai:first=1/2",
        OPENAI_API_KEY="k",
        OPENAI_BASE_URL=f"{provider.url}/v1",
    )
    return folder, told


def run(data: tuple[Path, dict[str, str]], *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*RUN, "prepare", *arguments], cwd=data[0], env=data[1], input="",
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip


def counted(house: House | Database, table: type[AdaptedPart | UsageEntry | ChapterVariant]) -> int:
    database = house if isinstance(house, Database) else house.database
    with database.reading() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def parts_of(house: House, chapter: str) -> int:
    found = house.adaptation._look(replace(WANTED, chapter_id=chapter))
    assert isinstance(found, Plan)
    return len(found.jobs)


def test_the_price_comes_first_and_the_budget_holds(
    data: tuple[Path, dict[str, str]], made: House, provider: ModelServer
):
    asked = run(data, "long", "--languages", "ur")
    assert "USD at most" in asked.stderr
    assert provider.bill.requests == 0
    price = asyncio.run(made.adaptation.price(replace(WANTED, chapter_id="long", book_id="long")))
    assert price.usd_at_most is not None
    budget = 2.02 * price.usd_at_most
    poor = run(data, "long", "--languages", "ur", "--budget", f"{budget:f}", "--yes", "--json")
    told = json.loads(poor.stdout)
    assert (poor.returncode, told["made"]) == (1, 1)
    assert 0 < told["spent_usd"] <= budget
    rest = json.loads(run(data, "long", "--languages", "ur", "--yes", "--json").stdout)
    assert (rest["made"], rest["there"], rest["stopped"]) == (1, 1, None)
    again = run(data, "long", "--languages", "ur", "--yes")
    assert "0 made" in again.stdout
    assert provider.bill.requests == counted(made, UsageEntry) <= counted(made, AdaptedPart)
    assert run(data, "long").returncode == 2
    assert run(data, "long", "--levels", "wizard").returncode == 2


def test_killed_in_the_middle_it_pays_no_finished_part_again(
    data: tuple[Path, dict[str, str]], made: House, provider: ModelServer
):
    provider.script = scripted(faithful, wait=0.4)
    process = subprocess.Popen(
        [*RUN, "prepare", "long", "--languages", "ur", "--yes", "--json"], cwd=data[0],
        env=data[1], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    ends = time.monotonic() + 60
    while counted(made, AdaptedPart) < 4 and time.monotonic() < ends:
        time.sleep(0.02)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    kept = counted(made, AdaptedPart)
    total = parts_of(made, "long") + parts_of(made, "two")
    assert 0 < kept < total
    assert counted(made, ChapterVariant) < 2
    provider.script = scripted(faithful)
    time.sleep(0.5)
    before = provider.bill.requests
    # The dead run's lease would end after a minute: as if that had passed.
    with made.database.writing() as session:
        for row in session.scalars(select(AdaptationRun)):
            session.delete(row)
    done = json.loads(run(data, "long", "--languages", "ur", "--yes", "--json").stdout)
    assert (done["made"] + done["there"], done["incomplete"]) == (2, 0)
    assert provider.bill.requests == before + total - kept
