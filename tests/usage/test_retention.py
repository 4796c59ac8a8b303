"""What grows old: details go, sums stay exact."""

from __future__ import annotations

import dataclasses
import re
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import event, func, select, text
from starlette.testclient import TestClient

from cli_tools import environment
from glossator.app import create_app
from glossator.foundation import limits
from glossator.foundation.database import Database
from glossator.foundation.limits import LimitCounter, Window
from glossator.tutor import conversations
from glossator.tutor.conversations import Owner
from glossator.tutor.tables import ChatMessage, ChatSession
from glossator.usage.allowances import Allowances, Amounts
from glossator.usage.budget import LIFE, Budget
from glossator.usage.ledger import forget
from glossator.usage.money import Outcome, Payer
from glossator.usage.prices import NANO, Prices, Tokens
from glossator.usage.retention import retention
from glossator.usage.service import Usage
from glossator.usage.tables import BudgetDay, BudgetReservation, UsageEntry, UsageSum
from glossator.wiring import House

NOW = datetime(2026, 11, 21, 13, 37, tzinfo=UTC)
RETAIN = """
import sys
from datetime import UTC, datetime
from glossator.foundation.database import Database
from glossator.usage.retention import retention
database = Database(sys.argv[1])
print("ready", flush=True)
sys.stdin.readline()
print(retention(database, datetime(2026, 11, 21, tzinfo=UTC), 30, batch=7))
database.close()
"""


def fill(database: Database, *, days: int = 60, calls: int = 4) -> None:
    """Some calls on each of the last days: three users and a guest, two models and features."""
    with database.writing() as session:
        for ago in range(days):
            day = (NOW - timedelta(days=ago)).date()
            for n in range(calls):
                session.add(
                    UsageEntry(
                        id=f"{ago}-{n}", at=NOW - timedelta(days=ago), day=day,
                        user_id=n % 4 or None, feature=("question", "translation")[n % 2],
                        model=("m", "n")[ago % 2], input_tokens=1000 + n, output_tokens=10 + ago,
                        cache_read_tokens=n, cache_written_tokens=ago, price_nano=1_000_003 * n + 7,
                        latency_ms=5, outcome="ok" if n else "lost",
                    )
                )  # fmt: skip


def usage(days: int | None = 30) -> Usage:
    budget = Budget(Prices(), day_nano=10 * NANO)
    return Usage(Allowances(Amounts()), budget, lambda: NOW, days)


def kept(database: Database) -> tuple[int, int]:
    """Entries, and calls in the sums."""
    with database.reading() as session:
        entries = session.scalar(select(func.count()).select_from(UsageEntry)) or 0
        return entries, int(session.scalar(select(func.sum(UsageSum.calls))) or 0)


def test_old_entries_become_sums_and_every_sum_stays(database: Database):
    fill(database)
    before = usage().report(database, days=100)
    assert retention(database, NOW, 30, batch=7) == 29 * 4
    assert kept(database) == (31 * 4, 29 * 4)
    after = usage().report(database, days=100)
    for part in ("budget", "by_day", "by_feature", "by_model"):
        assert after[part] == before[part]
    users = [{row["user"]: row for row in found["by_user"]["items"]} for found in (before, after)]
    for name in ("calls", "input_tokens", "output_tokens", "cache_read_tokens"):
        assert sum(row[name] for row in users[0].values()) == sum(
            row[name] for row in users[1].values()
        )
    assert users[1][1]["calls"] == 31 < users[0][1]["calls"]
    assert users[1][None]["calls"] == 31 + 29 * 4
    # A day more is added to what is there, once.
    with database.writing() as session:
        late = session.scalars(select(UsageEntry).where(UsageEntry.id == "30-1")).one()
        late.day -= timedelta(days=9)
    assert retention(database, NOW, 30) == 1
    assert retention(database, NOW, 30) == 0
    assert kept(database) == (31 * 4 - 1, 29 * 4 + 1)


def test_without_an_end_everything_is_kept(database: Database):
    fill(database, days=5)
    usage(None).keep(database)
    assert kept(database) == (20, 0)


def test_two_that_fold_at_once_count_each_entry_once(
    database: Database, database_url: str, tmp_path: Path
):
    fill(database, days=200)
    before = usage().report(database, days=300)["by_day"]
    both = [
        subprocess.Popen(
            [sys.executable, "-c", RETAIN, database_url], env=environment(tmp_path), text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )
        for _ in range(2)
    ]  # fmt: skip
    for process in both:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n", process.communicate()
    said = [process.communicate("\n", timeout=60) for process in both]
    assert [process.returncode for process in both] == [0, 0], said
    assert retention(database, NOW, 30) + sum(int(out) for out, _ in said) == 169 * 4
    assert usage().report(database, days=300)["by_day"] == before


def test_addresses_and_shares_of_ended_days_go(database: Database):
    budget = Budget(Prices(), day_nano=None)
    for ago in (0, 1, 3, 40):
        moment = NOW - timedelta(days=ago)
        with database.writing() as session:
            limits.take(
                session, key="questions:guest:192.0.2.1", limit=5, now=moment,
                window_start=Window.HOUR.start(moment),
            )  # fmt: skip
            held = budget.reserve(
                session, Payer("guest:192.0.2.1"), feature="question", model="ollama:m",
                input_tokens=1, output_tokens=1, now=moment,
            )  # fmt: skip
            budget.settle(session, held, Outcome(Tokens(1, 1), 1), moment)
    usage().keep(database)
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(LimitCounter)) == 2
        days = session.execute(select(BudgetDay.account, func.count()).group_by(BudgetDay.account))
        found = {tuple(row) for row in days}
    assert found == {("all", 4), ("guest:192.0.2.1", 2)}


def test_the_daily_upkeep_books_what_dead_workers_held(database: Database):
    budget = Budget(Prices(), day_nano=None)
    with database.writing() as session:
        budget.reserve(
            session, Payer("user:1", 1), feature="question", model="ollama:m",
            input_tokens=1, output_tokens=1, now=NOW - LIFE,
        )  # fmt: skip
    usage().keep(database)
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(BudgetReservation)) == 0
        assert session.scalar(select(UsageEntry.outcome)) == "lost"


def test_a_server_does_it_when_it_starts(house: House):
    fill(house.database, days=40, calls=1)
    with TestClient(create_app(house=dataclasses.replace(house, usage=usage(30)))):
        pass
    assert kept(house.database) == (31, 9)


def test_old_questions_go_and_new_ones_stay(house: House):
    told = {"answer": "No.", "mode": "refused", "confidence": 0.0, "sources": []}
    present = usage().clock()
    with house.database.writing() as session:
        for name, ago in (("old", 31), ("again", 31), ("again", 29), ("new", 0)):
            conversations.keep(
                session, Owner(None, "a-guests-key-long-enough"), session_id=name,
                message_id=f"{name}-{ago}", question="Q?", standalone="Q?", selected_text=None,
                answer=told, at=present - timedelta(days=ago), begins=(name, ago) != ("again", 29),
            )  # fmt: skip
    settings = house.settings.model_copy(update={"retention_days": 30})
    dataclasses.replace(house, settings=settings, usage=usage(30)).keep()
    with house.database.reading() as session:
        assert set(session.scalars(select(ChatMessage.id))) == {"again-29", "new-0"}
        assert set(session.scalars(select(ChatSession.id))) == {"again", "new"}
    forever = house.settings.model_copy(update={"retention_days": "unlimited"})
    far = dataclasses.replace(usage(None), clock=lambda: NOW + timedelta(days=900))
    dataclasses.replace(house, settings=forever, usage=far).keep()
    with house.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(ChatMessage)) == 2


def plans(database: Database, work: Callable[[], object]) -> list[str]:
    """How the database carries out each statement of some work that touches the ledger."""
    seen: list[tuple[str, Any]] = []

    def look(_: object, __: object, statement: str, parameters: Any, *___: object) -> None:
        if "api_usage_log" in statement:
            seen.append((statement, parameters))

    event.listen(database.engine, "before_cursor_execute", look)
    work()
    event.remove(database.engine, "before_cursor_execute", look)
    found = []
    with database.engine.begin() as connection:
        if not database.is_sqlite:
            # Of so few rows it would read all; what matters is whether it has to.
            connection.execute(text("SET LOCAL enable_seqscan = off"))
        how = "EXPLAIN QUERY PLAN" if database.is_sqlite else "EXPLAIN"
        for statement, parameters in seen:
            rows = connection.exec_driver_sql(f"{how} {statement}", parameters)
            found.append("\n".join(str(tuple(row)) for row in rows))
    return found


def test_no_look_at_the_ledger_grows_with_its_age(database: Database):
    fill(database)

    def leave() -> None:
        with database.writing() as session:
            forget(session, 2)

    for work, least in (
        (lambda: usage().report(database), 3),
        (lambda: retention(database, NOW, 50, batch=100), 2),
        (leave, 1),
    ):
        found = plans(database, work)
        assert len(found) >= least
        for plan in found:
            assert not re.search(r"SCAN api_usage_log|Seq Scan on api_usage_log", plan), plan
