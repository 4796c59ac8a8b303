"""Clocks that jump: limits stay exact, nothing waits for ever, nobody is locked out for long."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from glossator.foundation import limits
from glossator.foundation.database import Database
from glossator.usage.allowances import Allowance, Allowances, AllowanceSpent, Amounts, Caller
from glossator.usage.budget import Budget
from glossator.usage.money import BudgetSpent, Payer
from glossator.usage.prices import Price, Prices
from glossator.usage.retention import retention

NOON = datetime(2026, 11, 22, 12, 30, tzinfo=UTC)
JUMPS = {
    "an hour back": NOON - timedelta(hours=1),
    "forty days on": NOON + timedelta(days=40),
    "beyond 2038": datetime(2038, 1, 19, 3, 14, 8, tzinfo=UTC),
    "the end of summer time": datetime(2026, 10, 25, 1, 30, tzinfo=UTC),
    "a leap day's end": datetime(2028, 2, 29, 23, 59, 59, 999_999, tzinfo=UTC),
}
WHO = Caller("192.0.2.1", user_id=7)


@pytest.fixture
def database(sqlite_url: str) -> Iterator[Database]:
    opened = Database(sqlite_url)
    yield opened
    opened.close()


def taken(database: Database, allowances: Allowances, now: datetime, tries: int = 30) -> int:
    count = 0
    for _ in range(tries):
        with database.writing() as session:
            try:
                allowances.take(session, WHO, Allowance.QUESTIONS, now)
                count += 1
            except AllowanceSpent as spent:
                told = {name.lower(): value for name, value in spent.headers.items()}
                wait = int(told["retry-after"])
                assert 0 < wait <= 3_600
                return count
    return count


@pytest.mark.parametrize("jump", JUMPS)
def test_a_window_is_spent_once_however_the_clock_goes(database: Database, jump: str):
    allowances = Allowances(Amounts())
    there = JUMPS[jump]
    assert taken(database, allowances, NOON) == 20
    # Another hour of the clock has units of its own, once.
    assert taken(database, allowances, there) == 20
    # Back again: what was spent is spent, unless it was cleaned away as older than two days.
    assert taken(database, allowances, NOON) == 0 or there - NOON > timedelta(days=2)
    with database.reading() as session:
        standing = allowances.standing(session, WHO, Allowance.QUESTIONS, there)
    assert standing.left == 0 or NOON - there > timedelta(days=2)
    assert standing.resets_at > there
    assert limits.headers([standing], there)


def test_the_days_money_is_spent_once_however_the_clock_goes(database: Database):
    price = Price(*(Decimal(part) for part in ("1", "2", "1", "1")))
    budget = Budget(Prices({"m": price}), day_nano=10_000_000)

    def spend(now: datetime) -> int:
        calls = 0
        while True:
            with database.writing() as session:
                try:
                    budget.reserve(
                        session, Payer("user:7", 7), feature="question", model="m",
                        input_tokens=1_000, output_tokens=500, now=now,
                    )  # fmt: skip
                    calls += 1
                except BudgetSpent:
                    return calls

    assert spend(NOON) == 5
    back, on = NOON - timedelta(hours=2), NOON + timedelta(days=40)
    assert spend(back) == 0
    assert spend(on) == 5
    # What was reserved before the jump is booked, not lost, and its day stays full.
    retention(database, on, 365)
    assert spend(NOON) == 0
