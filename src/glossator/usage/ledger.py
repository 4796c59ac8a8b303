"""What was spent, summed from the ledger; and what stays of a person who leaves."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import (
    BigInteger,
    Integer,
    Subquery,
    cast,
    delete,
    func,
    literal,
    null,
    select,
    union_all,
    update,
)
from sqlalchemy.orm import Session

from glossator.accounts.tables import Account
from glossator.foundation.limits import LimitCounter
from glossator.foundation.web import moment
from glossator.usage import overrides
from glossator.usage.allowances import Allowance
from glossator.usage.money import BudgetStanding
from glossator.usage.prices import NANO
from glossator.usage.tables import (
    AllowanceOverride,
    BudgetDay,
    BudgetReservation,
    UsageEntry,
    UsageSum,
)

GROUPS = ("day", "feature", "model")
# Days that may be asked for at once; all further back is a few sums a day.
MOST_DAYS = 366
_TOKENS = ("input_tokens", "output_tokens", "cache_read_tokens", "cache_written_tokens")
_COUNTED = ("calls", *_TOKENS, "price_nano")


def report(
    session: Session,
    standing: BudgetStanding,
    now: datetime,
    *,
    days: int = 30,
    page: int = 1,
    page_size: int = 100,
) -> dict[str, Any]:
    """The day's budget, and what the last `days` days cost by day, feature, model and user.

    The dearest come first, of the days the last. Users come in pages, everything else is as
    long as there are days, features and models.
    """
    since = now.astimezone(UTC).date() - timedelta(days=days - 1)
    return {
        "budget": _budget(standing),
        "since": since.isoformat(),
        **_by_kind(session, since),
        "by_user": _by_user(session, since, page, page_size),
    }


def _budget(standing: BudgetStanding) -> dict[str, Any]:
    limit, share = standing.limit_nano, standing.share_nano
    return {
        "day": standing.day.isoformat(),
        "limit_usd": None if limit is None else limit / NANO,
        "settled_usd": (standing.committed_nano - standing.reserved_nano) / NANO,
        "reserved_usd": standing.reserved_nano / NANO,
        "left_usd": None if limit is None else max(0, limit - standing.committed_nano) / NANO,
        "share_usd": None if share is None else share / NANO,
        "warning": standing.warning,
        "renews_at": standing.renews_at.isoformat(),
        "stopped": standing.stopped,
    }


def _by_kind(session: Session, since: date) -> dict[str, list[dict[str, Any]]]:
    """One scan for the three small groupings, which are then added up here."""
    ledger = _whole_ledger(since)
    columns = [ledger.c[name] for name in GROUPS]
    sums = [func.sum(ledger.c[name]) for name in _COUNTED]
    rows = session.execute(select(*columns, *sums).group_by(*columns)).all()
    found: dict[str, list[dict[str, Any]]] = {}
    for n, group in enumerate(GROUPS):
        added: dict[Any, list[int]] = {}
        for row in rows:
            of = added.setdefault(row[n], [0] * len(_COUNTED))
            for part, value in enumerate(row[len(GROUPS) :]):
                of[part] += int(value)
        if group == "day":
            ordered = sorted(added.items(), reverse=True)
        else:
            ordered = sorted(added.items(), key=lambda item: (-item[1][-1], item[0]))
        found[f"by_{group}"] = [
            _row({group: key.isoformat() if group == "day" else key}, sums) for key, sums in ordered
        ]
    return found


def _by_user(session: Session, since: date, page: int, page_size: int) -> dict[str, Any]:
    """Users by what they cost; None is guests, people who have left, and what was folded."""
    ledger = _whole_ledger(since)
    user = ledger.c.user_id
    sums = [func.sum(ledger.c[name]) for name in _COUNTED]
    rows = session.execute(
        select(user, *sums)
        .group_by(user)
        # None is the first or the last number, as the database has it.
        .order_by(sums[-1].desc(), func.coalesce(user, 0))
        .offset((page - 1) * page_size)
        .limit(page_size)
    ).all()
    counted = select(func.count()).select_from(select(user).distinct().subquery())
    ids = [row.user_id for row in rows if row.user_id is not None]
    named = session.execute(select(Account.id, Account.email).where(Account.id.in_(ids)))
    emails = {row.id: row.email for row in named}
    return {
        "items": [
            _row({"user": number, "email": emails.get(number)}, [int(part) for part in parts])
            for number, *parts in rows
        ],
        "page": page,
        "page_size": page_size,
        "total": session.scalar(counted) or 0,
    }


def _whole_ledger(since: date) -> Subquery:
    """The entries and the sums of older ones, from a day on, under the same names."""
    kept = select(
        UsageEntry.day,
        UsageEntry.feature,
        UsageEntry.model,
        UsageEntry.user_id,
        literal(1, BigInteger).label("calls"),
        *(getattr(UsageEntry, name) for name in (*_TOKENS, "price_nano")),
    ).where(UsageEntry.day >= since)
    folded = select(
        UsageSum.day,
        UsageSum.feature,
        UsageSum.model,
        cast(null(), Integer).label("user_id"),
        *(getattr(UsageSum, name) for name in _COUNTED),
    ).where(UsageSum.day >= since)
    return union_all(kept, folded).subquery("ledger")


def _row(of: dict[str, Any], sums: Sequence[int]) -> dict[str, Any]:
    return {
        **of,
        **dict(zip(_COUNTED[:-1], sums[:-1], strict=True)),
        "cost_usd": sums[-1] / NANO,
    }


def own(
    session: Session, user_id: int, now: datetime, *, days: int, page: int, page_size: int
) -> dict[str, Any]:
    """A user's own entries of the last `days` days, the last first, and their sums by feature."""
    since = now.astimezone(UTC).date() - timedelta(days=days - 1)
    mine = (UsageEntry.user_id == user_id) & (UsageEntry.day >= since)
    calls, cost = func.count(), func.sum(UsageEntry.price_nano)
    sums = session.execute(
        select(UsageEntry.feature, calls, cost)
        .where(mine)
        .group_by(UsageEntry.feature)
        .order_by(cost.desc(), UsageEntry.feature)
    ).all()
    rows = session.scalars(
        select(UsageEntry)
        .where(mine)
        .order_by(UsageEntry.at.desc(), UsageEntry.id)
        .offset((page - 1) * page_size)
        .limit(page_size)
    )
    return {
        "since": since.isoformat(),
        "by_feature": [
            {"feature": feature, "calls": n, "cost_usd": int(nano) / NANO}
            for feature, n, nano in sums
        ],
        "items": [_call_object(row) for row in rows],
        "page": page,
        "page_size": page_size,
        "total": sum(n for _, n, _ in sums),
    }


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
    key = overrides.user(user_id)
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
        "at": moment(row.at),
        "day": row.day.isoformat(),
        "feature": row.feature,
        "model": row.model,
        **{name: getattr(row, name) for name in _TOKENS},
        "cost_usd": row.price_nano / NANO,
        "latency_ms": row.latency_ms,
        "outcome": row.outcome,
    }
