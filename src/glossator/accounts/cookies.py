"""The cookies of a browser's login: the token, out of scripts' reach, and the word beside it."""

from __future__ import annotations

from fastapi import Request, Response

from glossator.accounts.service import Issued
from glossator.accounts.tables import now
from glossator.foundation.errors import Unauthorized

# A browser takes a `__Host-` cookie only from this very host, over TLS, for all of it.
_SECURE_COOKIE, _PLAIN_COOKIE = "__Host-glossator", "glossator"
CSRF_COOKIE, CSRF_HEADER = "glossator_csrf", "x-csrf-token"


class Ended(Unauthorized):
    """A login by cookie that is over; the answer takes the cookie away."""

    def __init__(self, request: Request, detail: str) -> None:
        gone = Response()
        take_away(request, gone)
        super().__init__(detail, headers={"set-cookie": gone.headers.getlist("set-cookie")[0]})


def token(request: Request) -> str | None:
    """The token that a browser sent as its cookie."""
    return request.cookies.get(_name(request))


def give(request: Request, response: Response, issued: Issued) -> None:
    """Set both cookies for the time the login lasts."""
    secure, seconds = _secure(request), int((issued.expires - now()).total_seconds())
    response.set_cookie(
        _name(request), issued.token, max_age=seconds, path="/", secure=secure, httponly=True,
        samesite="lax",
    )  # fmt: skip
    # Our own page reads this one and sends it back as a header, which no other site can.
    response.set_cookie(
        CSRF_COOKIE, issued.csrf, max_age=seconds, path="/", secure=secure, httponly=False,
        samesite="lax",
    )  # fmt: skip


def take_away(request: Request, response: Response) -> None:
    """Delete both cookies, the token's first."""
    secure = _secure(request)
    response.delete_cookie(_name(request), path="/", secure=secure, httponly=True, samesite="lax")
    response.delete_cookie(CSRF_COOKIE, path="/", secure=secure, samesite="lax")


def _name(request: Request) -> str:
    return _SECURE_COOKIE if _secure(request) else _PLAIN_COOKIE


def _secure(request: Request) -> bool:
    return bool(request.state.secure_cookies) or request.url.scheme == "https"
