"""The room's parts together, as the house carries them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy.orm import Session

from glossator.foundation.database import Database
from glossator.usage import ledger
from glossator.usage.allowances import Allowances
from glossator.usage.budget import Budget
from glossator.usage.retention import retention


def utc_now() -> datetime:
    """The present moment, in UTC."""
    return datetime.now(UTC)


def _nothing(_: Session, __: int) -> int:
    return 0


@dataclass(frozen=True, slots=True)
class Usage:
    """Allowances and budget, with the clock that both go by.

    `retention_days` is how long the ledger keeps who did what when; None for ever. `stored` tells
    the bytes of a user's files, of which they may have `storage_bytes`; None for any number.
    """

    allowances: Allowances
    budget: Budget
    clock: Callable[[], datetime] = utc_now
    retention_days: int | None = None
    storage_bytes: int | None = None
    stored: Callable[[Session, int], int] = _nothing

    def report(
        self, database: Database, *, days: int = 30, page: int = 1, page_size: int = 100
    ) -> dict[str, Any]:
        """The object of `/api/admin/usage` and of `glossator usage --json`.

        Reservations whose worker died are booked first, so that they don't pass for open ones.
        """
        now = self.clock()
        self._expire(database, now)
        with database.reading() as session:
            standing = self.budget.standing(session, now)
            return ledger.report(session, standing, now, days=days, page=page, page_size=page_size)

    def keep(self, database: Database) -> None:
        """What has to be done once a day; any number of processes may do it."""
        now = self.clock()
        self._expire(database, now)
        retention(database, now, self.retention_days)

    def _expire(self, database: Database, now: datetime) -> None:
        with database.reading() as session:
            due = self.budget.is_due(session, now)
        if due:
            with database.writing() as session:
                self.budget.expire(session, now)
