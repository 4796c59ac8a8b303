"""Pure ASGI middleware: a `BaseHTTPMiddleware` costs 2.6 ms an answer, these microseconds."""

from __future__ import annotations

import asyncio
import re
import time
from dataclasses import dataclass

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from glossator.foundation.errors import GlossatorError, TooLarge
from glossator.foundation.problems import explained, unexpected
from glossator.foundation.telemetry import request_id
from glossator.foundation.watching import Watch

HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), microphone=(), geolocation=()"),
)
# Of the API besides: no cache keeps what is about a person, and no answer is ever a page.
API = ("/api/", "/v1/", "/mcp")
API_HEADERS = (
    *HEADERS,
    (b"cache-control", b"no-store"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
)
# A year; browsers heed it over TLS alone.
_TLS_ONLY = (b"strict-transport-security", b"max-age=31536000")


class RequestTimeout(GlossatorError):
    """The request's body didn't arrive in time."""

    status = 408
    type = "request-timeout"
    title = "The request took too long to arrive"


class Requests:
    """Gives each request an id, has it watched, and adds the headers that every answer has.

    With `tls_only` browsers are told to come over TLS from now on.
    """

    def __init__(self, app: ASGIApp, watch: Watch, *, tls_only: bool = False) -> None:
        self._app = app
        self._watch = watch
        self._always = (_TLS_ONLY,) if tls_only else ()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        offered = next((v for k, v in scope["headers"] if k == b"x-request-id"), b"")
        identity = request_id(offered.decode("latin-1"))
        scope["glossator.request_id"] = identity
        structlog.contextvars.bind_contextvars(request_id=identity)
        watched, status_sent = self._watch.request(scope), False
        added = (*self._always, *(API_HEADERS if scope["path"].startswith(API) else HEADERS))

        async def sending(message: Message) -> None:
            nonlocal status_sent
            if message["type"] == "http.response.start":
                status_sent = True
                watched.started(message)
                given = list(message.get("headers", ()))
                own = {name.lower() for name, _ in given}
                message["headers"] = [
                    *given,
                    (b"x-request-id", identity.encode("latin-1")),
                    *(pair for pair in added if pair[0] not in own),
                ]
            await send(message)

        try:
            await self._app(scope, receive, sending)
        except Exception as error:
            if status_sent:
                raise
            await unexpected(identity, error)(scope, receive, sending)
        finally:
            watched.ended()
            structlog.contextvars.unbind_contextvars("request_id")


class Head:
    """Answers HEAD as GET without the body; FastAPI's own routes would say 405."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self._app(scope, receive, send)
            return

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.body":
                message = {**message, "body": b""}
            await send(message)

        await self._app({**scope, "method": "GET"}, receive, sending)


@dataclass(frozen=True, slots=True)
class Larger:
    """Paths (a regular expression for the whole path) that take larger bodies, and how large.

    Only for POST and PUT: their routes stream the body, and only after they know who asks.
    """

    paths: str
    most: int
    seconds: float


class BodyLimit:
    """Refuses bodies beyond `most` bytes, and those that don't arrive within `seconds`.

    The server itself waits for a half-sent body for ever. Paths where files are sent have
    limits of their own.
    """

    def __init__(
        self, app: ASGIApp, most: int, seconds: float, larger: Larger | None = None
    ) -> None:
        self._app = app
        self._most = most
        self._seconds = seconds
        self._larger = larger
        self._paths = re.compile(larger.paths if larger else "(?!)")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        most, seconds = self._limits(scope["method"], scope["path"])
        length = next((v for k, v in scope["headers"] if k == b"content-length"), b"0")
        if length.isdigit() and int(length[:20]) > most:
            await explained(scope.get("glossator.request_id"), _too_large(most))(
                scope, receive, send
            )
            return
        seen, complete, began = 0, False, time.monotonic()

        async def receiving() -> Message:
            nonlocal seen, complete
            if complete:
                return await receive()
            left = seconds - (time.monotonic() - began)
            try:
                message = await asyncio.wait_for(receive(), max(left, 0.001))
            except TimeoutError:
                raise RequestTimeout(
                    f"The request's body didn't arrive within {seconds:g} seconds. Send it again."
                ) from None
            if message["type"] == "http.request":
                seen += len(message.get("body", b""))
                complete = not message.get("more_body", False)
                if seen > most:
                    raise _too_large(most)
            return message

        await self._app(scope, receiving, send)

    def _limits(self, method: str, path: str) -> tuple[int, float]:
        larger = self._larger
        if larger is not None and method in ("POST", "PUT") and self._paths.fullmatch(path):
            return larger.most, larger.seconds
        return self._most, self._seconds


def _too_large(most: int) -> TooLarge:
    return TooLarge(f"The request is larger than {most // 1024} kB. Send less at once.")
