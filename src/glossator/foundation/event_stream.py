"""Server-sent events in the form of the AI SDK's UI message stream, version 1.

What every stream of this program shares: the headers, the frame of a part, and work that runs
as a task of its own and is heard through a queue, so that a silence can be filled with a sign
of life and a client that leaves stops it.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from types import MappingProxyType
from typing import Any, Generic, TypeVar

import anyio
from fastapi import Request
from fastapi.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from glossator.foundation import faults
from glossator.foundation.errors import GlossatorError, Unavailable
from glossator.foundation.telemetry import log

HEADERS: Mapping[str, str] = MappingProxyType(
    {
        "content-type": "text/event-stream; charset=utf-8",
        "x-vercel-ai-ui-message-stream": "v1",
        "cache-control": "no-store",
        # Else nginx collects the whole answer before it passes anything on.
        "x-accel-buffering": "no",
    }
)
HEARTBEAT = 15.0
BEAT = b": still here\n\n"
DONE = b"data: [DONE]\n\n"

Told = TypeVar("Told")
Result = TypeVar("Result")

_json = json.JSONEncoder(ensure_ascii=False).encode


def part(kind: str, **members: Any) -> bytes:
    """One part of the stream."""
    return b"data: %b\n\n" % _bytes({"type": kind, **members})


def delta(identity: str, text: str) -> bytes:
    """A `text-delta`, the part that there are most of."""
    head = b'data: {"type": "text-delta", "id": %b, "delta": %b}\n\n'
    return head % (_bytes(identity), _bytes(text))


def _bytes(value: object) -> bytes:
    # Half a surrogate pair has no bytes; JSON's own escape says the same.
    return _json(value).encode(errors="backslashreplace")


def words(error: BaseException) -> str:
    """What an `error` part may say; a failure that nobody foresaw is logged, not shown."""
    if (known := faults.explained(error)) is not None:
        return known.detail
    log(__name__).error("streamed work failed", exc_info=error)
    return GlossatorError.title + ". Ask again later."


def gone() -> Unavailable:
    """What clients are told whose answer the server's end cut off."""
    return Unavailable("The server is being restarted. Ask again in a moment.")


def wanted(request: Request, asked: bool) -> bool:
    """Whether the client wants a stream: by a field of its body or by what it accepts."""
    return asked or "text/event-stream" in request.headers.get("accept", "")


class Running(Generic[Told, Result]):
    """Work on its way, given somebody to tell things to; its result stands in `task`.

    What it tells is taken in one go by the one who listens: a queue with a timer for each piece
    cost 3.1 ms of CPU for an answer of 60, this 0.6.
    """

    def __init__(
        self,
        work: Callable[[Callable[[Told], None]], Awaitable[Result]],
        *,
        heartbeat: float = HEARTBEAT,
    ) -> None:
        self._told: list[Told] = []
        self._heartbeat = heartbeat
        self.closed = False
        # Whether somebody was told of the error that the work ended in.
        self._known = False
        self._waiting: asyncio.Future[None] | None = None
        # Set when the work is done, or nobody listens any more.
        self._over: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.task: asyncio.Future[Result] = asyncio.ensure_future(work(self._hear))
        self.task.add_done_callback(lambda _: self.leave())

    def _hear(self, told: Told) -> None:
        self._told.append(told)
        self._wake()

    def _wake(self) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(None)

    def leave(self) -> None:
        """Nobody listens any more: what is heard ends here."""
        if not self._over.done():
            self._over.set_result(None)
        self._wake()

    def end(self) -> None:
        """The server must go: the client is told so, and what the work owes is settled."""
        self.closed = True
        self.leave()

    async def begin(self) -> Told | None:
        """Wait for the first thing told, which is heard again; None where there is none.

        Raises what the work raised before it had anything to say. Cancelled, it stops the work.
        """
        try:
            while not self._told and not self._over.done():
                await self._turn()
        except asyncio.CancelledError:
            await self.stop()
            raise
        if self._told:
            return self._told[0]
        if self.task.done():
            self._known = True
            self.task.result()
        return None

    async def heard(self) -> AsyncGenerator[list[Told]]:
        """All that was told since the last time, until the work is done or `leave` was called.

        An empty list where it was silent for a heartbeat.
        """
        while self._told or not self._over.done():
            if not self._told:
                await self._turn()
            if self._told or not self._over.done():
                told, self._told = self._told, []
                yield told

    async def _turn(self) -> None:
        """Until something happens, a heartbeat at the longest."""
        loop = asyncio.get_running_loop()
        self._waiting = loop.create_future()
        timer = loop.call_later(self._heartbeat, self._wake)
        try:
            await self._waiting
        finally:
            timer.cancel()

    async def result(self, request: Request) -> Result | None:
        """The work's result; None where the client has left or `leave` was called.

        Both stop the work.
        """
        gone = asyncio.ensure_future(_left(request.receive))
        gone.add_done_callback(lambda _: self.leave())
        try:
            await asyncio.wait([self._over])
            if not self.task.done():
                return None
            self._known = True
            return self.task.result()
        finally:
            gone.cancel()
            await self.stop()

    def error(self) -> BaseException | None:
        """What the finished work ended in, if in an error; the caller tells the client."""
        self._known = True
        return self.task.exception()

    async def stop(self) -> None:
        """End the work, and wait until what it owes is settled."""
        if not self.task.done():
            self.task.cancel()
            with anyio.CancelScope(shield=True):
                await asyncio.wait([self.task])
        error = None if self.task.cancelled() else self.task.exception()
        if error is not None and not self._known and not isinstance(error, GlossatorError):
            log(__name__).error("streamed work failed after its client had left", exc_info=error)


class EventStream(StreamingResponse):
    """What running work tells, as a response; a client that leaves stops the work.

    The class above it waits for both in a group of tasks; here one task hears of the leaving.
    """

    def __init__(
        self,
        running: Running[Any, Any],
        parts: AsyncGenerator[bytes],
        headers: Mapping[str, str] = HEADERS,
    ) -> None:
        super().__init__(parts, headers=headers)
        self._running = running

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the parts; returns when the work is settled."""
        gone = asyncio.ensure_future(_left(receive))
        gone.add_done_callback(lambda _: self._running.leave())
        try:
            await self.stream_response(send)
        finally:
            gone.cancel()
            await self._running.stop()


async def _left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
