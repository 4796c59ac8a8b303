"""The day's money: reserved from an upper bound before a call, settled from its real counts.

A reservation raises the day's sum by one statement that changes it only where the limit isn't
passed, so that settled and reserved money together never pass it, however many processes
reserve. The reservation must be committed before the call, and outlives a worker that dies.
An expired one is booked in full, outcome `lost`: the provider may have done the work and want
to be paid for it, and money that may be owed must not be spent twice.
"""

from __future__ import annotations

import uuid
from datetime import UTC, date, datetime, timedelta
from typing import cast

from sqlalchemy import (
    BigInteger,
    Boolean,
    Date,
    Table,
    bindparam,
    delete,
    func,
    insert,
    select,
    text,
    update,
)
from sqlalchemy.orm import Session

from glossator.foundation.limits import Window
from glossator.foundation.telemetry import log
from glossator.usage import overrides, switch
from glossator.usage.money import (
    WARN_AT,
    BudgetSpent,
    BudgetStanding,
    Outcome,
    Payer,
    Reservation,
)
from glossator.usage.prices import NANO, Prices, Tokens
from glossator.usage.tables import BudgetDay, BudgetReservation, UsageEntry

EVERYONE = "all"
LOST = "lost"
# Beyond the longest call with its retries: a worker that lives has settled by then.
LIFE = timedelta(minutes=15)
_NO_LIMIT = 2**62

_ADD = (
    text(
        "INSERT INTO budget_days (day, account, committed_nano, warned) "
        "VALUES (:day, :account, :amount, :warned) ON CONFLICT (day, account) DO UPDATE "
        "SET committed_nano = budget_days.committed_nano + excluded.committed_nano "
        "WHERE budget_days.committed_nano + excluded.committed_nano <= :most "
        "RETURNING committed_nano, warned"
    )
    .bindparams(
        bindparam("day", type_=Date),
        bindparam("amount", type_=BigInteger),
        bindparam("most", type_=BigInteger),
        bindparam("warned", False, type_=Boolean),
    )
    .columns(committed_nano=BigInteger, warned=Boolean)
)
# Built once and over tables: as the session's own, an update costs ten times as much CPU, an
# insert four times (measured on SQLite).
_DAY = cast("Table", BudgetDay.__table__)
_HELD = cast("Table", BudgetReservation.__table__)
_MOVE = (
    update(_DAY)
    .where(_DAY.c.day == bindparam("of_day"), _DAY.c.account == bindparam("whose"))
    .values(committed_nano=_DAY.c.committed_nano + bindparam("change", type_=BigInteger))
)
_HOLD = insert(_HELD)
_BOOK = insert(cast("Table", UsageEntry.__table__))
_LET_GO = (
    delete(_HELD)
    .where(_HELD.c.id == bindparam("reservation"))
    .returning(_HELD.c.account, _HELD.c.user_id)
)


class Budget:
    """Reserves, settles, releases and expires; each method works in the caller's transaction."""

    def __init__(
        self, prices: Prices, *, day_nano: int | None, share_nano: int | None = None
    ) -> None:
        self._prices = prices
        self._day = day_nano
        self._share = share_nano
        self._looked: datetime | None = None

    def reserve(
        self,
        session: Session,
        payer: Payer,
        *,
        feature: str,
        model: str,
        input_tokens: int,
        output_tokens: int,
        now: datetime,
    ) -> Reservation:
        """Hold what a call can cost at most: the prompt's tokens and the output's limit.

        Raises `ModelsStopped` and `BudgetSpent`, having changed nothing, and `UnknownPrice`.
        """
        if switch.stopped(session):
            raise switch.ModelsStopped
        self._expire_sometimes(session, now)
        amount = self._prices.at_most(
            model, input_tokens=input_tokens, output_tokens=output_tokens, now=now
        )
        day = now.astimezone(UTC).date()
        # The share first: everyone waits for the one row of all, so its lock is taken last.
        if not self._add(session, day, payer.account, amount, self.share_of(session, payer)):
            raise BudgetSpent(Window.DAY.end(now), now, everyone=False)
        if not self._add(session, day, EVERYONE, amount, self._day):
            _move(session, day, payer.account, -amount)
            raise BudgetSpent(Window.DAY.end(now), now, everyone=True)
        reservation = Reservation(uuid.uuid4().hex, day, payer, feature, model, amount)
        row = {
            "id": reservation.id,
            "day": day,
            "account": payer.account,
            "user_id": payer.user_id,
            "feature": feature,
            "model": model,
            "amount_nano": amount,
            "created_at": now,
            "expires_at": now + LIFE,
        }
        session.execute(_HOLD, row)
        return reservation

    def settle(
        self, session: Session, reservation: Reservation, outcome: Outcome, now: datetime
    ) -> int:
        """Book what the call really cost and free the rest; returns the price in nano-dollars.

        Right also after the reservation has expired, and harmless when done twice. A price
        above the reservation's bound is booked as it is, and logged as our mistake.
        """
        price = self._prices.of(reservation.model, outcome.tokens, now)
        if price > reservation.amount_nano:
            log(__name__).error(
                "a call cost more than was reserved",
                model=reservation.model,
                reserved_nano=reservation.amount_nano,
                price_nano=price,
            )
        held = _let_go(session, reservation.id)
        if held is not None:
            held_by, user_id = held
            session.execute(_BOOK, _entry(reservation, user_id, outcome, price, now))
            self._correct(session, reservation, held_by, price - reservation.amount_nano)
            return price
        if _late(session, reservation, outcome, price):
            self._correct(
                session, reservation, reservation.payer.account, price - reservation.amount_nano
            )
        return price

    def release(self, session: Session, reservation: Reservation) -> None:
        """Free everything: the call was never made. Right also after it has expired."""
        held = _let_go(session, reservation.id)
        if held is not None:
            self._correct(session, reservation, held[0], -reservation.amount_nano)
            return
        removed = session.execute(
            delete(UsageEntry)
            .where(UsageEntry.id == reservation.id, UsageEntry.outcome == LOST)
            .returning(UsageEntry.id)
        )
        if removed.scalar() is not None:
            self._correct(session, reservation, reservation.payer.account, -reservation.amount_nano)

    def expire(self, session: Session, now: datetime) -> int:
        """Book the reservations whose worker died, each in full; returns how many."""
        dead = session.scalars(
            select(BudgetReservation)
            .where(BudgetReservation.expires_at <= now)
            .order_by(BudgetReservation.id)
            .with_for_update(skip_locked=True)
        ).all()
        nothing = Outcome(Tokens(0, 0), 0, LOST)
        for row in dead:
            payer = Payer(row.account or "", row.user_id)
            kept = Reservation(row.id, row.day, payer, row.feature, row.model, row.amount_nano)
            session.execute(_BOOK, _entry(kept, row.user_id, nothing, row.amount_nano, now))
            session.delete(row)
        session.flush()
        if dead:
            log(__name__).warning("reservations expired and were booked in full", count=len(dead))
        return len(dead)

    def price(self, model: str, tokens: Tokens, now: datetime) -> int:
        """What such a call would cost, in nano-dollars; raises `UnknownPrice`."""
        return self._prices.of(model, tokens, now)

    def is_due(self, session: Session, now: datetime) -> bool:
        """Whether `expire` would find anything."""
        dead = select(BudgetReservation.id).where(BudgetReservation.expires_at <= now).limit(1)
        return session.scalar(dead) is not None

    @property
    def configured_share(self) -> int | None:
        """What each payer may spend where nothing else is set, in nano-dollars."""
        return self._share

    def share_of(self, session: Session, payer: Payer) -> int | None:
        """What one payer may spend of the day's money, in nano-dollars; None for no limit."""
        if payer.user_id is None:
            return self._share
        subjects = [overrides.user(payer.user_id)]
        if payer.role is not None:
            subjects.append(overrides.role(payer.role))
        own = overrides.chosen(session, subjects, overrides.SHARE)
        if own is None:
            return self._share
        return None if own.amount is None else own.amount * (NANO // 100)

    def spent_by(self, session: Session, account: str, now: datetime) -> int:
        """What a payer has settled and reserved today, in nano-dollars."""
        day = now.astimezone(UTC).date()
        committed = select(BudgetDay.committed_nano).where(
            BudgetDay.day == day, BudgetDay.account == account
        )
        return session.scalar(committed) or 0

    def standing(self, session: Session, now: datetime) -> BudgetStanding:
        """How the day's money stands."""
        day = now.astimezone(UTC).date()
        reserved = select(func.sum(BudgetReservation.amount_nano)).where(
            BudgetReservation.day == day
        )
        return BudgetStanding(
            day=day,
            limit_nano=self._day,
            committed_nano=self.spent_by(session, EVERYONE, now),
            reserved_nano=int(session.scalar(reserved) or 0),
            renews_at=Window.DAY.end(now),
            share_nano=self._share,
            stopped=switch.stopped(session),
        )

    def _add(
        self, session: Session, day: date, account: str, amount: int, limit: int | None
    ) -> bool:
        most = _NO_LIMIT if limit is None else limit
        if amount > most:
            return False
        values = {"day": day, "account": account, "amount": amount, "most": most}
        row = session.execute(_ADD, values).one_or_none()
        if row is None:
            return False
        if account == EVERYONE and limit is not None and not row.warned:
            self._warn(session, day, row.committed_nano, limit)
        return True

    def _warn(self, session: Session, day: date, committed: int, limit: int) -> None:
        if committed < WARN_AT * limit:
            return
        session.execute(
            update(BudgetDay)
            .where(BudgetDay.day == day, BudgetDay.account == EVERYONE)
            .values(warned=True)
        )
        log(__name__).warning(
            "most of the day's budget is spent or reserved",
            day=day.isoformat(),
            committed_usd=committed / NANO,
            budget_usd=limit / NANO,
        )

    def _correct(
        self, session: Session, reservation: Reservation, account: str | None, change: int
    ) -> None:
        if account:
            _move(session, reservation.day, account, change)
        _move(session, reservation.day, EVERYONE, change)

    def _expire_sometimes(self, session: Session, now: datetime) -> None:
        minute = Window.MINUTE.start(now)
        if self._looked != minute:
            self.expire(session, now)
            self._looked = minute


def _move(session: Session, day: date, account: str, change: int) -> None:
    session.execute(_MOVE, {"of_day": day, "whose": account, "change": change})


def _let_go(session: Session, reservation_id: str) -> tuple[str | None, int | None] | None:
    """Remove a reservation; its account and user, None where it is gone already."""
    row = session.execute(_LET_GO, {"reservation": reservation_id}).one_or_none()
    return None if row is None else (row.account, row.user_id)


def _late(session: Session, reservation: Reservation, outcome: Outcome, price: int) -> bool:
    """Put the truth into the entry of an expired reservation; False where it is there already."""
    updated = session.execute(
        update(UsageEntry)
        .where(UsageEntry.id == reservation.id, UsageEntry.outcome == LOST)
        .values(price_nano=price, **_counts(outcome))
        .returning(UsageEntry.id)
    )
    return updated.scalar() is not None


def _entry(
    reservation: Reservation, user_id: int | None, outcome: Outcome, price: int, now: datetime
) -> dict[str, object]:
    return {
        "id": reservation.id,
        "at": now,
        "day": reservation.day,
        "user_id": user_id,
        "feature": reservation.feature,
        "model": reservation.model,
        "price_nano": price,
        **_counts(outcome),
    }


def _counts(outcome: Outcome) -> dict[str, int | str]:
    return {
        "input_tokens": outcome.tokens.input,
        "output_tokens": outcome.tokens.output,
        "cache_read_tokens": outcome.tokens.cache_read,
        "cache_written_tokens": outcome.tokens.cache_written,
        "latency_ms": outcome.latency_ms,
        "outcome": outcome.outcome,
    }
