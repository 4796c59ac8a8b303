"""Users of external issuers in the database: found by issuer and subject, made on first sight."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import delete, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from glossator.accounts.tables import Account, Identity

# No hash: as slow to refuse as a wrong password, and never right.
NO_PASSWORD = "!"  # noqa: S105


@dataclass(frozen=True, slots=True)
class Person:
    """Whom a token names. `issued` is when, in seconds since 1970; `email` and `name` are the
    issuer's word, for display alone."""

    issuer: str
    subject: str
    issued: int
    email: str
    name: str


def find(session: Session, person: Person) -> tuple[Account, Identity] | None:
    """The user whom an issuer knows by that subject."""
    row = session.execute(
        select(Account, Identity)
        .join(Identity, Identity.user_id == Account.id)
        .where(Identity.issuer == person.issuer, Identity.subject == person.subject)
    ).first()
    return None if row is None else (row[0], row[1])


def create(session: Session, person: Person) -> None:
    """A new user for an identity; nothing where another request has just made them."""
    account = Account(
        email=person.email,
        email_key=_key(person),
        password_hash=NO_PASSWORD,
        name=person.name,
    )
    try:
        with session.begin_nested():
            session.add(account)
            session.flush()
            session.add(Identity(issuer=person.issuer, subject=person.subject, user_id=account.id))
    except IntegrityError:
        return


def refuse_until(session: Session, user_id: int, moment: int) -> None:
    """Refuse all tokens of a user that were issued up to a moment, in seconds since 1970."""
    session.execute(
        update(Identity)
        .where(Identity.user_id == user_id, Identity.refused_until < moment)
        .values(refused_until=moment)
    )


def issuers(session: Session, user_ids: Collection[int]) -> dict[int, str]:
    """The issuer of each of the users who have one."""
    rows = select(Identity.user_id, Identity.issuer).where(Identity.user_id.in_(user_ids))
    return {row.user_id: row.issuer for row in session.execute(rows)}


def export(session: Session, user_id: int) -> list[dict[str, str]]:
    """By which issuers, and as whom, a user is known."""
    rows = session.scalars(select(Identity).where(Identity.user_id == user_id))
    return [{"issuer": row.issuer, "subject": row.subject} for row in rows]


def forget(session: Session, user_id: int) -> None:
    """Remove what issuers know a user by."""
    session.execute(delete(Identity).where(Identity.user_id == user_id))


def _key(person: Person) -> str:
    """What stands where others have their address: no address is ever in capitals there
    (`emails.key`), so nobody signs up, in or over by an address that an issuer tells."""
    both = f"{person.issuer}\n{person.subject}".encode()
    return f"EXTERNAL {hashlib.sha256(both).hexdigest()}"
