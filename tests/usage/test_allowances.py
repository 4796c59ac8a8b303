"""Who may ask for how much, exactly, with overrides."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from glossator.foundation.database import Database
from glossator.foundation.limits import LimitCounter
from glossator.usage.allowances import (
    Allowance,
    Allowances,
    AllowanceSpent,
    Amounts,
    Caller,
    network,
)
from glossator.usage.overrides import override, remove_override
from usage_tools import TAKE, go, started

NOW = datetime(2026, 11, 21, 13, 59, 0, tzinfo=UTC)
GUEST, ANA = Caller("192.0.2.1"), Caller("192.0.2.1", user_id=7, role="user")


def grants(
    database: Database, caller: Caller, allowance: Allowance, amounts: Amounts, now: datetime = NOW
) -> int:
    """How many of 70 tries are granted."""
    allowances, granted = Allowances(amounts), 0
    for _ in range(70):
        try:
            with database.writing() as session:
                allowances.take(session, caller, allowance, now)
            granted += 1
        except AllowanceSpent:
            pass
    return granted


def test_defaults_of_users_and_guests(database: Database):
    amounts = Amounts()
    assert grants(database, ANA, Allowance.QUESTIONS, amounts) == 20
    assert grants(database, ANA, Allowance.TRANSLATIONS, amounts) == 5
    assert grants(database, ANA, Allowance.PERSONALIZATIONS, amounts) == 5
    assert grants(database, ANA, Allowance.SEARCHES, amounts) == 60
    assert grants(database, GUEST, Allowance.QUESTIONS, amounts) == 5
    assert grants(database, GUEST, Allowance.SEARCHES, amounts) == 60
    assert grants(database, GUEST, Allowance.TRANSLATIONS, amounts) == 0
    assert grants(database, Caller("192.0.2.2"), Allowance.QUESTIONS, amounts) == 5
    later = NOW + timedelta(minutes=1)
    assert grants(database, ANA, Allowance.QUESTIONS, amounts, later) == 20
    assert grants(database, ANA, Allowance.TRANSLATIONS, amounts, later) == 0


def test_overrides_of_a_user_come_before_those_of_the_role(database: Database):
    with database.writing() as session:
        override(session, "role:user", Allowance.QUESTIONS, 3)
    assert grants(database, ANA, Allowance.QUESTIONS, Amounts()) == 3
    with database.writing() as session:
        override(session, "user:7", Allowance.QUESTIONS, 2)
        override(session, "user:7", Allowance.QUESTIONS, None)
    assert grants(database, ANA, Allowance.QUESTIONS, Amounts()) == 70
    other = Caller("192.0.2.1", user_id=8, role="user")
    assert grants(database, other, Allowance.QUESTIONS, Amounts()) == 3
    with database.writing() as session:
        remove_override(session, "user:7", Allowance.QUESTIONS)
    assert grants(database, ANA, Allowance.QUESTIONS, Amounts()) == 0


def test_what_is_left_and_when_it_renews(database: Database):
    allowances = Allowances(Amounts())
    with database.writing() as session:
        taken = allowances.take(session, ANA, Allowance.QUESTIONS, NOW)
        found = allowances.standing(session, ANA, Allowance.QUESTIONS, NOW)
        assert taken.standing == found
        assert (found.limit, found.used, found.left) == (20, 1, 19)
        assert found.resets_at == datetime(2026, 11, 21, 14, tzinfo=UTC)
        allowances.give_back(session, taken)
        assert allowances.standing(session, ANA, Allowance.QUESTIONS, NOW).left == 20


def test_the_error_says_what_happened_and_when_to_come_back(database: Database):
    allowances = Allowances(Amounts(guest_questions=0))
    with database.writing() as session, pytest.raises(AllowanceSpent) as raised:
        allowances.take(session, GUEST, Allowance.QUESTIONS, NOW)
    assert raised.value.headers == {
        "Retry-After": "60",
        "RateLimit": '"questions";r=0;t=60',
        "RateLimit-Policy": '"questions";q=0;w=3600',
    }
    assert raised.value.detail.startswith("Guests have no questions here. Sign in")


def test_counters_do_not_grow_with_time(database: Database):
    allowances, found = Allowances(Amounts()), []
    for hour in range(70):
        with database.writing() as session:
            for minute in (0, 20, 40):
                now = NOW + timedelta(hours=hour, minutes=minute)
                for allowance in (Allowance.QUESTIONS, Allowance.SEARCHES):
                    allowances.take(session, GUEST, allowance, now)
            keys = session.scalars(select(LimitCounter.key)).all()
        kinds = [key.partition(":")[0] for key in keys]
        found.append((kinds.count("questions"), kinds.count("searches")))
    assert max(found[50:60]) == max(found[60:])
    assert all(questions <= 50 and searches <= 7 for questions, searches in found)


def told(database: Database, caller: Caller, allowance: Allowance, amounts: Amounts) -> str:
    allowances = Allowances(amounts)
    with database.writing() as session:
        for _ in range(amounts.searches or 0):
            try:
                allowances.take(session, caller, allowance, NOW)
            except AllowanceSpent as error:
                return error.detail
    raise AssertionError


def test_each_is_told_what_helps_them(database: Database):
    few = Amounts(questions=3, guest_questions=3, translations=0, searches=9)
    assert told(database, ANA, Allowance.QUESTIONS, few) == (
        "You have used your 3 questions of this hour. Try again in 1 minute."
    )
    assert "Whoever runs this server" in told(database, ANA, Allowance.TRANSLATIONS, few)
    class_ = told(database, GUEST, Allowance.QUESTIONS, few)
    for words in ("share 3 questions an hour", "in 1 minute", "sign in", "invitation",
                  "`glossator user invite --uses 30`"):  # fmt: skip
        assert words in class_


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("testclient", "testclient"),
    ],
)
def test_what_counts_as_one_address(address: str, counted: str):
    assert network(address) == counted


def eight_take(url: str, home: Path, rounds: int) -> tuple[list[int], int]:
    """What 8 processes got in each round of 320 tries, and how often any of them got something."""
    processes = [started(TAKE, home, url, rounds, 40) for _ in range(8)]
    for _ in range(rounds):
        go(*processes)
    said = [process.communicate(timeout=120) for process in processes]
    assert all(process.returncode == 0 for process in processes), said
    granted = [[int(n) for n in out.split()] for out, _ in said]
    sharing = sum(n > 0 for parts in granted for n in parts)
    return [sum(parts) for parts in zip(*granted, strict=True)], sharing


def test_eight_processes_get_exactly_twenty_of_320_tries(database_url: str, tmp_path: Path):
    found, sharing = eight_take(database_url, tmp_path, rounds=3)
    assert found == [20, 20, 20]
    # Else this test shows nothing: one process had everything before the others began.
    assert sharing > 3


@pytest.mark.long
def test_fifty_rounds_of_320_tries(
    database_url: str, tmp_path: Path, figures: Callable[[str], None]
):
    found, sharing = eight_take(database_url, tmp_path, rounds=50)
    figures(
        f"8 processes, 320 tries against 20, 50 rounds: {min(found)} to {max(found)} granted, "
        f"by {sharing / 50:.1f} processes in a round"
    )
    assert found == [20] * 50
    assert sharing > 50
