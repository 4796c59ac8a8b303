"""Permission as a type in a route's signature: who the caller is, and what their role allows.

`Caller` takes everybody, guests too; `User` needs a token, `Author` and `Admin` a role besides.
A token that isn't good is refused everywhere, also where none is needed. The check
has a short transaction of its own, ended before the route begins its one. A token of an
external issuer goes its own way from the first look at it on, and no cookie carries one; so does
a widget's, which has a scheme of its own.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, timedelta
from types import MappingProxyType
from typing import Annotated, Literal, cast

from fastapi import BackgroundTasks, Depends, Request
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool

from glossator.accounts import cookies, widgets
from glossator.accounts.external import External
from glossator.accounts.identities import Person
from glossator.accounts.service import SEEN_EVERY, Accounts
from glossator.accounts.tables import Account, Login, now
from glossator.accounts.tokens import Kind, refused
from glossator.foundation.database import Database
from glossator.foundation.errors import Forbidden, Unauthorized
from glossator.foundation.journal import note
from glossator.foundation.web import Address

LoginKind = Kind | Literal["external", "widget"]

_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(frozen=True, slots=True)
class Guest:
    """Somebody without an account, known by the address they come from.

    With `books` they ask through a site's widget, and see no other ones.
    """

    address: str = "unknown"
    books: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class Member:
    """A user who signed in, with the facts of this moment and the login they came by.

    With a token of an external issuer there is no login of ours: `login_id` is empty, and
    `token_issued` says when the token was issued, in seconds since 1970. With `books` a site's
    widget asks in the user's name: of all that is theirs it sees these books alone.
    """

    id: int
    email: str
    name: str
    programming_level: str
    hardware: str
    role: str
    login_id: str
    login_kind: LoginKind
    token_issued: int = 0
    books: frozenset[str] | None = None
    questions_told: bool = True


@dataclass(frozen=True, slots=True)
class Operator:
    """Whoever has the data folder in their hands: the command line."""


Anyone = Member | Guest | Operator


class Forged(Forbidden):
    """A request with a cookie but without the page's own word: it may come from elsewhere."""

    type = "csrf"
    title = "The request didn't come from our own page"


@dataclass(frozen=True, slots=True)
class Unchecked:
    """A token of ours that came with a request and has yet to be looked up."""

    request: Request
    token: str
    cookie: str
    background: BackgroundTasks

    def member(self, session: Session) -> Member:
        """Whose it is; raises `Unauthorized`."""
        account, login = self.found(session)
        return self.seen(account, login)

    def found(self, session: Session) -> tuple[Account, Login]:
        """The user and the login; raises `Unauthorized`."""
        accounts = cast("Accounts", self.request.state.accounts)
        if self.token:
            return accounts.whose(session, self.token, "bearer")
        return _by_cookie(accounts, self.request, session, self.cookie)

    def seen(self, account: Account, login: Login) -> Member:
        """The member that they are; the login was used now."""
        if login.last_seen_at.replace(tzinfo=UTC) < now() - SEEN_EVERY - timedelta(seconds=1):
            # Afterwards: this request may hold SQLite's one write lock.
            accounts = cast("Accounts", self.request.state.accounts)
            self.background.add_task(accounts.seen, login.id)
        return _with(account, login_id=login.id, login_kind=cast("Kind", login.kind))


async def _token(
    request: Request, address: Address, background: BackgroundTasks
) -> Member | Guest | Unchecked:
    headers, cookie = request.headers.getlist("authorization"), cookies.token(request)
    if not headers and cookie is None:
        return Guest(address)
    passed = widget_token(request)
    if passed is not None:
        return await _of_widget(request, passed, address)
    external = cast("External", request.state.external)
    token = _bearer(headers) if headers else ""
    if external.takes(token):
        account, person = await external.whose(token)
        return _outsider(account, person)
    unchecked = Unchecked(request, token, cookie or "", background)
    known = cast("Accounts", request.state.accounts).known(token) if token else None
    return unchecked if known is None else unchecked.seen(*known)


# Who the caller is as far as the request alone tells: for whoever looks the rest up in a
# transaction of its own.
Token = Annotated[Member | Guest | Unchecked, Depends(_token)]


async def _caller(request: Request, token: Token) -> Member | Guest:
    if isinstance(token, Unchecked):
        return await run_in_threadpool(_checked, request, token)
    return token


def widget_token(request: Request) -> str | None:
    """The token that a widget has sent, if it did."""
    headers = request.headers.getlist("authorization")
    scheme, _, token = headers[0].partition(" ") if len(headers) == 1 else ("", "", "")
    return token.strip() if scheme.lower() == widgets.SCHEME else None


async def _of_widget(request: Request, token: str, address: str) -> Member | Guest:
    if not widgets.may(request.method, request.scope["path"]):
        raise refused()
    room = cast("widgets.Widgets", request.state.widgets)
    origin = request.headers.get("origin", "")
    given, found = await run_in_threadpool(room.whose, token, origin)
    books = frozenset({given.book_id})
    if found is None:
        return Guest(address, books)
    account, login = found
    return _with(account, login_id=login.id, login_kind="widget", books=books)


def _checked(request: Request, unchecked: Unchecked) -> Member:
    accounts = cast("Accounts", request.state.accounts)
    database = cast("Database", request.state.database)
    version = database.changes()
    # Begun and ended in one thread: a request must not keep a connection while it waits for one.
    with database.reading() as session:
        found = unchecked.found(session)
    if unchecked.token:
        accounts.remember(unchecked.token, version, found)
    return unchecked.seen(*found)


def _bearer(headers: list[str]) -> str:
    scheme, _, token = headers[0].partition(" ")
    if len(headers) != 1 or scheme.lower() != "bearer" or not token.strip():
        raise Unauthorized("Send one header of the form `Authorization: Bearer TOKEN`.")
    return token.strip()


def _by_cookie(
    accounts: Accounts, request: Request, session: Session, cookie: str
) -> tuple[Account, Login]:
    try:
        account, login = accounts.whose(session, cookie, "cookie")
    except Unauthorized as error:
        raise cookies.Ended(request, error.detail) from None
    if request.method not in _SAFE_METHODS:
        offered = request.headers.get(cookies.CSRF_HEADER, "")
        expected = accounts.tokens.csrf(login.id)
        if not hmac.compare_digest(offered.encode("utf-8"), expected.encode("ascii")):
            raise Forged(
                f"Send the value of the cookie {cookies.CSRF_COOKIE} as the header "
                f"{cookies.CSRF_HEADER}."
            )
    return account, login


def _outsider(account: Account, person: Person) -> Member:
    return _with(account, login_id="", login_kind="external", token_issued=person.issued)


def _with(
    account: Account,
    *,
    login_id: str,
    login_kind: LoginKind,
    token_issued: int = 0,
    books: frozenset[str] | None = None,
) -> Member:
    note(user=account.id)
    return Member(
        id=account.id,
        email=account.email,
        name=account.name,
        programming_level=account.programming_level,
        hardware=account.hardware,
        role=account.role,
        login_id=login_id,
        login_kind=login_kind,
        token_issued=token_issued,
        books=books,
        questions_told=account.questions_told,
    )


Caller = Annotated[Member | Guest, Depends(_caller)]


async def _signed_in(token: Token) -> Member | Unchecked:
    if isinstance(token, Guest):
        raise Unauthorized("This needs an account. Sign in and send the access token.")
    return token


# As `Token`, and never a guest.
SignedIn = Annotated[Member | Unchecked, Depends(_signed_in)]


async def _user(_: SignedIn, caller: Caller) -> Member:
    return cast("Member", caller)


User = Annotated[Member, Depends(_user)]


async def _author(user: User) -> Member:
    if user.role not in ("author", "admin"):
        raise Forbidden("This needs the role author. Ask an administrator for it.")
    return user


async def _admin(user: User) -> Member:
    if user.role != "admin":
        raise Forbidden("This is for administrators.")
    return user


async def signed_in(request: Request, address: str, background: BackgroundTasks) -> Member:
    """The user of a request, for a route that also takes something else than a user's token."""
    token = await _signed_in(await _token(request, address, background))
    return cast("Member", await _caller(request, token))


# For the API's description: what a route that depends on one of these may answer besides.
TOKEN_OPTIONAL, TOKEN_NEEDED = _token, _signed_in
ANSWERS: Mapping[Callable[..., object], Sequence[int]] = MappingProxyType(
    {_token: (401, 503), _author: (403,), _admin: (403,)}
)

Author = Annotated[Member, Depends(_author)]
Admin = Annotated[Member, Depends(_admin)]
