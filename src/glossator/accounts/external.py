"""Tokens of external issuers: told apart from ours, checked, and whose they are.

A token takes one way: an `iss` that is set goes to that issuer's keys and pinned algorithms,
which are never a shared secret; anything else goes to our own (tokens.py).
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from typing import Any

import jwt
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool

from glossator.accounts import emails, identities
from glossator.accounts.identities import Person
from glossator.accounts.issuers import Issuer
from glossator.accounts.keys import KeyRing, PublicKey
from glossator.accounts.tables import Account, Identity
from glossator.accounts.tokens import refused
from glossator.foundation.database import Database
from glossator.foundation.errors import Forbidden, Unusable
from glossator.foundation.telemetry import log
from glossator.gateways.ports import KeySets

# Seconds that clocks may differ.
LEEWAY = 30
# Characters. Issuers write groups and roles into tokens.
_LONGEST = 16_000
_LONGEST_SUBJECT, _LONGEST_NAME = 255, 200
_REQUIRED = ["iss", "aud", "sub", "iat", "exp"]


class NotAdmitted(Forbidden):
    """A good token of somebody who has no account here and can't get one this way."""

    type = "sign-up-refused"
    title = "Signing up isn't possible this way"


class External:
    """The service for tokens of external issuers.

    `open_sign_up` holds for issuers that don't say whether their users get accounts.
    """

    def __init__(
        self,
        database: Database,
        issuers: Sequence[Issuer],
        source: KeySets,
        *,
        open_sign_up: bool = True,
    ) -> None:
        self._database = database
        self._open_sign_up = open_sign_up
        self._rings = {issuer.name: (issuer, KeyRing(issuer, source)) for issuer in issuers}

    def takes(self, token: str) -> bool:
        """Whether a token says that it comes from one of the issuers."""
        return bool(self._rings) and _said_issuer(token) in self._rings

    async def whose(self, token: str) -> tuple[Account, Person]:
        """The user of a token that `takes` is true for, made where seen first.

        Raises `Unauthorized` in the same words for every reason, `NotAdmitted`, and
        `Unavailable` where the issuer's keys can't be had.
        """
        issuer, ring = self._rings[_said_issuer(token) or ""]
        key_id, algorithm = _header(token, issuer)
        key = await ring.find(key_id)
        if algorithm not in key.algorithms:
            raise refused()
        return await run_in_threadpool(self._whose, token, issuer, key, algorithm)

    def close(self) -> None:
        """Let the threads end."""
        for _, ring in self._rings.values():
            ring.close()

    def _whose(
        self, token: str, issuer: Issuer, key: PublicKey, algorithm: str
    ) -> tuple[Account, Person]:
        person = read(token, issuer, key, algorithm)
        with self._database.reading() as session:
            found = identities.find(session, person)
        if found is None:
            found = self._first_seen(person, issuer)
        account, identity = found
        if account.disabled_at is not None or person.issued <= identity.refused_until:
            raise refused()
        return account, person

    def _first_seen(self, person: Person, issuer: Issuer) -> tuple[Account, Identity]:
        allowed = self._open_sign_up if issuer.new_users is None else issuer.new_users
        if not allowed:
            raise NotAdmitted(
                "You have no account here, and this server makes none for new people. Ask "
                "whoever runs it."
            )
        with self._database.writing() as session:
            identities.create(session, person)
            account, identity = _there(session, person)
        log(__name__).info("seen first", user=account.id, issuer=issuer.name)
        return account, identity


def read(token: str, issuer: Issuer, key: PublicKey, algorithm: str) -> Person:
    """Whom a token names, its signature and claims checked; raises `Unauthorized`."""
    try:
        claims = jwt.decode(
            token,
            key.key,
            algorithms=[algorithm],
            issuer=issuer.name,
            audience=issuer.audience,
            leeway=LEEWAY,
            options={"require": _REQUIRED},
        )
    except (jwt.PyJWTError, ValueError, TypeError, OverflowError, RecursionError):
        # The last four: claims of nonsense types, below a good signature.
        raise refused() from None
    subject, issued, ends = claims["sub"], claims["iat"], claims["exp"]
    fits = isinstance(subject, str) and 0 < len(subject) <= _LONGEST_SUBJECT
    if not fits or not subject.isprintable() or not (_is_moment(issued) and _is_moment(ends)):
        raise refused()
    email = _email(claims)
    return Person(issuer.name, subject, int(issued), email, _name(claims, email))


def _there(session: Session, person: Person) -> tuple[Account, Identity]:
    found = identities.find(session, person)
    if found is None:
        raise refused()
    return found


def _said_issuer(token: str) -> str | None:
    """What a token says of itself, not yet proven."""
    parts = token.split(".")
    if len(token) > _LONGEST or len(parts) != 3:
        return None
    try:
        claims = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except (ValueError, RecursionError):
        return None
    said = claims.get("iss") if isinstance(claims, dict) else None
    return said if isinstance(said, str) else None


def _header(token: str, issuer: Issuer) -> tuple[str, str]:
    """The key's id and the algorithm; raises `Unauthorized` before anybody is asked for a key."""
    try:
        header = jwt.get_unverified_header(token)
    except (jwt.PyJWTError, ValueError, TypeError, OverflowError, RecursionError):
        raise refused() from None
    key_id, algorithm = header.get("kid"), header.get("alg")
    if not (isinstance(key_id, str) and key_id and isinstance(algorithm, str)):
        raise refused()
    if algorithm not in issuer.algorithms:
        raise refused()
    return key_id, algorithm


def _is_moment(value: object) -> bool:
    """Seconds since 1970, up to the year 9999; `True` is no number."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return 0 < value < 253_402_300_800


def _email(claims: Mapping[str, Any]) -> str:
    try:
        return emails.checked(str(claims.get("email", "")))
    except Unusable:
        return ""


def _name(claims: Mapping[str, Any], email: str) -> str:
    said = (claims.get("name"), claims.get("preferred_username"), email.partition("@")[0])
    for name in said:
        if isinstance(name, str) and name.strip() and name.isprintable():
            return name.strip()[:_LONGEST_NAME]
    return str(claims["sub"])[:_LONGEST_NAME]
