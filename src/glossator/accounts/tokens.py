"""Tokens: signed names of a login, for a header or for a cookie, and never one for the other."""

from __future__ import annotations

import hashlib
import hmac
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import jwt

from glossator.foundation.errors import Unauthorized

Kind = Literal["bearer", "cookie"]

ISSUER = "glossator"
_ALGORITHM = "HS256"
_LONGEST = 2_000
# Seconds that clocks may differ.
LEEWAY = 30
_NUMBER = re.compile(r"[1-9][0-9]{0,8}")
_LOGIN = re.compile(r"[A-Za-z0-9_-]{24}")
_WORDS = "The access token isn't valid or has ended. Sign in again."


@dataclass(frozen=True, slots=True)
class Claims:
    """What a token says: the user and the login; both still have to be looked up."""

    user_id: int
    login_id: str


class Tokens:
    """Signs and reads tokens with keys derived from one secret."""

    def __init__(self, secret: bytes) -> None:
        self._keys = {kind: derived(secret, kind) for kind in ("bearer", "cookie", "csrf")}

    def issue(
        self, user_id: int, login_id: str, kind: Kind, *, issued: datetime, expires: datetime
    ) -> str:
        """A token for a login."""
        claims = {
            "sub": str(user_id),
            "sid": login_id,
            "iat": int(issued.timestamp()),
            "exp": int(expires.timestamp()),
            "iss": ISSUER,
            "aud": _audience(kind),
        }
        return jwt.encode(claims, self._keys[kind], algorithm=_ALGORITHM)

    def read(self, token: str, kind: Kind) -> Claims:
        """What a token says; raises `Unauthorized`, in the same words for every reason."""
        if len(token) > _LONGEST or not token.isascii():
            raise Unauthorized(_WORDS)
        try:
            claims = jwt.decode(
                token,
                self._keys[kind],
                algorithms=[_ALGORITHM],
                issuer=ISSUER,
                audience=_audience(kind),
                options={
                    "require": ["sub", "sid", "iat", "exp", "iss", "aud"], "verify_iat": False,
                },
            )  # fmt: skip
        except (jwt.PyJWTError, ValueError, OverflowError, RecursionError):
            # The last three: a header of nonsense is parsed before the signature is checked.
            raise Unauthorized(_WORDS) from None
        subject, login = claims["sub"], claims["sid"]
        # What a database can't even look up must not get there.
        if not (_NUMBER.fullmatch(subject) and isinstance(login, str) and _LOGIN.fullmatch(login)):
            raise Unauthorized(_WORDS)
        not_of_the_future(claims)
        return Claims(int(subject), login)

    def csrf(self, login_id: str) -> str:
        """The word that a page must send beside its cookie, bound to the login."""
        return hmac.new(self._keys["csrf"], login_id.encode("utf-8"), hashlib.sha256).hexdigest()


def not_of_the_future(claims: Mapping[str, Any]) -> None:
    """Raise `Unauthorized` for a token that was issued later than clocks may differ.

    Several servers' clocks do, and one may be set back: a token of a moment ago is good then.
    """
    issued = claims["iat"]
    if not isinstance(issued, int) or issued > time.time() + LEEWAY:
        raise refused()


def refused() -> Unauthorized:
    """The error for a token that is signed but no longer good."""
    return Unauthorized(_WORDS)


def _audience(kind: Kind) -> str:
    return f"glossator:{kind}"


def derived(secret: bytes, purpose: str) -> bytes:
    """The key of one purpose: what one has signed, none of the others takes for good."""
    return hmac.new(secret, f"glossator:{purpose}".encode(), hashlib.sha256).digest()
