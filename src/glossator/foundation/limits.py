"""Counters in fixed windows of UTC, exact under any number of processes and after a restart.

A unit is taken by one statement that adds one only where the limit isn't reached: measured at
exactly 20 of 320 tries by 8 processes on SQLite and Postgres, where counting first and adding
afterwards granted 25. A key has to name what it counts (`questions:user:7`); one that holds an
address lives until `clean` removes its window, two days at most.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum

from sqlalchemy import BigInteger, Text, delete, select, text
from sqlalchemy.orm import Mapped, Session, mapped_column

from glossator.foundation.database import Table

_TAKE = text(
    "INSERT INTO limit_counters (key, window_start, n) VALUES (:key, :start, 1) "
    "ON CONFLICT (key, window_start) DO UPDATE SET n = limit_counters.n + 1 "
    "WHERE limit_counters.n < :limit RETURNING n"
)
_GIVE_BACK = text(
    "UPDATE limit_counters SET n = n - 1 WHERE key = :key AND window_start = :start AND n > 0"
)
# Longer than the longest window, so that a clock that is a little behind still finds its row.
_KEPT = timedelta(days=2)


class LimitCounter(Table):
    """Units taken of a key in one window; `window_start` in seconds since 1970, UTC."""

    __tablename__ = "limit_counters"

    key: Mapped[str] = mapped_column(Text, primary_key=True)
    window_start: Mapped[int] = mapped_column(
        BigInteger, primary_key=True, autoincrement=False, index=True
    )
    n: Mapped[int]


class Window(Enum):
    """A fixed window of UTC; the value is its length in seconds."""

    MINUTE = 60
    HOUR = 3_600
    DAY = 86_400

    def start(self, now: datetime) -> datetime:
        """When the window that holds `now` began."""
        seconds = int(now.timestamp())
        return datetime.fromtimestamp(seconds - seconds % self.value, UTC)

    def end(self, now: datetime) -> datetime:
        """When the window that holds `now` ends and the next one begins."""
        return self.start(now) + timedelta(seconds=self.value)


@dataclass(frozen=True, slots=True)
class Standing:
    """How a limit stands for one key.

    `name` is the policy's name in the headers. `limit` is how many units a window has, None
    for unlimited; `used` how many of them are taken, `resets_at` when the window ends.
    """

    name: str
    window: Window
    limit: int | None
    used: int
    resets_at: datetime

    @property
    def left(self) -> int | None:
        """Units left in this window, None for unlimited."""
        return None if self.limit is None else max(0, self.limit - self.used)


def take(session: Session, *, key: str, limit: int, window_start: datetime, now: datetime) -> bool:
    """Take one unit of a window; False where its `limit` is reached and nothing was taken.

    Holds the row's lock (on SQLite the only write lock) until the transaction ends. Raises
    `ValueError` for a window that doesn't lie around `now`: it would never be cleaned or
    never be reached.
    """
    return take_counting(session, key=key, limit=limit, window_start=window_start, now=now) > 0


def take_counting(
    session: Session, *, key: str, limit: int, window_start: datetime, now: datetime
) -> int:
    """As `take`; how many units are taken with this one, or 0 where it wasn't granted."""
    if not window_start <= now < window_start + _KEPT:
        raise ValueError(f"the window from {window_start} doesn't hold {now}")
    if limit <= 0:
        return 0
    values = {"key": key, "start": _seconds(window_start), "limit": limit}
    return session.execute(_TAKE, values).scalar() or 0


def give_back(session: Session, *, key: str, window_start: datetime) -> None:
    """Return a unit that was taken from this window; nothing where none is left to return."""
    session.execute(_GIVE_BACK, {"key": key, "start": _seconds(window_start)})


def used(session: Session, *, key: str, window_start: datetime) -> int:
    """How many units of the window are taken."""
    counted = select(LimitCounter.n).where(
        LimitCounter.key == key, LimitCounter.window_start == _seconds(window_start)
    )
    return session.scalar(counted) or 0


def clean(session: Session, now: datetime, *, prefix: str = "", kept: timedelta = _KEPT) -> None:
    """Remove the windows that ended a day ago or earlier; of short ones sooner, by `prefix`."""
    old = delete(LimitCounter).where(LimitCounter.window_start < _seconds(now - kept))
    if prefix:
        old = old.where(LimitCounter.key.startswith(prefix, autoescape=True))
    session.execute(old)


def rate_limit(standing: Standing, now: datetime) -> str:
    """The `RateLimit` header: units left and whole seconds until they renew."""
    return f'"{standing.name}";r={standing.left};t={seconds_left(standing, now)}'


def rate_limit_policy(standing: Standing) -> str:
    """The `RateLimit-Policy` header: units per window, and the window's seconds."""
    return f'"{standing.name}";q={standing.limit};w={standing.window.value}'


def seconds_left(standing: Standing, now: datetime) -> int:
    """Whole seconds until the window renews, at least 1: the value of `Retry-After`."""
    return max(1, math.ceil((standing.resets_at - now).total_seconds()))


def headers(standings: Sequence[Standing], now: datetime) -> dict[str, str]:
    """`RateLimit` and `RateLimit-Policy` of an answer; none where nothing is limited.

    The form is that of draft-ietf-httpapi-ratelimit-headers, version 8 and later: lists of
    named items, which replaced the three headers of earlier versions.
    """
    limited = [standing for standing in standings if standing.limit is not None]
    if not limited:
        return {}
    return {
        "RateLimit": ", ".join(rate_limit(standing, now) for standing in limited),
        "RateLimit-Policy": ", ".join(rate_limit_policy(standing) for standing in limited),
    }


def _seconds(moment: datetime) -> int:
    return int(moment.timestamp())
