"""What the budget takes and gives: payers, reservations, outcomes, and how a day stands."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date, datetime

from glossator.foundation.errors import TooMany
from glossator.usage.prices import Tokens

# From this part of the day's money on, the log and the administrator are told.
WARN_AT = 0.8


class BudgetSpent(TooMany):
    """The day's money, for everyone or for one caller, doesn't cover another call."""

    type = "budget-spent"
    title = "The budget of this day is spent"

    def __init__(self, renews_at: datetime, now: datetime, *, everyone: bool) -> None:
        whose = "The money for language models" if everyone else "Your share of the money"
        super().__init__(
            f"{whose} is spent for today. It renews at {renews_at:%Y-%m-%d %H:%M} UTC.",
            headers={"Retry-After": str(max(1, math.ceil((renews_at - now).total_seconds())))},
            members={"renews_at": renews_at.isoformat()},
        )
        self.renews_at = renews_at
        self.everyone = everyone


@dataclass(frozen=True, slots=True)
class Payer:
    """Whom a call is for: whose share it takes (a caller's key), and which user it's booked to.

    The role decides on the share where the user has none of their own.
    """

    account: str
    user_id: int | None = None
    role: str | None = None


@dataclass(frozen=True, slots=True)
class Reservation:
    """Money held for one call, in nano-dollars, from the budget of `day`."""

    id: str
    day: date
    payer: Payer
    feature: str
    model: str
    amount_nano: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a call went: its tokens by the provider's own count, its time, and what came of it."""

    tokens: Tokens
    latency_ms: int
    outcome: str = "ok"


@dataclass(frozen=True, slots=True)
class BudgetStanding:
    """The day's money in nano-dollars; `limit_nano` and `share_nano` are None for no limit.

    `stopped`: whether all calls to models are stopped, whatever money is left.
    """

    day: date
    limit_nano: int | None
    committed_nano: int
    reserved_nano: int
    renews_at: datetime
    share_nano: int | None = None
    stopped: bool = False

    @property
    def warning(self) -> bool:
        """Whether so much of it is spent that the administrator should know."""
        limit = self.limit_nano
        return limit is not None and self.committed_nano >= WARN_AT * limit
