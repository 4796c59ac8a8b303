"""All that is kept of one person: given to them, and removed when they leave.

Each room tells and forgets its own part as a `Keeper`; the composition root hands them in, so
that this room need not know the ones above it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from glossator.accounts import people, throttle
from glossator.accounts.tables import Account, Invitation, Login, now
from glossator.accounts.tokens import refused
from glossator.foundation.errors import Conflict
from glossator.foundation.telemetry import log
from glossator.foundation.web import moment


class LastAdmin(Conflict):
    """The account is the only one that can administrate."""

    type = "last-admin"
    title = "This is the only administrator"


@dataclass(frozen=True, slots=True)
class Keeper:
    """What one room keeps of a user: its name in the export, how to tell and how to forget it.

    `forget` must remove every row and value that names the user by number.
    """

    name: str
    export: Callable[[Session, int], Any]
    forget: Callable[[Session, int], None]


class PersonalData:
    """Everything of one user, whichever room keeps it; works in the caller's transaction."""

    def __init__(self, keepers: Sequence[Keeper]) -> None:
        self._keepers = tuple(keepers)

    def export(self, session: Session, user_id: int) -> dict[str, Any]:
        """One document with everything but secrets; raises `Unauthorized` for who has left."""
        account = session.get(Account, user_id)
        if account is None:
            raise refused()
        return {
            "exported_at": now().isoformat(),
            "account": _account_object(account),
            "logins": [_login_object(row) for row in _logins(session, user_id)],
            **{keeper.name: keeper.export(session, user_id) for keeper in self._keepers},
        }

    def remove(self, session: Session, user_id: int) -> None:
        """Delete a user and all that names them; raises `LastAdmin`, `Unauthorized` when gone.

        What must stay, such as the sums of the ledger, stays without a name.
        """
        role = session.scalar(select(Account.role).where(Account.id == user_id))
        if role == "admin":
            keep_an_administrator(session, user_id)
        # Waits for whoever holds the user, and lets nobody add anything from now on.
        account = session.get(Account, user_id, with_for_update=True)
        if account is None:
            raise refused()
        for keeper in self._keepers:
            keeper.forget(session, user_id)
        throttle.forget(session, account.email_key)
        noted = func.lower(Invitation.note).contains(account.email.lower(), autoescape=True)
        session.execute(update(Invitation).where(noted).values(note=""))
        session.execute(delete(Login).where(Login.user_id == user_id))
        session.execute(delete(Account).where(Account.id == user_id))
        log(__name__).info("an account was deleted")


def keep_an_administrator(session: Session, user_id: int) -> None:
    """Raise `LastAdmin` where nobody but this user can administrate."""
    # Locked in one order: of the last two who leave at once, the second sees itself alone.
    admins = session.scalars(
        select(Account.id)
        .where(Account.role == "admin", Account.disabled_at.is_(None))
        .order_by(Account.id)
        .with_for_update()
    ).all()
    if list(admins) == [user_id]:
        raise LastAdmin(
            "This is the only administrator. Make somebody else one first: "
            "glossator user role EMAIL admin."
        )


def _logins(session: Session, user_id: int) -> Sequence[Login]:
    found = select(Login).where(Login.user_id == user_id).order_by(Login.created_at, Login.id)
    return session.scalars(found).all()


def _account_object(account: Account) -> dict[str, Any]:
    return {
        **people.person_object(account),
        "questions_asked": account.questions_asked,
        "created_at": moment(account.created_at),
        "updated_at": moment(account.updated_at),
    }


def _login_object(login: Login) -> dict[str, Any]:
    # Without its id, which every token of it carries.
    return {
        "kind": login.kind,
        "created_at": moment(login.created_at),
        "expires_at": moment(login.expires_at),
        "revoked_at": login.revoked_at and moment(login.revoked_at),
        "last_seen_at": moment(login.last_seen_at),
    }
