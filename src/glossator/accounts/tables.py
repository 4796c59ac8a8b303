"""Tables of the accounts: users, their logins and identities elsewhere, invitations."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import BigInteger, DateTime, ForeignKey, Text, true
from sqlalchemy.orm import Mapped, mapped_column

from glossator.foundation.database import Table


def now() -> datetime:
    """The present moment, in UTC."""
    return datetime.now(UTC)


class Account(Table):
    """A user. `email` is as typed, `email_key` the normalised form that is unique.

    A user of an external issuer has the issuer's word as `email`, which proves nothing, and an
    `email_key` and a `password_hash` that nothing typed can match (identities.py).
    `programming_level` is beginner, intermediate or advanced; `hardware` none, gpu, jetson or
    robotics; `role` user, author or admin. A user with `disabled_at` can't sign in. Without
    `questions_told` authors don't read the questions that the books didn't answer.
    """

    __tablename__ = "users"
    # Else SQLite gives the number of a deleted user to the next one.
    __table_args__ = {"sqlite_autoincrement": True}  # noqa: RUF012  read by SQLAlchemy

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(Text)
    email_key: Mapped[str] = mapped_column(Text, unique=True)
    password_hash: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    programming_level: Mapped[str] = mapped_column(Text, default="beginner")
    hardware: Mapped[str] = mapped_column(Text, default="none")
    role: Mapped[str] = mapped_column(Text, default="user")
    disabled_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    questions_told: Mapped[bool] = mapped_column(default=True, server_default=true())
    questions_asked: Mapped[int] = mapped_column(default=0, server_default="0")
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=now)
    updated_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=now)


class Login(Table):
    """A login that can be revoked; every token names one.

    `kind` is bearer or cookie, or `widget:ORIGIN` for what a person let a site's widget do.
    """

    __tablename__ = "sessions"

    id: Mapped[str] = mapped_column(Text, primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    kind: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=now)
    expires_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    revoked_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    last_seen_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=now)


class Identity(Table):
    """A user as an external issuer knows them: by `issuer` and `subject`, never by an address.

    Tokens issued up to `refused_until` (seconds since 1970) are refused: it's how they are
    ended, for they name no login of ours.
    """

    __tablename__ = "identities"

    issuer: Mapped[str] = mapped_column(Text, primary_key=True)
    subject: Mapped[str] = mapped_column(Text, primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    refused_until: Mapped[int] = mapped_column(BigInteger, default=0)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=now)


class Invitation(Table):
    """An invitation to sign up, known by the SHA-256 of its code; good for `uses_left` users."""

    __tablename__ = "invitations"

    code_hash: Mapped[str] = mapped_column(Text, primary_key=True)
    uses_left: Mapped[int]
    note: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), default=now)
