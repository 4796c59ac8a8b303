"""What was spent, summed from the ledger; and what stays of a person who leaves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, delete, func, select, update
from sqlalchemy.orm import InstrumentedAttribute, Session

from glossator.foundation.database import in_utc
from glossator.foundation.limits import LimitCounter
from glossator.usage.allowances import Allowance
from glossator.usage.money import BudgetStanding
from glossator.usage.prices import NANO
from glossator.usage.tables import (
    AllowanceOverride,
    BudgetDay,
    BudgetReservation,
    UsageEntry,
)

GROUPS: Mapping[str, InstrumentedAttribute[Any]] = {
    "day": UsageEntry.day,
    "feature": UsageEntry.feature,
    "model": UsageEntry.model,
    "user": UsageEntry.user_id,
}


def report(
    session: Session, standing: BudgetStanding, now: datetime, *, days: int = 30
) -> dict[str, Any]:
    """The object of `/api/admin/usage`: the day's budget, and sums of the last `days` days."""
    since = now.astimezone(UTC).date() - timedelta(days=days - 1)
    limit = standing.limit_nano
    return {
        "budget": {
            "day": standing.day.isoformat(),
            "limit_usd": None if limit is None else limit / NANO,
            "settled_usd": (standing.committed_nano - standing.reserved_nano) / NANO,
            "reserved_usd": standing.reserved_nano / NANO,
            "left_usd": None if limit is None else max(0, limit - standing.committed_nano) / NANO,
            "warning": standing.warning,
            "renews_at": standing.renews_at.isoformat(),
        },
        "since": since.isoformat(),
        **{f"by_{name}": sums(session, name, UsageEntry.day >= since) for name in GROUPS},
    }


def sums(session: Session, group: str, *which: ColumnElement[bool]) -> list[dict[str, Any]]:
    """Calls, tokens and money by `day`, `feature`, `model` or `user`; dearest first, days last
    first. The user None is guests and people who have left.
    """
    column = GROUPS[group]
    money = func.sum(UsageEntry.price_nano)
    counted: Sequence[ColumnElement[Any]] = [
        func.count(),
        *(func.sum(part) for part in _TOKENS),
        money,
    ]
    order = column.desc() if group == "day" else money.desc()
    rows = session.execute(
        select(column, *counted).where(*which).group_by(column).order_by(order, column)
    )
    names = ("calls", *(part.key for part in _TOKENS))
    return [
        {
            group: value.isoformat() if group == "day" else value,
            **{name: int(part) for name, part in zip(names, parts, strict=True)},
            "cost_usd": int(spent) / NANO,
        }
        for value, *parts, spent in rows
    ]


def export(session: Session, user_id: int) -> dict[str, Any]:
    """All that is kept of a user: allowances of their own, what they used, what it cost."""
    key = f"user:{user_id}"
    own = select(AllowanceOverride).where(AllowanceOverride.subject == key)
    counters = select(LimitCounter).where(LimitCounter.key.in_(_counters(user_id)))
    days = select(BudgetDay).where(BudgetDay.account == key).order_by(BudgetDay.day)
    calls = select(UsageEntry).where(UsageEntry.user_id == user_id)
    held = select(BudgetReservation).where(BudgetReservation.user_id == user_id)
    return {
        "allowances": {row.allowance: row.amount for row in session.scalars(own)},
        "counters": [
            {
                "allowance": row.key.partition(":")[0],
                "window_start": datetime.fromtimestamp(row.window_start, UTC).isoformat(),
                "used": row.n,
            }
            for row in session.scalars(counters)
        ],
        "days": [
            {"day": row.day.isoformat(), "cost_usd": row.committed_nano / NANO}
            for row in session.scalars(days)
        ],
        "calls": [_call_object(row) for row in session.scalars(calls.order_by(UsageEntry.at))],
        "calls_in_progress": [
            {"feature": row.feature, "model": row.model, "most_usd": row.amount_nano / NANO}
            for row in session.scalars(held)
        ],
    }


def forget(session: Session, user_id: int) -> None:
    """Remove what names a user; the ledger's sums stay, without a name."""
    for table in (UsageEntry, BudgetReservation):
        session.execute(update(table).where(table.user_id == user_id).values(user_id=None))
    key = f"user:{user_id}"
    session.execute(
        update(BudgetReservation).where(BudgetReservation.account == key).values(account=None)
    )
    session.execute(delete(BudgetDay).where(BudgetDay.account == key))
    session.execute(delete(AllowanceOverride).where(AllowanceOverride.subject == key))
    session.execute(delete(LimitCounter).where(LimitCounter.key.in_(_counters(user_id))))


def _counters(user_id: int) -> list[str]:
    return [f"{allowance}:user:{user_id}" for allowance in Allowance]


def _call_object(row: UsageEntry) -> dict[str, Any]:
    return {
        "at": in_utc(row.at).isoformat(),
        "day": row.day.isoformat(),
        "feature": row.feature,
        "model": row.model,
        **{part.key: getattr(row, part.key) for part in _TOKENS},
        "cost_usd": row.price_nano / NANO,
        "latency_ms": row.latency_ms,
        "outcome": row.outcome,
    }


_TOKENS: Sequence[InstrumentedAttribute[int]] = (
    UsageEntry.input_tokens,
    UsageEntry.output_tokens,
    UsageEntry.cache_read_tokens,
    UsageEntry.cache_written_tokens,
)
