"""Which answers pages of other origins may read, beyond what the settings allow everywhere."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping

from starlette.types import ASGIApp, Message, Receive, Scope, Send

# By method: the whole paths meant.
Paths = Mapping[str, re.Pattern[str]]

_ASKED = b"authorization, content-type, x-glossator-guest, x-request-id"
_SHOWN = (
    b"ratelimit, ratelimit-policy, retry-after, x-glossator-guest, x-request-id, "
    b"x-vercel-ai-ui-message-stream"
)
_KEPT_SECONDS = b"600"


class CrossOrigin:
    """Answers preflights and adds the headers of CORS, never for cookies.

    `everybody` may be read by any origin, `sites` by those that `allowed` names. Everything else
    is left to whoever comes after.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        everybody: Paths,
        sites: Paths,
        allowed: Callable[[str], Awaitable[bool]],
    ) -> None:
        self._app = app
        self._everybody = everybody
        self._sites = sites
        self._allowed = allowed

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        asked = dict(scope["headers"]) if scope["type"] == "http" else {}
        origin = asked.get(b"origin")
        if origin is None:
            await self._app(scope, receive, send)
            return
        wanted = asked.get(b"access-control-request-method")
        preflight = scope["method"] == "OPTIONS" and wanted is not None
        method = (wanted or b"").decode("latin-1") if preflight else scope["method"]
        reader = await self._reader(method, scope["path"], origin)
        if reader is None:
            await self._app(scope, receive, send)
        elif preflight:
            await _preflight(send, reader, method)
        else:
            await self._app(scope, receive, _shown_to(send, reader))

    async def _reader(self, method: str, path: str, origin: bytes) -> bytes | None:
        """Who may read the answer, None where it isn't for us to say."""
        if _among(self._everybody, method, path):
            return b"*"
        if _among(self._sites, method, path) and await self._allowed(origin.decode("latin-1")):
            return origin
        return None


def _among(paths: Paths, method: str, path: str) -> bool:
    found = paths.get("GET" if method == "HEAD" else method)
    return found is not None and found.fullmatch(path) is not None


async def _preflight(send: Send, reader: bytes, method: str) -> None:
    headers = [
        (b"access-control-allow-origin", reader),
        (b"access-control-allow-methods", method.encode("latin-1")),
        (b"access-control-allow-headers", _ASKED),
        (b"access-control-max-age", _KEPT_SECONDS),
        (b"vary", b"Origin"),
        (b"content-length", b"0"),
    ]
    await send({"type": "http.response.start", "status": 204, "headers": headers})
    await send({"type": "http.response.body", "body": b""})


def _shown_to(send: Send, reader: bytes) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            others = [
                pair
                for pair in message.get("headers", ())
                if not pair[0].lower().startswith(b"access-control-")
            ]
            message["headers"] = [
                *others,
                (b"access-control-allow-origin", reader),
                (b"access-control-expose-headers", _SHOWN),
                *([] if reader == b"*" else [(b"vary", b"Origin")]),
            ]
        await send(message)

    return sending
