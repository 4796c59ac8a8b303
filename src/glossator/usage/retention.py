"""What grows old: entries of the ledger become anonymous sums, ended windows and shares go."""

from __future__ import annotations

import time
from collections import defaultdict
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import Date, bindparam, delete, select, text
from sqlalchemy.orm import Session

from glossator.foundation import limits
from glossator.foundation.database import Database
from glossator.usage.budget import EVERYONE
from glossator.usage.tables import BudgetDay, UsageEntry

# Entries folded in one transaction: on SQLite every other writer waits for it, some 40 ms.
BATCH = 500
_PAUSE_SECONDS = 0.02
# As long as counters: a call belongs to the day on which it began, and may end on the next.
_SHARES_KEPT = timedelta(days=2)

_COUNTED = (
    UsageEntry.input_tokens,
    UsageEntry.output_tokens,
    UsageEntry.cache_read_tokens,
    UsageEntry.cache_written_tokens,
    UsageEntry.price_nano,
    UsageEntry.latency_ms,
)
_SUMS = ("calls", *(column.key for column in _COUNTED))
_NAMES = ("day", "feature", "model", "outcome", *_SUMS)
_ADD = text(
    "INSERT INTO api_usage_sums (day, feature, model, outcome, calls, input_tokens, "
    "output_tokens, cache_read_tokens, cache_written_tokens, price_nano, latency_ms) "
    "VALUES (:day, :feature, :model, :outcome, :calls, :input_tokens, :output_tokens, "
    ":cache_read_tokens, :cache_written_tokens, :price_nano, :latency_ms) "
    "ON CONFLICT (day, feature, model, outcome) DO UPDATE SET "
    + ", ".join(f"{name} = api_usage_sums.{name} + excluded.{name}" for name in _SUMS)
).bindparams(bindparam("day", type_=Date))


def retention(database: Database, now: datetime, days: int | None, *, batch: int = BATCH) -> int:
    """Fold the entries that are older than `days` days; returns how many. None keeps them all.

    Also removes the counters and the shares of ended days. Safe beside itself and beside
    calls: each entry is removed and counted in one transaction, by whoever removed it.
    """
    today = now.astimezone(UTC).date()
    with database.writing() as session:
        limits.clean(session, now)
        session.execute(
            delete(BudgetDay).where(
                BudgetDay.day < today - _SHARES_KEPT, BudgetDay.account != EVERYONE
            )
        )
    if days is None:
        return 0
    folded = 0
    while True:
        with database.writing() as session:
            found = fold(session, today - timedelta(days=days), batch)
        folded += found
        if found < batch:
            return folded
        # Whoever waits for SQLite's lock asks for it again and again, and needs a gap.
        time.sleep(_PAUSE_SECONDS)


def fold(session: Session, before: date, most: int = BATCH) -> int:
    """Put at most so many entries of days before `before` into the sums; returns how many."""
    old = (
        select(UsageEntry.id)
        .where(UsageEntry.day < before)
        .order_by(UsageEntry.day)
        .limit(most)
        .with_for_update(skip_locked=True)
    )
    # Named one by one: for a subquery Postgres reads the whole ledger.
    gone = session.execute(
        delete(UsageEntry)
        .where(UsageEntry.id.in_(session.scalars(old).all()))
        .returning(
            UsageEntry.day, UsageEntry.feature, UsageEntry.model, UsageEntry.outcome, *_COUNTED
        )
        .execution_options(synchronize_session=False)
    ).all()
    sums: dict[tuple[date, str, str, str], list[int]] = defaultdict(lambda: [0] * len(_SUMS))
    for day, feature, model, outcome, *counts in gone:
        of = sums[day, feature, model, outcome]
        for n, count in enumerate((1, *counts)):
            of[n] += count
    # In one order: two that fold at once must not wait for each other.
    for key, values in sorted(sums.items()):
        session.execute(_ADD, dict(zip(_NAMES, (*key, *values), strict=True)))
    return len(gone)
