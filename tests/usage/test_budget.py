"""The day's money: never passed, never lost, whoever dies."""

from __future__ import annotations

import logging
import random
import subprocess
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import func, select

from glossator.foundation.database import Database
from glossator.usage.budget import LIFE, Budget
from glossator.usage.ledger import forget, report
from glossator.usage.money import BudgetSpent, Outcome, Payer, Reservation
from glossator.usage.overrides import SHARE, override
from glossator.usage.prices import NANO, Price, Prices, Tokens
from glossator.usage.tables import BudgetDay, BudgetReservation, UsageEntry
from usage_tools import SPEND, go, money, started

NOW = datetime(2026, 11, 21, 13, 37, tzinfo=UTC)
ANA, BEN = Payer("user:7", 7), Payer("user:8", 8)
# A dollar per 1,000 tokens, all alike: 1,000 tokens in and out cost two.
PRICES = Prices({"m": Price(*[Decimal(1000)] * 4)})


@pytest.fixture
def budget() -> Budget:
    """Ten dollars a day for all, six for each."""
    return Budget(PRICES, day_nano=10 * NANO, share_nano=6 * NANO)


def reserve(
    database: Database, budget: Budget, payer: Payer = ANA, dollars: int = 2, now: datetime = NOW
) -> Reservation:
    with database.writing() as session:
        return budget.reserve(
            session, payer, feature="question", model="m",
            input_tokens=dollars * 1000 - 500, output_tokens=500, now=now,
        )  # fmt: skip


def settle(database: Database, budget: Budget, held: Reservation, tokens: int = 1000) -> int:
    with database.writing() as session:
        return budget.settle(session, held, Outcome(Tokens(tokens, 0), 12), NOW)


def committed(database: Database) -> dict[str, int]:
    with database.reading() as session:
        rows = session.execute(select(BudgetDay.account, BudgetDay.committed_nano))
        return {account: nano // NANO for account, nano in rows}


def test_money_is_held_then_settled_and_the_rest_is_free_again(database: Database, budget: Budget):
    held = reserve(database, budget, dollars=5)
    assert committed(database) == {"user:7": 5, "all": 5}
    assert settle(database, budget, held) == NANO
    assert committed(database) == {"user:7": 1, "all": 1}
    settle(database, budget, held)
    assert money(database) == (NANO, NANO, 0)
    with database.reading() as session:
        (entry,) = session.scalars(select(UsageEntry)).all()
        assert (entry.input_tokens, entry.latency_ms, entry.outcome) == (1000, 12, "ok")
        assert (entry.user_id, entry.day.isoformat()) == (7, "2026-11-21")


def test_a_share_and_the_whole_are_never_passed(database: Database, budget: Budget):
    reserve(database, budget, dollars=6)
    with pytest.raises(BudgetSpent) as raised:
        reserve(database, budget, dollars=1)
    assert not raised.value.everyone
    with database.writing() as session:
        # Caught inside a transaction, the refusal has changed nothing in it.
        with pytest.raises(BudgetSpent) as raised:
            budget.reserve(
                session, BEN, feature="question", model="m",
                input_tokens=5000, output_tokens=0, now=NOW,
            )  # fmt: skip
        assert raised.value.everyone
    assert committed(database) == {"user:7": 6, "user:8": 0, "all": 6}
    assert raised.value.renews_at == datetime(2026, 11, 22, tzinfo=UTC)
    assert raised.value.headers["Retry-After"] == str(10 * 3600 + 23 * 60)
    reserve(database, budget, BEN, dollars=4)
    reserve(database, budget, dollars=6, now=NOW + timedelta(days=1))


def test_a_released_reservation_leaves_nothing(database: Database, budget: Budget):
    held = reserve(database, budget)
    for _ in range(2):
        with database.writing() as session:
            budget.release(session, held)
        assert money(database) == (0, 0, 0)


def test_an_expired_reservation_is_booked_in_full_until_the_truth_is_known(
    database: Database, budget: Budget
):
    held, other = reserve(database, budget), reserve(database, budget, BEN)
    with database.writing() as session:
        assert budget.expire(session, NOW + LIFE - timedelta(seconds=1)) == 0
        assert budget.expire(session, NOW + LIFE) == 2
    assert money(database) == (4 * NANO, 4 * NANO, 0)
    for _ in range(2):
        settle(database, budget, held)
        assert money(database) == (3 * NANO, 3 * NANO, 0)
    for _ in range(2):
        with database.writing() as session:
            budget.release(session, other)
        assert money(database) == (NANO, NANO, 0)
    assert committed(database) == {"user:7": 1, "user:8": 0, "all": 1}


def test_a_price_above_the_bound_is_booked_and_logged(
    database: Database, budget: Budget, caplog: pytest.LogCaptureFixture
):
    settle(database, budget, reserve(database, budget), tokens=3000)
    assert money(database) == (3 * NANO, 3 * NANO, 0)
    assert "more than was reserved" in caplog.text


def test_the_log_warns_once_a_day_at_four_fifths(
    database: Database, budget: Budget, caplog: pytest.LogCaptureFixture
):
    caplog.set_level(logging.WARNING)
    reserve(database, budget, dollars=5)
    reserve(database, budget, BEN, dollars=2)
    assert "most of the day" not in caplog.text
    held = reserve(database, budget, BEN, dollars=1)
    assert caplog.text.count("most of the day") == 1
    settle(database, budget, held)
    reserve(database, budget, BEN, dollars=1)
    assert caplog.text.count("most of the day") == 1
    with database.reading() as session:
        assert budget.standing(session, NOW).warning


def test_sums_and_what_stays_of_a_person(database: Database, budget: Budget):
    settle(database, budget, reserve(database, budget), tokens=2000)
    settle(database, budget, reserve(database, budget, BEN), tokens=500)
    open_ = reserve(database, budget, dollars=1)
    with database.writing() as session:
        forget(session, 7)
        found = report(session, budget.standing(session, NOW), NOW)
    users = found["by_user"]
    assert [(row["user"], row["cost_usd"]) for row in users["items"]] == [(None, 2.0), (8, 0.5)]
    assert users["total"] == 2
    assert found["by_day"][0] == {
        "day": "2026-11-21", "calls": 2, "input_tokens": 2500, "output_tokens": 0,
        "cache_read_tokens": 0, "cache_written_tokens": 0, "cost_usd": 2.5,
    }  # fmt: skip
    assert [row["feature"] for row in found["by_feature"]] == ["question"]
    assert [row["model"] for row in found["by_model"]] == ["m"]
    assert found["budget"] == {
        "day": "2026-11-21", "limit_usd": 10.0, "settled_usd": 2.5, "reserved_usd": 1.0,
        "left_usd": 6.5, "share_usd": 6.0, "warning": False, "stopped": False,
        "renews_at": "2026-11-22T00:00:00+00:00",
    }  # fmt: skip
    settle(database, budget, open_)
    with database.reading() as session:
        users = session.scalars(select(UsageEntry.user_id).order_by(UsageEntry.id)).all()
        assert sorted(users, key=str) == [8, None, None]
        accounts = session.scalars(select(BudgetDay.account)).all()
        assert sorted(accounts) == ["all", "user:8"]


def test_a_share_of_ones_own_comes_before_that_of_the_role(database: Database, budget: Budget):
    author = Payer("user:9", 9, "author")
    with database.writing() as session:
        override(session, "role:author", SHARE, 300)
        override(session, "user:9", SHARE, 150)
    for payer, share in ((author, 1.5), (Payer("user:7", 7, "author"), 3), (ANA, 6)):
        with database.reading() as session:
            assert budget.share_of(session, payer) == share * NANO
    with pytest.raises(BudgetSpent) as raised:
        reserve(database, budget, author)
    assert not raised.value.everyone
    held = reserve(database, budget, author, dollars=1)
    # What was spent before counts when a share is changed in the day.
    with database.writing() as session:
        override(session, "user:9", SHARE, None)
        assert budget.spent_by(session, "user:9", NOW) == NANO
    reserve(database, budget, author, dollars=8)
    settle(database, budget, held)
    assert committed(database) == {"user:9": 9, "all": 9}


def test_cached_tokens_are_settled_at_their_own_prices(database: Database):
    dollars = [Decimal(part) for part in ("1", "5", "0.10", "1.25")]
    budget = Budget(Prices({"m": Price(*dollars)}), day_nano=10 * NANO)
    held = reserve(database, budget)
    # The bound is that of writing all of the prompt to the cache.
    assert held.amount_nano == 1500 * 1250 + 500 * 5000
    counts = Tokens(input=1500, output=100, cache_read=900, cache_written=400)
    with database.writing() as session:
        price = budget.settle(session, held, Outcome(counts, 12), NOW)
    assert price == 200 * 1000 + 100 * 5000 + 900 * 100 + 400 * 1250
    with database.reading() as session:
        (entry,) = session.scalars(select(UsageEntry)).all()
    assert (entry.cache_read_tokens, entry.cache_written_tokens) == (900, 400)
    assert (entry.price_nano, entry.output_tokens) == (price, 100)


def spend_and_die(database_url: str, home: Path, *, day_nano: int, kills: int, seed: int) -> str:
    """8 processes spend, some killed at random and replaced; the sum is watched all the time."""
    chance, share = random.Random(seed), day_nano // 2
    seeds: Iterator[int] = iter(range(seed, seed + 1000))
    database = Database(database_url)

    def spender() -> subprocess.Popen[str]:
        return started(SPEND, home, database_url, next(seeds), day_nano, share)

    running = [spender() for _ in range(8)]
    go(*running)
    killed, looks, highest = 0, 0, 0
    while any(process.poll() is None for process in running):
        sum_, booked, held = money(database)
        assert sum_ == booked + held <= day_nano
        looks, highest = looks + 1, max(highest, sum_)
        # Spread over the whole of the spending.
        if killed < kills and booked > day_nano * (killed + 1) // (kills + 2):
            n = chance.randrange(len(running))
            running[n].kill()
            running[n].communicate()
            killed += 1
            running[n] = spender()
            go(running[n], together=False)
        time.sleep(0.01)
    said = [process.communicate(timeout=60) for process in running]
    assert all(process.returncode == 0 for process in running), said
    assert killed == kills
    with database.writing() as session:
        lost = len(session.scalars(select(BudgetReservation)).all())
        # Else no worker died with money in its hands, and this test shows nothing.
        assert lost > 0 or kills < 10
        budget = Budget(Prices(), day_nano=day_nano)
        assert budget.expire(session, datetime.now(UTC) + LIFE) == lost
    sum_, booked, held = money(database)
    assert (held, sum_) == (0, booked)
    # Nothing more fits in: the money was there to be spent, and it was spent.
    assert day_nano - 3_500_000_000 < booked <= day_nano
    with database.reading() as session:
        shares = session.execute(
            select(BudgetDay.committed_nano).where(BudgetDay.account != "all")
        ).scalars()
        parts = [int(part) for part in shares]
    assert sum(parts) == booked
    assert max(parts) <= share
    with database.reading() as session:
        calls = session.scalar(select(func.count()).select_from(UsageEntry))
    database.close()
    return (
        f"budget {day_nano / NANO:,.0f} USD, {killed} spenders of 8 at a time killed, {lost} "
        f"reservations left by them and booked at expiry; {calls} calls; highest of {looks} looks "
        f"{highest / NANO:,.2f} USD, booked in the end {booked / NANO:,.2f} USD"
    )


def test_a_few_killed_spenders(database_url: str, tmp_path: Path):
    spend_and_die(database_url, tmp_path, day_nano=600 * NANO, kills=3, seed=21)


@pytest.mark.long
def test_many_killed_spenders(database_url: str, tmp_path: Path, figures: Callable[[str], None]):
    figures(spend_and_die(database_url, tmp_path, day_nano=10_000 * NANO, kills=60, seed=22))
