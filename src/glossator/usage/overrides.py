"""Amounts of one user (`user:7`) or of a role (`role:author`) in place of the configured ones."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from sqlalchemy import Table, bindparam, delete, select
from sqlalchemy.orm import Session

from glossator.usage.tables import AllowanceOverride

# The share of the day's money, in cents of a dollar; all other names are those of allowances.
SHARE = "budget_cents"
_TABLE = cast("Table", AllowanceOverride.__table__).c
# Built once: asked twice for every question.
_CHOSEN = select(_TABLE.subject, _TABLE.amount).where(
    _TABLE.subject.in_(bindparam("subjects", expanding=True)),
    _TABLE.allowance == bindparam("name"),
)


@dataclass(frozen=True, slots=True)
class Chosen:
    """An amount, None for unlimited, and whose it is."""

    amount: int | None
    subject: str


def user(user_id: int) -> str:
    """How a user is named."""
    return f"user:{user_id}"


def role(name: str) -> str:
    """How a role is named."""
    return f"role:{name}"


def override(session: Session, subject: str, name: str, amount: int | None) -> None:
    """Set an amount of a user or role; None is unlimited."""
    remove_override(session, subject, name)
    session.add(AllowanceOverride(subject=subject, allowance=str(name), amount=amount))
    session.flush()


def remove_override(session: Session, subject: str, name: str) -> None:
    """Let the role's or the configured amount hold again."""
    session.execute(
        delete(AllowanceOverride).where(
            AllowanceOverride.subject == subject, AllowanceOverride.allowance == str(name)
        )
    )


def chosen(session: Session, subjects: Sequence[str], name: str) -> Chosen | None:
    """The amount of the first subject that has one."""
    if not subjects:
        return None
    rows = session.execute(_CHOSEN, {"subjects": list(subjects), "name": str(name)})
    found = {row.subject: Chosen(row.amount, row.subject) for row in rows}
    return next((found[subject] for subject in subjects if subject in found), None)


def listed(session: Session, subjects: Iterable[str]) -> Mapping[str, Mapping[str, int | None]]:
    """All amounts of these subjects, by subject and name."""
    found: dict[str, dict[str, int | None]] = {}
    rows = session.scalars(
        select(AllowanceOverride)
        .where(AllowanceOverride.subject.in_(list(subjects)))
        .order_by(AllowanceOverride.subject, AllowanceOverride.allowance)
    )
    for row in rows:
        found.setdefault(row.subject, {})[row.allowance] = row.amount
    return found
