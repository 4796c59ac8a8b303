"""Signing up, in and out; whose a token is.

No password is hashed inside a transaction: on SQLite a writer would keep all others waiting.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool

from glossator.accounts import emails, people
from glossator.accounts.identities import NO_PASSWORD
from glossator.accounts.passwords import Passwords
from glossator.accounts.tables import Account, Login, now
from glossator.accounts.throttle import Throttle
from glossator.accounts.tokens import Claims, Kind, Tokens, refused
from glossator.foundation.database import Database, in_utc
from glossator.foundation.errors import BadRequest, Unauthorized
from glossator.foundation.telemetry import log

SignUp = Literal["open", "closed", "invite"]

# Noting each request would make every read a write.
SEEN_EVERY = timedelta(minutes=10)
# Tokens whose last check is kept until something is written.
_KNOWN = 2_000
# Built once: asked in every request.
_WHOSE = (
    select(Account, Login)
    .join(Login, Login.user_id == Account.id)
    .where(
        Login.id == bindparam("login"),
        Login.user_id == bindparam("user"),
        Login.kind == bindparam("kind"),
        Login.revoked_at.is_(None),
        Login.expires_at > bindparam("now"),
        Account.disabled_at.is_(None),
    )
)


class WrongPassword(BadRequest):
    """The current password, asked for again, isn't right."""

    type = "wrong-password"
    title = "The current password isn't right"


class NotConfirmed(BadRequest):
    """What has to be typed as a confirmation isn't right."""

    type = "not-confirmed"
    title = "The confirmation isn't right"


@dataclass(frozen=True, slots=True)
class Policy:
    """Who may sign up, and how long a login lasts."""

    sign_up: SignUp = "open"
    lasts: timedelta = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class NewUser:
    """What somebody signs up with."""

    email: str
    password: str
    name: str
    programming_level: people.Level = "beginner"
    hardware: people.Hardware = "none"
    invitation: str | None = None


@dataclass(frozen=True, slots=True)
class Issued:
    """A login just made: its token, the word against forged requests, and its end."""

    token: str
    csrf: str
    kind: Kind
    expires: datetime


def login_of(session: Session, claims: Claims, kind: str) -> tuple[Account, Login]:
    """The user and the login that a checked token names; raises `Unauthorized` if it has ended."""
    asked = {"login": claims.login_id, "user": claims.user_id, "kind": kind, "now": now()}
    row = session.execute(_WHOSE, asked).first()
    if row is None:
        raise refused()
    return row[0], row[1]


class Accounts:
    """The service behind `/api/auth`."""

    def __init__(
        self,
        database: Database,
        passwords: Passwords,
        tokens: Tokens,
        throttle: Throttle,
        policy: Policy,
    ) -> None:
        self.tokens = tokens
        self._database = database
        self._passwords = passwords
        self._throttle = throttle
        self._policy = policy
        self._known: dict[str, tuple[int, tuple[Account, Login]]] = {}

    async def sign_up(self, new: NewUser, *, address: str, kind: Kind) -> Issued:
        """Make a user and their first login.

        Raises `Unusable`, `TooMany`, `people.NotInvited` and `people.EmailExists`.
        """
        if self._policy.sign_up == "closed":
            raise people.NotInvited(
                "Signing up is closed here. Ask whoever runs this server for an account."
            )
        self._passwords.check(new.password, emails.checked(new.email))
        await run_in_threadpool(self._throttle.sign_up, address)
        hashed = await self._passwords.hash(new.password)
        return await run_in_threadpool(self._made, new, hashed, kind)

    async def log_in(self, email: str, password: str, *, address: str, kind: Kind) -> Issued:
        """A new login. Raises `TooMany`, and `Unauthorized` in the same words and after the
        same time whether the address or the password is wrong."""
        counted = await run_in_threadpool(self._throttle.sign_in, emails.key(email), address)
        account = await run_in_threadpool(self._found, email)
        fits, newer = await self._passwords.verify(
            password, account.password_hash if account else None
        )
        if account is None or not fits or account.disabled_at is not None:
            log(__name__).info("sign-in refused", address=address)
            raise Unauthorized("The e-mail address or the password isn't right.")
        issued = await run_in_threadpool(self._logged_in, account, newer, kind)
        await run_in_threadpool(self._throttle.succeeded, counted)
        return issued

    async def change_password(
        self, account_id: int, login_id: str, current: str, new: str, *, address: str
    ) -> None:
        """Set a new password and end all other logins. Raises `WrongPassword`, `Unusable`."""
        account = await run_in_threadpool(self._by_id, account_id)
        self._passwords.check(new, account.email, field="new_password")
        counted = await run_in_threadpool(self._throttle.sign_in, account.email_key, address)
        fits, _ = await self._passwords.verify(current, account.password_hash)
        if not fits:
            raise WrongPassword("The current password isn't right. Type it again.")
        hashed = await self._passwords.hash(new)
        await run_in_threadpool(self._set_password, account_id, hashed, login_id)
        await run_in_threadpool(self._throttle.succeeded, counted)

    async def confirm(
        self, account_id: int, *, password: str | None, email: str | None, address: str
    ) -> None:
        """Ask again who it is before something that can't be undone.

        By the password, or where the account has none by its e-mail address. Raises
        `WrongPassword`, `NotConfirmed`, `TooMany`.
        """
        account = await run_in_threadpool(self._by_id, account_id)
        counted = await run_in_threadpool(self._throttle.sign_in, account.email_key, address)
        if account.password_hash != NO_PASSWORD:
            fits, _ = await self._passwords.verify(password or "", account.password_hash)
            if not fits:
                raise WrongPassword("The password isn't right. Send it as `password`.")
        elif emails.key(email or "") != emails.key(account.email):
            raise NotConfirmed("To confirm, send the account's e-mail address as `email`.")
        await run_in_threadpool(self._throttle.succeeded, counted)

    def whose(self, session: Session, token: str, kind: Kind) -> tuple[Account, Login]:
        """The user and the login of a token; raises `Unauthorized`."""
        return login_of(session, self.tokens.read(token, kind), kind)

    def known(self, token: str) -> tuple[Account, Login] | None:
        """As `whose` for a bearer's token that was good before, if nothing was written since."""
        kept = self._known.get(token)
        if kept is None or kept[0] != self._database.changes():
            return None
        return kept[1] if in_utc(kept[1][1].expires_at) > now() else None

    def remember(self, token: str, version: int | None, found: tuple[Account, Login]) -> None:
        """Keep what `whose` found at a version of the database, which was asked for before it."""
        if version is not None:
            if len(self._known) >= _KNOWN:
                self._known.clear()
            self._known[token] = version, found

    def seen(self, login_id: str) -> None:
        """Note that a login was used."""
        moment = now()
        with self._database.writing() as session:
            session.execute(
                update(Login)
                .where(Login.id == login_id, Login.last_seen_at < moment - SEEN_EVERY)
                .values(last_seen_at=moment)
            )

    def log_out(self, session: Session, login_id: str) -> None:
        """End one login."""
        session.execute(update(Login).where(Login.id == login_id).values(revoked_at=now()))

    def _found(self, email: str) -> Account | None:
        with self._database.reading() as session:
            return people.find(session, email)

    def _by_id(self, account_id: int) -> Account:
        with self._database.reading() as session:
            account = session.get(Account, account_id)
        if account is None:
            raise refused()
        return account

    def _made(self, new: NewUser, hashed: str, kind: Kind) -> Issued:
        with self._database.writing() as session:
            # First: without an invitation nobody learns which addresses have an account.
            if self._policy.sign_up == "invite":
                people.use_invitation(session, new.invitation or "")
            account = people.create(
                session,
                email=new.email,
                password_hash=hashed,
                name=new.name.strip(),
                programming_level=new.programming_level,
                hardware=new.hardware,
            )
            issued = self._issue(session, account.id, kind)
        log(__name__).info("signed up", user=account.id)
        return issued

    def _logged_in(self, account: Account, newer: str | None, kind: Kind) -> Issued:
        with self._database.writing() as session:
            # Not if the password or the account changed while this one was being verified.
            current = session.scalar(
                select(Account.id)
                .where(
                    Account.id == account.id,
                    Account.password_hash == account.password_hash,
                    Account.disabled_at.is_(None),
                )
                .with_for_update(read=True, key_share=True)
            )
            if current is None:
                raise Unauthorized("The e-mail address or the password isn't right.")
            if newer is not None:
                people.change(session, account.id, {"password_hash": newer})
            issued = self._issue(session, account.id, kind)
        log(__name__).info("signed in", user=account.id)
        return issued

    def _set_password(self, account_id: int, hashed: str, login_id: str) -> None:
        with self._database.writing() as session:
            people.change(session, account_id, {"password_hash": hashed})
            people.end_logins(session, account_id, but=login_id)
        log(__name__).info("password changed", user=account_id)

    def _issue(self, session: Session, user_id: int, kind: Kind) -> Issued:
        moment = now()
        expires = moment + self._policy.lasts
        login = Login(
            id=secrets.token_urlsafe(18),
            user_id=user_id,
            kind=kind,
            created_at=moment,
            expires_at=expires,
            last_seen_at=moment,
        )
        session.add(login)
        token = self.tokens.issue(user_id, login.id, kind, issued=moment, expires=expires)
        return Issued(token, self.tokens.csrf(login.id), kind, expires)
