"""What users may ask for and spend, how much of it they have used, and who set it.

One reading of the database for any number of users: a list of people costs no more queries than
one of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from glossator.accounts.tables import Account
from glossator.foundation.limits import LimitCounter, Standing, Window
from glossator.usage import overrides
from glossator.usage.allowances import WINDOWS, Allowance, Caller
from glossator.usage.prices import NANO
from glossator.usage.service import Usage
from glossator.usage.tables import BudgetDay

Set = Mapping[str, Mapping[str, int | None]]


def of_users(session: Session, room: Usage, accounts: Sequence[Account]) -> list[dict[str, Any]]:
    """`allowances` and `budget` of each account, in their order.

    `set_by` is `user`, `role` or `settings`: whose amount it is.
    """
    now = room.clock()
    callers = [Caller("", account.id, account.role) for account in accounts]
    set_ = overrides.listed(session, {name for caller in callers for name in caller.subjects})
    taken = _taken(session, callers, now)
    spent = _spent(session, callers, now)
    return [
        {
            "allowances": {
                name.value: _allowance(room, set_, taken, caller, name, now) for name in Allowance
            },
            "budget": _budget(room, set_, caller, spent.get(caller.key, 0), now),
        }
        for caller in callers
    ]


def money(session: Session, room: Usage, caller: Caller) -> dict[str, Any]:
    """A caller's own part of the day's money: `limit_usd` is null where it is unlimited."""
    now = room.clock()
    set_ = overrides.listed(session, caller.subjects)
    shown = _budget(room, set_, caller, room.budget.spent_by(session, caller.key, now), now)
    limit, spent = shown["share_usd"], shown["spent_today_usd"]
    return {
        "limit_usd": limit,
        "spent_usd": spent,
        "left_usd": None if limit is None else max(0.0, limit - spent),
        "resets_at": shown["resets_at"],
    }


def _allowance(
    room: Usage,
    set_: Set,
    taken: Mapping[tuple[str, int], int],
    caller: Caller,
    name: Allowance,
    now: datetime,
) -> dict[str, Any]:
    whose, amount = _chosen(set_, caller, name)
    limit = room.allowances.configured(caller, name) if whose == "settings" else amount
    window = WINDOWS[name]
    used = taken.get((f"{name}:{caller.key}", int(window.start(now).timestamp())), 0)
    standing = Standing(name, window, limit, used, window.end(now))
    return {
        "limit": standing.limit,
        "used": standing.used,
        "left": standing.left,
        "window_seconds": window.value,
        "resets_at": standing.resets_at.isoformat(),
        "set_by": whose,
    }


def _budget(room: Usage, set_: Set, caller: Caller, spent: int, now: datetime) -> dict[str, Any]:
    whose, cents = _chosen(set_, caller, overrides.SHARE)
    configured = room.budget.configured_share
    share = None if cents is None else cents / 100
    if whose == "settings":
        share = None if configured is None else configured / NANO
    return {
        "share_usd": share,
        "spent_today_usd": spent / NANO,
        "resets_at": Window.DAY.end(now).isoformat(),
        "set_by": whose,
    }


def _chosen(set_: Set, caller: Caller, name: str) -> tuple[str, int | None]:
    """Whose amount holds, and which; the user's own comes before the role's."""
    for subject in caller.subjects:
        if name in set_.get(subject, {}):
            return subject.partition(":")[0], set_[subject][name]
    return "settings", None


def _taken(
    session: Session, callers: Sequence[Caller], now: datetime
) -> Mapping[tuple[str, int], int]:
    keys = [f"{name}:{caller.key}" for caller in callers for name in Allowance]
    starts = {int(window.start(now).timestamp()) for window in WINDOWS.values()}
    rows = session.execute(
        select(LimitCounter.key, LimitCounter.window_start, LimitCounter.n).where(
            LimitCounter.key.in_(keys), LimitCounter.window_start.in_(starts)
        )
    )
    return {(row.key, row.window_start): row.n for row in rows}


def _spent(session: Session, callers: Sequence[Caller], now: datetime) -> Mapping[str, int]:
    rows = session.execute(
        select(BudgetDay.account, BudgetDay.committed_nano).where(
            BudgetDay.day == now.astimezone(UTC).date(),
            BudgetDay.account.in_([caller.key for caller in callers]),
        )
    )
    return {row.account: row.committed_nano for row in rows}
