"""The MCP door over HTTP: `/mcp`, streamable HTTP without sessions.

Who asks is decided for each request anew, as at /api, before anything of its body is read; there
is no session whose id could be somebody else's. Pages of foreign origins are refused: a browser
would send them here from whatever site its user looks at.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit

from fastapi import APIRouter, Request, Response
from starlette.concurrency import run_in_threadpool
from starlette.types import Message, Receive, Scope, Send

from glossator.accounts.callers import Caller
from glossator.foundation.errors import Forbidden, Unavailable
from glossator.protocols.desk import Desk, RoomsDesk
from glossator.protocols.doors import Rooms, Visitor, base_of, rooms_of
from glossator.tutor.asking import owner_of
from glossator.usage.routes import Calling

if TYPE_CHECKING:
    from mcp.server.streamable_http_manager import StreamableHTTPSessionManager

router = APIRouter(tags=["mcp"])

_VISITOR = "glossator.visitor"
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


class ForeignOrigin(Forbidden):
    """A page of another site has sent the request."""

    type = "foreign-origin"
    title = "This page may not come in here"


@router.post("/mcp", include_in_schema=False, response_model=None)
async def mcp(request: Request, caller: Caller, who: Calling) -> Response:
    """One message of the protocol, and what it is answered."""
    rooms = rooms_of(request)
    check_origin(request.headers.get("origin"), rooms.origins)
    visitor = Visitor(caller, owner_of(request, caller), who.payer, who, base_of(request))
    return _Handed(cast("McpDoor", request.state.mcp), visitor)


def check_origin(origin: str | None, allowed: tuple[str, ...]) -> None:
    """Raises `ForeignOrigin` for pages that are neither this machine's nor among the allowed."""
    if origin is None or origin in allowed or _host(origin) in _LOOPBACK:
        return
    raise ForeignOrigin(
        "Pages of this site may not use /mcp. Whoever runs the server adds the site to "
        "GLOSSATOR_ALLOWED_ORIGINS."
    )


def _host(origin: str) -> str | None:
    try:
        return urlsplit(origin).hostname
    except ValueError:
        return None


class _Handed(Response):
    """The protocol's own answer, from the SDK."""

    def __init__(self, door: McpDoor, visitor: Visitor) -> None:
        super().__init__()
        self._door = door
        self._visitor = visitor

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on with what it was found to be allowed."""
        await self._door.handle({**scope, _VISITOR: self._visitor}, receive, send)


class McpDoor:
    """Runs the SDK's server from the first request on until `close`."""

    def __init__(self, rooms: Rooms, most_bytes: int) -> None:
        self._rooms = rooms
        self._most = most_bytes
        self._lock = asyncio.Lock()
        self._ended = asyncio.Event()
        self._manager: StreamableHTTPSessionManager | None = None
        self._task: asyncio.Task[None] | None = None

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; a client that leaves stops what is done for it."""
        manager = self._manager or await self._opened()
        body = [await _whole(receive)]

        async def replayed() -> Message:
            return body.pop() if body else await receive()

        work = asyncio.ensure_future(manager.handle_request(scope, replayed, send))
        gone = asyncio.ensure_future(_left(receive))
        try:
            await asyncio.wait((work, gone), return_when=asyncio.FIRST_COMPLETED)
        finally:
            gone.cancel()
            if not work.done():
                work.cancel()
                await asyncio.wait((work,))
        if not work.cancelled():
            work.result()

    async def close(self) -> None:
        """End what is open."""
        self._ended.set()
        if self._task is not None:
            await asyncio.wait((self._task,))

    def _desk(self, context: Any) -> Desk:
        return RoomsDesk(self._rooms, context.request.scope[_VISITOR])

    async def _opened(self) -> StreamableHTTPSessionManager:
        async with self._lock:
            if self._ended.is_set():
                raise Unavailable("The server is being restarted. Ask again in a moment.")
            if self._manager is None:
                manager = await run_in_threadpool(_made, self._desk, self._most)
                ready = asyncio.Event()
                self._task = asyncio.create_task(self._run(manager, ready))
                await ready.wait()
                self._manager = manager
            return self._manager

    async def _run(self, manager: StreamableHTTPSessionManager, ready: asyncio.Event) -> None:
        # Entered and left in one task: it is a group of tasks.
        async with manager.run():
            ready.set()
            await self._ended.wait()


def _made(desk: Callable[[Any], Desk], most: int) -> StreamableHTTPSessionManager:
    from mcp.server.streamable_http_manager import StreamableHTTPSessionManager

    from glossator.protocols.mcp_server import server

    # It tells of each request, which our own log does.
    logging.getLogger("mcp").setLevel(max(logging.getLogger().level, logging.WARNING))
    return StreamableHTTPSessionManager(
        server(desk), stateless=True, json_response=True, max_request_body_size=most
    )


async def _whole(receive: Receive) -> Message:
    """The request's body in one message; how large it may be was decided before."""
    parts: list[bytes] = []
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return message
        parts.append(message.get("body", b""))
        if not message.get("more_body", False):
            return {"type": "http.request", "body": b"".join(parts), "more_body": False}


async def _left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
