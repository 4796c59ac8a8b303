"""Windows, counters and the headers that tell how they stand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import func, select

from glossator.foundation import limits
from glossator.foundation.database import Database
from glossator.foundation.limits import LimitCounter, Standing, Window

NOW = datetime(2026, 11, 21, 13, 37, 42, 500_000, tzinfo=UTC)


@pytest.mark.parametrize(
    ("window", "start", "end"),
    [
        (Window.MINUTE, (21, 13, 37), (21, 13, 38)),
        (Window.HOUR, (21, 13, 0), (21, 14, 0)),
        (Window.DAY, (21, 0, 0), (22, 0, 0)),
    ],
)
def test_windows_are_those_of_the_clock_in_utc(
    window: Window, start: tuple[int, int, int], end: tuple[int, int, int]
):
    for now in (NOW, NOW.astimezone(timezone(timedelta(hours=5, minutes=30)))):
        assert window.start(now) == datetime(2026, 11, *start, tzinfo=UTC)
        assert window.end(now) == datetime(2026, 11, *end, tzinfo=UTC)


def test_a_window_begins_with_its_first_moment():
    noon = datetime(2026, 11, 21, 12, tzinfo=UTC)
    assert Window.HOUR.start(noon) == noon
    assert Window.HOUR.start(noon - timedelta(microseconds=1)) == noon - timedelta(hours=1)


def taken(database: Database, key: str = "k", limit: int = 3, now: datetime = NOW) -> bool:
    start = Window.HOUR.start(now)
    with database.writing() as session:
        return limits.take(session, key=key, limit=limit, window_start=start, now=now)


def test_as_many_as_the_limit_and_each_window_anew(database: Database):
    assert [taken(database) for _ in range(5)] == [True, True, True, False, False]
    assert taken(database, key="other")
    assert taken(database, now=NOW + timedelta(hours=1))
    assert not taken(database)
    assert taken(database, limit=4)
    assert not taken(database, key="none", limit=0)


def test_a_unit_given_back_can_be_taken_again(database: Database):
    start = Window.HOUR.start(NOW)
    assert taken(database, limit=1)
    for _ in range(2):
        with database.writing() as session:
            limits.give_back(session, key="k", window_start=start)
            assert limits.used(session, key="k", window_start=start) == 0
    assert [taken(database, limit=1) for _ in range(2)] == [True, False]


def test_a_transaction_that_fails_takes_nothing(database: Database):
    def fail() -> None:
        with database.writing() as session:
            start = Window.HOUR.start(NOW)
            assert limits.take(session, key="k", limit=1, window_start=start, now=NOW)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert taken(database, limit=1)


def test_old_windows_are_removed(database: Database):
    for hours in (0, 1, 47, 50, 500):
        taken(database, now=NOW - timedelta(hours=hours))
    with database.writing() as session:
        limits.clean(session, NOW)
        assert session.scalar(select(func.count()).select_from(LimitCounter)) == 3
    assert [taken(database, limit=1), taken(database, limit=2)] == [False, True]


def test_a_window_elsewhere_is_refused(database: Database):
    for start in (NOW + timedelta(hours=1), NOW - timedelta(days=3)):
        with database.writing() as session, pytest.raises(ValueError, match="window"):
            limits.take(session, key="k", limit=1, window_start=start, now=NOW)


def test_headers_are_lists_of_named_items():
    hour = Standing("questions", Window.HOUR, 20, 15, Window.HOUR.end(NOW))
    minute = Standing("searches", Window.MINUTE, 60, 61, Window.MINUTE.end(NOW))
    free = Standing("questions", Window.HOUR, None, 3, Window.HOUR.end(NOW))
    assert limits.headers([hour], NOW) == {
        "RateLimit": '"questions";r=5;t=1338',
        "RateLimit-Policy": '"questions";q=20;w=3600',
    }
    assert limits.headers([hour, minute], NOW) == {
        "RateLimit": '"questions";r=5;t=1338, "searches";r=0;t=18',
        "RateLimit-Policy": '"questions";q=20;w=3600, "searches";q=60;w=60',
    }
    assert limits.headers([free], NOW) == {}
    assert limits.seconds_left(hour, hour.resets_at) == 1
