"""How much a caller may ask for: units of work in fixed windows, with overrides.

Only work that costs something is taken here; who serves from a cache takes nothing.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy.orm import Session

from glossator.foundation import limits
from glossator.foundation.errors import TooMany
from glossator.foundation.limits import Standing, Window
from glossator.usage import overrides
from glossator.usage.money import Payer


class Allowance(StrEnum):
    """What is counted; the value is the policy's name in the headers."""

    QUESTIONS = "questions"
    TRANSLATIONS = "translations"
    PERSONALIZATIONS = "personalizations"
    SEARCHES = "searches"


WINDOWS: Mapping[Allowance, Window] = {
    Allowance.QUESTIONS: Window.HOUR,
    Allowance.TRANSLATIONS: Window.DAY,
    Allowance.PERSONALIZATIONS: Window.DAY,
    Allowance.SEARCHES: Window.MINUTE,
}
_PERIODS = {Window.MINUTE: "this minute", Window.HOUR: "this hour", Window.DAY: "today"}
_EACH = {Window.MINUTE: "a minute", Window.HOUR: "an hour", Window.DAY: "a day"}


@dataclass(frozen=True, slots=True)
class Amounts:
    """Units per window; None is unlimited.

    `guest_questions` is shared by all guests of an address. Searches are the same for users
    and guests; translations and personalizations are for users alone.
    """

    questions: int | None = 20
    guest_questions: int | None = 5
    translations: int | None = 5
    personalizations: int | None = 5
    searches: int | None = 60


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks: a user with a role, or the guests of an address."""

    address: str
    user_id: int | None = None
    role: str | None = None

    @property
    def key(self) -> str:
        """What the caller's counters are kept under."""
        if self.user_id is not None:
            return overrides.user(self.user_id)
        return f"guest:{network(self.address)}"

    @property
    def payer(self) -> Payer:
        """Whose share of the day's money the caller's calls take."""
        return Payer(self.key, self.user_id, self.role)

    @property
    def subjects(self) -> Sequence[str]:
        """Whose overrides hold for the caller, the nearest first."""
        own = [] if self.user_id is None else [overrides.user(self.user_id)]
        return own if self.role is None else [*own, overrides.role(self.role)]


@dataclass(frozen=True, slots=True)
class Taken:
    """Units that were granted: what to give back, and how the allowance stands with them."""

    key: str | None
    window_start: datetime
    standing: Standing
    units: int = 1


class AllowanceSpent(TooMany):
    """The caller's own allowance is used up until its window ends, or less than is asked for."""

    title = "Your allowance is used up"

    def __init__(
        self, standing: Standing, now: datetime, *, guest: bool = False, units: int = 1
    ) -> None:
        seconds = limits.seconds_left(standing, now)
        told = _guests_are_told if guest else _users_are_told
        wait = _spoken(seconds)
        super().__init__(
            _too_many(standing, wait, units) if standing.left else told(standing, wait),
            headers={"Retry-After": str(seconds), **limits.headers([standing], now)},
            members={
                "violated-policies": [standing.name],
                "renews_at": standing.resets_at.isoformat(),
            },
        )
        self.standing = standing


class Allowances:
    """Takes, gives back and tells what is left."""

    def __init__(self, amounts: Amounts) -> None:
        self._amounts = amounts
        self._cleaned: datetime | None = None

    def take(
        self,
        session: Session,
        caller: Caller,
        allowance: Allowance,
        now: datetime,
        units: int = 1,
    ) -> Taken:
        """Take units; raises `AllowanceSpent` where not so many are left.

        Then some may be taken: the caller's transaction must not be kept.
        """
        window = WINDOWS[allowance]
        start, end = window.start(now), window.end(now)
        limit = self._limit(session, caller, allowance)
        if limit is None:
            return self.free(allowance, now)
        self._clean(session, now)
        key = f"{allowance}:{caller.key}"
        n = 0
        for nth in range(units):
            n = limits.take_counting(session, key=key, limit=limit, window_start=start, now=now)
            if not n:
                spent = Standing(allowance, window, limit, limit - nth, end)
                raise AllowanceSpent(spent, now, guest=caller.user_id is None, units=units)
        return Taken(key, start, Standing(allowance, window, limit, n, end), units)

    def give_back(self, session: Session, taken: Taken) -> None:
        """Return units whose work failed on our side."""
        for _ in range(taken.units if taken.key is not None else 0):
            limits.give_back(session, key=taken.key or "", window_start=taken.window_start)

    def standing(
        self, session: Session, caller: Caller, allowance: Allowance, now: datetime
    ) -> Standing:
        """How the caller's allowance stands; takes nothing."""
        window = WINDOWS[allowance]
        limit = self._limit(session, caller, allowance)
        key = f"{allowance}:{caller.key}"
        taken = limits.used(session, key=key, window_start=window.start(now))
        return Standing(allowance, window, limit, taken, window.end(now))

    def free(self, allowance: Allowance, now: datetime) -> Taken:
        """A unit of an unlimited allowance; nothing is counted."""
        window = WINDOWS[allowance]
        return Taken(None, window.start(now), Standing(allowance, window, None, 0, window.end(now)))

    def needs_database(self, caller: Caller, allowance: Allowance) -> bool:
        """False where a unit is free for the caller, whatever the database holds."""
        return caller.user_id is not None or self.configured(caller, allowance) is not None

    def _limit(self, session: Session, caller: Caller, allowance: Allowance) -> int | None:
        """The user's own override, else the role's, else the configured amount."""
        chosen = overrides.chosen(session, caller.subjects, allowance)
        return self.configured(caller, allowance) if chosen is None else chosen.amount

    def configured(self, caller: Caller, allowance: Allowance) -> int | None:
        """Units per window by the settings alone; None is unlimited."""
        if allowance is Allowance.SEARCHES:
            return self._amounts.searches
        if caller.user_id is None:
            return self._amounts.guest_questions if allowance is Allowance.QUESTIONS else 0
        amounts = {
            Allowance.QUESTIONS: self._amounts.questions,
            Allowance.TRANSLATIONS: self._amounts.translations,
            Allowance.PERSONALIZATIONS: self._amounts.personalizations,
        }
        return amounts[allowance]

    def _clean(self, session: Session, now: datetime) -> None:
        """Once an hour and process; each new window would otherwise stay for ever."""
        hour = Window.HOUR.start(now)
        if self._cleaned != hour:
            limits.clean(session, now)
            for allowance, window in WINDOWS.items():
                if window is Window.MINUTE:
                    # 2,880 windows in the two days that others are kept for.
                    limits.clean(session, now, prefix=f"{allowance}:", kept=timedelta(hours=1))
            self._cleaned = hour


def network(address: str) -> str:
    """What counts as one address: an IPv4 address, or an IPv6 network of 64 bits.

    Whoever has one IPv6 address has all of its /64, so single ones would be no limit.
    """
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address[:100]
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped is not None:
            return str(found.ipv4_mapped)
        return str(ipaddress.ip_network((found, 64), strict=False))
    return str(found)


def _users_are_told(standing: Standing, wait: str) -> str:
    if not standing.limit:
        return f"Your account has no {standing.name}. Whoever runs this server can allow you some."
    period = _PERIODS[standing.window]
    return f"You have used your {standing.limit} {standing.name} of {period}. Try again in {wait}."


def _guests_are_told(standing: Standing, wait: str) -> str:
    """A class behind one address is told what helps all of it."""
    if standing.name == Allowance.SEARCHES:
        return (
            f"Your network address has used its {standing.limit} searches of "
            f"{_PERIODS[standing.window]}. Try again in {wait}."
        )
    if not standing.limit:
        return f"Guests have no {standing.name} here. Sign in with an account. {_INVITE}"
    return (
        f"All guests of one network address share {standing.limit} {standing.name} "
        f"{_EACH[standing.window]}, and yours has used them. Try again in {wait}, or sign in: "
        f"each account has {standing.name} of its own. {_INVITE}"
    )


def _too_many(standing: Standing, wait: str, units: int) -> str:
    return (
        f"This takes {units} {standing.name}, and {standing.left} are left of "
        f"{_PERIODS[standing.window]}. Send less at once, or all of it in {wait}."
    )


_INVITE = (
    "A class signs up with one invitation, which whoever runs this server makes with "
    "`glossator user invite --uses 30`."
)


def _spoken(seconds: int) -> str:
    for length, name in ((3_600, "hour"), (60, "minute")):
        if seconds >= length:
            count = -(-seconds // length)
            return f"{count} {name}{'' if count == 1 else 's'}"
    return f"{seconds} second{'' if seconds == 1 else 's'}"
