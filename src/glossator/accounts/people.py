"""Users in the database: made, found, changed; for the service and for operators."""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal, cast

from sqlalchemy import ColumnElement, Table, bindparam, func, select, true, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from glossator.accounts import emails, identities
from glossator.accounts.tables import Account, Invitation, Login, now
from glossator.accounts.tokens import refused
from glossator.foundation.errors import BadRequest, NotFound

Role = Literal["user", "author", "admin"]
Level = Literal["beginner", "intermediate", "advanced"]
Hardware = Literal["none", "gpu", "jetson", "robotics"]

_USERS = cast("Table", Account.__table__)
# Built once and over the table: both are asked for every question.
_HOLD = (
    select(_USERS.c.id)
    .where(_USERS.c.id == bindparam("user"))
    .with_for_update(read=True, key_share=True)
)
_COUNT = (
    update(_USERS)
    .where(_USERS.c.id == bindparam("user"))
    .values(questions_asked=_USERS.c.questions_asked + bindparam("more"))
)
_NUMBER = re.compile(r"[1-9][0-9]{0,8}")
ROLES: tuple[Role, ...] = ("user", "author", "admin")


class EmailExists(BadRequest):
    """The e-mail address already has an account."""

    type = "email-exists"
    title = "The e-mail address already has an account"


class NotInvited(BadRequest):
    """Signing up needs an invitation, or isn't possible at all."""

    type = "sign-up-refused"
    title = "Signing up isn't possible this way"


class NoPassword(BadRequest):
    """A user of an external issuer has no password here."""

    type = "no-password"
    title = "There is no password here"


def create(
    session: Session,
    *,
    email: str,
    password_hash: str,
    name: str,
    programming_level: Level = "beginner",
    hardware: Hardware = "none",
    role: Role = "user",
) -> Account:
    """A new user. Raises `EmailExists`, and `Unusable` for what is no address."""
    address = emails.checked(email)
    account = Account(
        email=address,
        email_key=emails.key(address),
        password_hash=password_hash,
        name=name,
        programming_level=programming_level,
        hardware=hardware,
        role=role,
    )
    try:
        with session.begin_nested():
            session.add(account)
    except IntegrityError:
        raise EmailExists(
            "This e-mail address already has an account. Sign in, or use another address."
        ) from None
    return account


def find(session: Session, email: str) -> Account | None:
    """The user with an e-mail address, in any spelling of it."""
    key = emails.key(email)
    return (
        None if "\x00" in key else session.scalar(select(Account).where(Account.email_key == key))
    )


def get(session: Session, who: str) -> Account:
    """The user with an e-mail address or a number; raises `NotFound`.

    Users of an external issuer are named by their number alone: their addresses are not proven.
    """
    number = int(who) if _NUMBER.fullmatch(who.strip()) else None
    account = find(session, who) if number is None else session.get(Account, number)
    if account is None:
        what = "address" if number is None else "number"
        raise NotFound(
            f"There is no user with the {what} {who}. `glossator user list` shows all; users of "
            "an external issuer are named by their number."
        )
    return account


def numbered(session: Session, number: str) -> Account:
    """The user with a number as it stands in an address; raises `NotFound`."""
    account = session.get(Account, int(number)) if _NUMBER.fullmatch(number) else None
    if account is None:
        raise NotFound("There is no user with this number.")
    return account


def listed(
    session: Session, page: int, page_size: int, words: str = ""
) -> tuple[Sequence[Account], int]:
    """A page of the users in the order they came, and how many there are.

    With `words` only those in whose address or name these stand.
    """
    wanted: ColumnElement[bool] = true()
    if words.strip():
        told = func.lower(Account.email + " " + Account.name)
        wanted = told.contains(words.strip().lower(), autoescape=True)
    rows = select(Account).where(wanted).order_by(Account.id)
    total = session.scalar(select(func.count(Account.id)).where(wanted)) or 0
    return session.scalars(rows.offset((page - 1) * page_size).limit(page_size)).all(), total


def last_seen(session: Session, users: Sequence[int]) -> Mapping[int, datetime]:
    """When a login of each of these users was last used; who has none is left out."""
    rows = session.execute(
        select(Login.user_id, func.max(Login.last_seen_at).label("at"))
        .where(Login.user_id.in_(users))
        .group_by(Login.user_id)
    )
    return {row.user_id: row.at for row in rows}


def change(session: Session, user_id: int, changes: Mapping[str, Any]) -> None:
    """Set columns of a user."""
    session.execute(
        update(Account).where(Account.id == user_id).values(**changes, updated_at=now())
    )


def hold(session: Session, user_id: int) -> None:
    """Keep a user from being deleted until the transaction ends.

    Before writing a row that names them: without it nothing of somebody who is leaving could
    come back. Raises `Unauthorized` where they have left.
    """
    found = session.scalar(_HOLD, {"user": user_id})
    if found is None:
        raise refused()


def count_question(session: Session, user_id: int, more: int = 1) -> None:
    """One more question was answered for a user, or so many."""
    session.execute(_COUNT, {"user": user_id, "more": more})


def questions_asked(session: Session, user_id: int) -> int:
    """How many questions were answered for a user."""
    return session.scalar(select(Account.questions_asked).where(Account.id == user_id)) or 0


def end_logins(session: Session, user_id: int, *, but: str | None = None) -> None:
    """Revoke a user's logins, all or all but one, and refuse their external tokens of up to now."""
    session.execute(
        update(Login)
        .where(Login.user_id == user_id, Login.revoked_at.is_(None), Login.id != (but or ""))
        .values(revoked_at=now())
    )
    identities.refuse_until(session, user_id, int(now().timestamp()))


def invite(session: Session, *, uses: int, note: str = "") -> str:
    """A new invitation's code, which is kept nowhere."""
    code = secrets.token_urlsafe(16)
    session.add(Invitation(code_hash=_hashed(code), uses_left=uses, note=note))
    return code


def use_invitation(session: Session, code: str) -> None:
    """Take one use of an invitation; raises `NotInvited` where there is none left."""
    taken = session.execute(
        update(Invitation)
        .where(Invitation.code_hash == _hashed(code), Invitation.uses_left > 0)
        .values(uses_left=Invitation.uses_left - 1)
        .returning(Invitation.code_hash)
    ).scalar()
    if taken is None:
        raise NotInvited(
            "Signing up here needs an invitation that is still good. Ask for one and send its "
            "code as `invitation`."
        )


def person_object(account: Account) -> dict[str, Any]:
    """A user as the command line shows them, and their export."""
    return {
        "id": account.id,
        "email": account.email,
        "name": account.name,
        "programming_level": account.programming_level,
        "hardware": account.hardware,
        "role": account.role,
        "questions_told": account.questions_told,
        "disabled": account.disabled_at is not None,
    }


def _hashed(code: str) -> str:
    # A code has 128 random bits: a plain hash can't be tried out.
    return hashlib.sha256(code.strip().encode("utf-8")).hexdigest()
