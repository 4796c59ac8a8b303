"""What OpenAI's clients need of every answer and request under /v1; the outermost layer.

Each problem document has the member `error` as well: official clients read that and nothing else,
everybody else finds what all our errors have. And such clients can't leave the key out: the key
`guest` is none.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from glossator.foundation.errors import GlossatorError
from glossator.foundation.problems import MEDIA_TYPE

_PATHS = "/v1/"
_GUEST = (b"authorization", b"Bearer guest")
_TYPES: Mapping[int, str] = MappingProxyType(
    {401: "authentication_error", 403: "permission_error", 429: "rate_limit_error"}
)
# What their clients compare with.
_CODES: Mapping[str, str] = MappingProxyType(
    {
        "unauthorized": "invalid_api_key",
        "unknown-model": "model_not_found",
        "quota-exceeded": "rate_limit_exceeded",
        "budget-spent": "insufficient_quota",
    }
)


def in_their_form(problem: Mapping[str, Any]) -> dict[str, Any]:
    """The member `error` for a problem document."""
    status, fields = int(problem["status"]), problem.get("errors") or []
    message = str(problem["detail"])
    if fields:
        told = "; ".join(f"{each['field']}: {each['message']}" for each in fields)
        message = f"{message} ({told})"
    theirs = "server_error" if status >= 500 else "invalid_request_error"
    kind = str(problem["type"])
    return {
        "message": message,
        "type": _TYPES.get(status, theirs),
        "param": fields[0]["field"] if fields else None,
        "code": _CODES.get(kind, kind.replace("-", "_")),
    }


def of_error(error: GlossatorError) -> dict[str, Any]:
    """The same for one of our own errors, which a stream ends in."""
    return in_their_form({"status": error.status, "type": error.type, "detail": error.detail})


class OpenAIGate:
    """Adds `error` to problem documents under /v1, and lets guests say that they are."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        if scope["type"] != "http" or not scope["path"].startswith(_PATHS):
            await self._app(scope, receive, send)
            return
        # A compressed document couldn't be added to; vectors and streams gain nothing by it.
        headers = [
            pair for pair in scope["headers"] if pair[0] != b"accept-encoding" and pair != _GUEST
        ]
        begun: list[Message] = []
        parts: list[bytes] = []

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start" and _is_problem(message):
                begun.append(message)
            elif begun:
                parts.append(message.get("body", b""))
                if not message.get("more_body", False):
                    await _tell(begun.pop(), b"".join(parts), send)
            else:
                await send(message)

        await self._app({**scope, "headers": headers}, receive, sending)


def _is_problem(start: Message) -> bool:
    media = dict(start["headers"]).get(b"content-type", b"")
    return bool(media.startswith(MEDIA_TYPE.encode()))


async def _tell(start: Message, body: bytes, send: Send) -> None:
    if body:
        problem = json.loads(body)
        body = json.dumps({"error": in_their_form(problem), **problem}).encode()
    others = [pair for pair in start["headers"] if pair[0] != b"content-length"]
    length = (b"content-length", str(len(body)).encode())
    await send({**start, "headers": [*others, length] if body else start["headers"]})
    await send({"type": "http.response.body", "body": body})
