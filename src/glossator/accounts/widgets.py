"""The widget's tokens: for minutes, for one site and one book, and never a user's.

A token stands for a guest, or for a user who agreed in a window of our own. It is sent as
`Authorization: Widget TOKEN`, signed with a key of its own, and good for the calls of `MAY`
alone, which see its one book and nothing else of the user's. The origin is no secret: a program can
write any. What guards the money are the allowances of the address or the user, and the budget.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import jwt
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from glossator.accounts.service import login_of
from glossator.accounts.sites import OriginRefused, Sites
from glossator.accounts.tables import Account, Login, now
from glossator.accounts.throttle import counted
from glossator.accounts.tokens import ISSUER, Claims, derived, not_of_the_future, refused
from glossator.foundation.database import Database
from glossator.foundation.errors import NotFound
from glossator.foundation.telemetry import log

if TYPE_CHECKING:
    from glossator.accounts.callers import Anyone

SCHEME = "widget"
LASTS = timedelta(minutes=10)
# How long a user's agreement is renewed from an open page, without being asked again.
AGREED = timedelta(hours=12)

# What a widget calls; everything else refuses its token. Foreign sites are answered (CORS) here.
MAY: Mapping[str, re.Pattern[str]] = {
    "GET": re.compile(r"/api/books/[^/]+|/api/chapters/.+|/api/usage"),
    "POST": re.compile(
        r"/api/chat/(?:ask|selected-text)|/api/search|/api/(?:translate|personalize)/chapter"
    ),
}

_ALGORITHM = "HS256"
_AUDIENCE = f"{ISSUER}:{SCHEME}"
_LONGEST = 2_000
_GUEST = "guest"


# The ids of the books that somebody may see; the library decides it.
Visible = Callable[[Session, "Anyone"], Container[str]]


@dataclass(frozen=True, slots=True)
class Pass:
    """What a token says: where it is good, for which book, and for whom (None for a guest)."""

    origin: str
    book_id: str
    login: Claims | None


@dataclass(frozen=True, slots=True)
class WidgetLimits:
    """Tokens in a clock hour: for one network address, and for one site."""

    address: int = 600
    site: int = 20_000


class WidgetTokens:
    """Signs and reads the tokens."""

    def __init__(self, secret: bytes) -> None:
        self._key = derived(secret, SCHEME)

    def issue(self, given: Pass, *, issued: datetime) -> str:
        """A token that is good from now on for `LASTS`."""
        login = given.login
        claims = {
            "sub": str(login.user_id) if login else _GUEST,
            "iat": int(issued.timestamp()),
            "exp": int((issued + LASTS).timestamp()),
            "iss": ISSUER,
            "aud": _AUDIENCE,
            "origin": given.origin,
            "book": given.book_id,
            **({"sid": login.login_id} if login else {}),
        }
        return jwt.encode(claims, self._key, algorithm=_ALGORITHM)

    def read(self, token: str) -> Pass:
        """What a token says; raises `Unauthorized`, in the same words for every reason."""
        if len(token) > _LONGEST or not token.isascii():
            raise refused()
        try:
            claims = jwt.decode(
                token,
                self._key,
                algorithms=[_ALGORITHM],
                issuer=ISSUER,
                audience=_AUDIENCE,
                options={
                    "require": ["sub", "iat", "exp", "iss", "aud", "origin", "book"],
                    "verify_iat": False,
                },
            )
        except (jwt.PyJWTError, ValueError, OverflowError, RecursionError):
            raise refused() from None
        not_of_the_future(claims)
        guest = claims["sub"] == _GUEST
        login = None if guest else Claims(int(claims["sub"]), str(claims["sid"]))
        return Pass(str(claims["origin"]), str(claims["book"]), login)


class Widgets:
    """The service behind `/api/widget`."""

    def __init__(
        self,
        database: Database,
        tokens: WidgetTokens,
        sites: Sites,
        visible: Visible,
        most: WidgetLimits,
    ) -> None:
        self.sites = sites
        self._database = database
        self._visible = visible
        self._tokens = tokens
        self._most = most

    def check_site(self, origin: str, book_id: str) -> None:
        """Raises `OriginRefused` where the book may not be used there."""
        if not self.sites.allow(origin, book_id):
            raise OriginRefused(
                "This site may not use this book yet. Whoever runs the server adds it to "
                "GLOSSATOR_ALLOWED_ORIGINS, or gives the book this site's address as its url."
            )

    def sees(self, caller: Anyone, book_id: str) -> bool:
        """Whether the caller may see a book."""
        with self._database.reading() as session:
            return book_id in self._visible(session, caller)

    def count(self, origin: str, address: str) -> None:
        """Count one token; raises `TooMany`."""
        wanted = {
            f"widget:address:{address}": self._most.address,
            f"widget:site:{origin}": self._most.site,
        }
        counted(
            self._database,
            wanted,
            "Too many pages have asked this hour. Wait until the next full hour.",
        )

    def for_guest(self, origin: str, book_id: str) -> str:
        """A guest's token; whether the guest may see the book, and the site, was checked."""
        return self._tokens.issue(Pass(origin, book_id, None), issued=now())

    def agree(self, session: Session, user_id: int, origin: str, book_id: str) -> str:
        """A user lets a site ask about a book in their name: a login of its own, and its token."""
        moment = now()
        login = Login(
            id=secrets.token_urlsafe(18),
            user_id=user_id,
            kind=kind_of(origin),
            created_at=moment,
            expires_at=moment + AGREED,
            last_seen_at=moment,
        )
        session.add(login)
        log(__name__).info("widget agreed", user=user_id, site=origin)
        given = Pass(origin, book_id, Claims(user_id, login.id))
        return self._tokens.issue(given, issued=moment)

    def renew(self, token: str, origin: str, book_id: str) -> str:
        """A new token for a good one of that book, as long as the agreement behind it lasts."""
        given, _ = self.whose(token, origin)
        if given.book_id != book_id:
            raise refused()
        return self._tokens.issue(given, issued=now())

    def whose(self, token: str, origin: str) -> tuple[Pass, tuple[Account, Login] | None]:
        """Whom a token stands for, sent from a page of `origin`.

        Raises `Unauthorized` where it isn't good, good elsewhere alone, or the site has lost the
        book since.
        """
        given = self._tokens.read(token)
        if given.origin != origin or not self.sites.allow(origin, given.book_id):
            raise refused()
        if given.login is None:
            return given, None
        with self._database.reading() as session:
            return given, login_of(session, given.login, kind_of(given.origin))


def may(method: str, path: str) -> bool:
    """Whether a widget may make this call."""
    allowed = MAY.get(method)
    return allowed is not None and allowed.fullmatch(path) is not None


def kind_of(origin: str) -> str:
    """The kind of the logins by which a site acts for users."""
    return f"{SCHEME}:{origin}"


def agreements(session: Session, user_id: int) -> list[Login]:
    """The sites that may ask in a user's name now, the latest first."""
    return list(
        session.scalars(
            select(Login)
            .where(
                Login.user_id == user_id,
                Login.kind.startswith(f"{SCHEME}:", autoescape=True),
                Login.revoked_at.is_(None),
                Login.expires_at > now(),
            )
            .order_by(Login.created_at.desc(), Login.id)
        )
    )


def withdraw(session: Session, user_id: int, agreement_id: str) -> None:
    """End one of them; raises `NotFound`, the same for somebody else's."""
    ended = session.execute(
        update(Login)
        .where(
            Login.id == agreement_id,
            Login.user_id == user_id,
            Login.kind.startswith(f"{SCHEME}:", autoescape=True),
            Login.revoked_at.is_(None),
        )
        .values(revoked_at=now())
        .returning(Login.id)
    ).scalar()
    if ended is None:
        raise NotFound("There is no such agreement.")
