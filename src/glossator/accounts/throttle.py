"""How often somebody may try to sign in or up: per address and per account, exact."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete
from sqlalchemy.orm import Session

from glossator.accounts.tables import now
from glossator.foundation import limits
from glossator.foundation.database import Database
from glossator.foundation.errors import TooMany

_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class TryLimits:
    """Tries in a clock hour.

    `account`: sign-ins with one e-mail address, existing or not; `address`: sign-ins from one
    network address; `signups`: new accounts from one network address.
    """

    account: int = 20
    address: int = 300
    signups: int = 60


@dataclass(frozen=True, slots=True)
class Try:
    """A try that was counted, so that it can be given back when it succeeds."""

    keys: Sequence[str]
    window: datetime


class Throttle:
    """Counts tries before anything is looked up, so that it tells nothing about accounts."""

    def __init__(self, database: Database, tries: TryLimits) -> None:
        self._database = database
        self._tries = tries

    def sign_in(self, email_key: str, address: str) -> Try:
        """Count a sign-in or a check of a password; raises `TooMany`."""
        return self._take(
            {
                f"sign-in:address:{address}": self._tries.address,
                _of_account(email_key): self._tries.account,
            }
        )

    def sign_up(self, address: str) -> Try:
        """Count a sign-up; raises `TooMany`."""
        return self._take({f"sign-up:address:{address}": self._tries.signups})

    def succeeded(self, counted: Try) -> None:
        """Give a try back."""
        with self._database.writing() as session:
            for key in counted.keys:
                limits.give_back(session, key=key, window_start=counted.window)

    def _take(self, wanted: Mapping[str, int]) -> Try:
        return counted(
            self._database, wanted, "Too many tries. Wait until the next full hour and try again."
        )


def counted(database: Database, wanted: Mapping[str, int], spent: str) -> Try:
    """Count one under each of the keys, which have limits for a clock hour.

    Raises `TooMany` with the sentence `spent` where one of them is used up.
    """
    moment = now()
    window = limits.Window.HOUR.start(moment)
    # Of its own: the count stays when the request fails.
    with database.writing() as session:
        # Every key is counted, also when the first is spent: the answer tells no difference.
        taken = [
            limits.take(session, key=key, limit=limit, window_start=window, now=moment)
            for key, limit in wanted.items()
        ]
        limits.clean(session, moment)
    if not all(taken):
        wait = int((window + _HOUR - moment).total_seconds()) + 1
        raise TooMany(spent, headers={"Retry-After": str(wait)})
    return Try(tuple(wanted), window)


def forget(session: Session, email_key: str) -> None:
    """Remove the counter of an e-mail address; those of network addresses end by themselves."""
    key = _of_account(email_key)
    session.execute(delete(limits.LimitCounter).where(limits.LimitCounter.key == key))


def _of_account(email_key: str) -> str:
    return f"sign-in:account:{hashlib.sha256(email_key.encode('utf-8')).hexdigest()[:32]}"
