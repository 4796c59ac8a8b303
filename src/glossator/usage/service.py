"""The room's parts together, as the house carries them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from glossator.usage.allowances import Allowances
from glossator.usage.budget import Budget


def utc_now() -> datetime:
    """The present moment, in UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Usage:
    """Allowances and budget, with the clock that both go by."""

    allowances: Allowances
    budget: Budget
    clock: Callable[[], datetime] = utc_now
