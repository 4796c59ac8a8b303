"""Tables of usage: overrides of allowances, money, reservations, the ledger, the switch."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import BigInteger, Date, DateTime, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from glossator.foundation.database import Table


class AllowanceOverride(Table):
    """An allowance of one user (`user:7`) or of a role (`role:author`); None is unlimited.

    Under the name `budget_cents` it is a share of the day's money.
    """

    __tablename__ = "allowance_overrides"

    subject: Mapped[str] = mapped_column(Text, primary_key=True)
    allowance: Mapped[str] = mapped_column(Text, primary_key=True)
    amount: Mapped[int | None]


class Switch(Table):
    """A switch that is on; one that is off has no row."""

    __tablename__ = "switches"

    name: Mapped[str] = mapped_column(Text, primary_key=True)


class BudgetDay(Table):
    """Money of a day (UTC) that is settled or reserved, in nano-dollars.

    `account` is `all`, or a caller's key, which is kept for two days. The row of `all` always
    equals the day's ledger and reservations together.
    """

    __tablename__ = "budget_days"

    day: Mapped[date] = mapped_column(Date, primary_key=True)
    account: Mapped[str] = mapped_column(Text, primary_key=True)
    committed_nano: Mapped[int] = mapped_column(BigInteger)
    warned: Mapped[bool]


class BudgetReservation(Table):
    """Money held for a call in progress: its upper bound, until it is settled or expires."""

    __tablename__ = "budget_reservations"

    id: Mapped[str] = mapped_column(Text, primary_key=True)
    day: Mapped[date] = mapped_column(Date)
    account: Mapped[str | None] = mapped_column(Text)
    user_id: Mapped[int | None]
    feature: Mapped[str] = mapped_column(Text)
    model: Mapped[str] = mapped_column(Text)
    amount_nano: Mapped[int] = mapped_column(BigInteger)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    expires_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), index=True)


class UsageEntry(Table):
    """A model call in the ledger; its id is that of the reservation it was paid from.

    `day` (UTC) is the day whose budget paid. `input_tokens` counts all input, what was read
    from and written to the provider's cache included. After `GLOSSATOR_RETENTION_DAYS` it is
    folded into `UsageSum`.
    """

    __tablename__ = "api_usage_log"
    # By day for sums and retention, by user for what one person wants to see or have removed.
    __table_args__ = (
        Index("ix_api_usage_log_day_user_id", "day", "user_id"),
        Index("ix_api_usage_log_user_id", "user_id"),
    )

    id: Mapped[str] = mapped_column(Text, primary_key=True)
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    day: Mapped[date] = mapped_column(Date)
    user_id: Mapped[int | None]
    feature: Mapped[str] = mapped_column(Text)
    model: Mapped[str] = mapped_column(Text)
    input_tokens: Mapped[int]
    output_tokens: Mapped[int]
    cache_read_tokens: Mapped[int]
    cache_written_tokens: Mapped[int]
    price_nano: Mapped[int] = mapped_column(BigInteger)
    latency_ms: Mapped[int]
    outcome: Mapped[str] = mapped_column(Text)


class UsageSum(Table):
    """What old entries of the ledger were together, without a name and a time of day."""

    __tablename__ = "api_usage_sums"

    day: Mapped[date] = mapped_column(Date, primary_key=True)
    feature: Mapped[str] = mapped_column(Text, primary_key=True)
    model: Mapped[str] = mapped_column(Text, primary_key=True)
    outcome: Mapped[str] = mapped_column(Text, primary_key=True)
    calls: Mapped[int] = mapped_column(BigInteger)
    input_tokens: Mapped[int] = mapped_column(BigInteger)
    output_tokens: Mapped[int] = mapped_column(BigInteger)
    cache_read_tokens: Mapped[int] = mapped_column(BigInteger)
    cache_written_tokens: Mapped[int] = mapped_column(BigInteger)
    price_nano: Mapped[int] = mapped_column(BigInteger)
    latency_ms: Mapped[int] = mapped_column(BigInteger)
