"""One run for all who ask at once, in one process or several; dead runs are taken over."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, update

from glossator.accounts import people
from glossator.accounts.callers import Operator
from glossator.adaptation import store
from glossator.adaptation.planning import Plan
from glossator.adaptation.tables import AdaptationRun, AdaptedPart
from glossator.adaptation.wanted import Adapted, Piece, Progress, Told, Wanted
from glossator.gateways.ports import Embedder
from glossator.library.tables import Document, now
from glossator.library.variants import ChapterVariant, Form
from glossator.usage.allowances import Caller
from glossator.usage.tables import BudgetReservation, UsageEntry
from glossator.wiring import House, build
from house_tools import made_settings
from model_server import ModelServer
from small_books import book
from translators import faithful, request_of, scripted

SENTENCE = "A robot sees the wall before it and stops there, as the rule says. "
LONG = "\n\n".join(f"## Part {n}\n\n{SENTENCE * 20}The number is {n * 7}." for n in range(6))
WANTED = Wanted(Operator(), None, "long", Form(language="ur"))


@pytest.fixture
def long(made: House) -> House:
    made.pipeline.add_book(book({"long": LONG}), "long")
    return made


@contextmanager
def another(house: House, data: Path, embedder: Embedder, **changes: object) -> Iterator[House]:
    """A second process on the same database, as far as the database can tell."""
    told = {name: getattr(house.settings, name) for name in
            ("model", "openai_api_key", "openai_base_url", "prices")}  # fmt: skip
    url = house.settings.database_url
    built = build(made_settings(data, url, **{**told, **changes}), embedder=embedder)
    yield built
    built.close()


def users(house: House, count: int) -> list[Wanted]:
    """So many users who want the chapter."""
    with house.database.writing() as session:
        ids = [
            people.create(
                session, email=f"u{n}@example.org", password_hash="x", name="U", role="user"
            ).id
            for n in range(count)
        ]
    return [replace(WANTED, who=Caller("", user_id=each, role="user")) for each in ids]


def parts_of(house: House) -> int:
    """How many parts the chapter has."""
    plan = house.adaptation._look(WANTED)
    assert isinstance(plan, Plan)
    return len(plan.jobs)


def count(house: House, table: type[Any]) -> int:
    with house.database.reading() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


async def ask(house: House, wanted: Wanted, told: list[Told] | None = None) -> Adapted:
    return await house.adaptation.chapter(wanted, (told if told is not None else []).append)


def test_sixteen_at_once_in_two_processes_pay_one_run(
    long: House, provider: ModelServer, tmp_path: Path, embedder: Embedder
):
    provider.script = scripted(faithful, wait=0.05)
    with another(long, tmp_path, embedder) as second:
        everybody = users(long, 16)
        told: list[list[Told]] = [[] for _ in everybody]

        async def all_of_them() -> list[Adapted]:
            found = await asyncio.gather(
                *(ask((long, second)[n % 2], wanted, told[n]) for n, wanted in enumerate(everybody))
            )
            await asyncio.gather(long.models.close(), second.models.close())
            return found

        found = asyncio.run(all_of_them())
    assert len({each.content for each in found}) == 1
    assert sum(not each.cached for each in found) == 1
    parts = count(long, AdaptedPart)
    assert provider.bill.requests == parts == count(long, UsageEntry) >= 6
    with long.database.reading() as session:
        taken = [
            long.usage.allowances.standing(
                session, wanted.who, wanted.allowance, long.usage.clock()
            ).used
            for wanted in everybody
            if wanted.who
        ]
    assert sorted(taken) == [0] * 15 + [1]
    for heard in told:
        # Everybody has the text in order, whoever made it.
        assert "".join(each.text for each in heard if isinstance(each, Piece)) == found[0].content
        done = [each.done for each in heard if isinstance(each, Progress)]
        assert done == sorted(done)


def test_a_dead_run_is_taken_over_when_its_lease_ends(long: House):
    plan = long.adaptation._look(WANTED)
    assert isinstance(plan, Plan)
    now = long.usage.clock()
    with long.database.writing() as session:
        dead = store.claim(
            session, plan.key, done=0, total=6, now=now, lease=timedelta(seconds=1.0)
        )
        assert dead
        nobody = store.claim(session, plan.key, done=0, total=6, now=now, lease=timedelta(1))
        assert nobody is None

    async def waits() -> Adapted:
        found = await ask(long, WANTED)
        await long.models.close()
        return found

    found = asyncio.run(waits())
    assert not found.cached
    assert long.usage.clock() - now > timedelta(seconds=1.0)
    assert count(long, AdaptationRun) == 0


def test_who_leaves_keeps_what_is_finished_and_pays_no_second_unit(
    long: House, provider: ModelServer
):
    (ada,), total = users(long, 1), parts_of(long)
    provider.script = scripted(faithful, wait=0.2)

    async def leaves_and_comes_back() -> tuple[int, int, Adapted]:
        begun = asyncio.Event()

        def hear(told: Told) -> None:
            if isinstance(told, Progress) and told.done:
                begun.set()

        task = asyncio.ensure_future(long.adaptation.chapter(ada, hear))
        await begun.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        # What was on its way to the provider is counted there.
        await asyncio.sleep(0.5)
        kept, before = count(long, AdaptedPart), provider.bill.requests
        assert count(long, AdaptationRun) == count(long, BudgetReservation) == 0
        found = await ask(long, ada)
        await long.models.close()
        return kept, before, found

    kept, before, found = asyncio.run(leaves_and_comes_back())
    assert 0 < kept < total
    assert found.completeness == 1.0
    assert provider.bill.requests == before + total - kept
    with long.database.reading() as session:
        assert ada.who is not None
        now = long.usage.clock()
        assert long.usage.allowances.standing(session, ada.who, ada.allowance, now).used == 1


def test_rows_of_older_versions_go(long: House):
    async def twice() -> tuple[int, int]:
        await ask(long, WANTED)
        before = count(long, AdaptedPart)
        long.pipeline.add_book(book({"long": LONG.replace("is 21", "is now 21")}), "long")
        await ask(long, WANTED)
        await long.models.close()
        return before, count(long, AdaptedPart)

    before, after = asyncio.run(twice())
    assert after == before
    # And with the chapter all of its forms.
    long.pipeline.add_book(book({"other": "# Other\n\nText."}), "long")
    assert count(long, AdaptedPart) == 0


def test_the_upkeep_takes_outdated_forms_and_leaves_good_ones(long: House):
    long.pipeline.add_book(book({"other": LONG.replace("wall", "door")}), "other")

    async def both() -> None:
        await ask(long, WANTED)
        await ask(long, replace(WANTED, chapter_id="other"))
        await long.models.close()

    asyncio.run(both())
    with long.database.writing() as session:
        session.execute(update(ChapterVariant).values(made_at=now() - timedelta(days=40)))
    long.pipeline.add_book(book({"long": LONG.replace("is 21", "is now 21")}), "long")
    long.keep()
    with long.database.reading() as session:
        (kept,) = session.scalars(select(ChapterVariant))
        (other,) = session.scalars(select(Document).where(Document.chapter_id == "other"))
    assert kept.document_id == other.id


def test_a_glossary_keeps_names_and_tells_terms(long: House, provider: ModelServer):
    folder = long.settings.data / "glossaries"
    folder.mkdir()
    (folder / "long.ur.txt").write_text("# ours\nwall -> دیوار\nrobot -> keep\nnonsense\n", "utf-8")

    async def once() -> Adapted:
        found = await ask(long, WANTED)
        await long.models.close()
        return found

    found = asyncio.run(once())
    assert "robot" in found.content
    assert all("wall -> دیوار" in request_of(body) for body in provider.bill.bodies)
    assert not any("robot" in request_of(body) for body in provider.bill.bodies)
