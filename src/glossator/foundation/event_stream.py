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

from glossator.foundation.errors import GlossatorError
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


def part(kind: str, **members: Any) -> bytes:
    """One part of the stream."""
    return f"data: {json.dumps({'type': kind, **members}, ensure_ascii=False)}\n\n".encode()


def words(error: BaseException) -> str:
    """What an `error` part may say; a failure that nobody foresaw is logged, not shown."""
    if isinstance(error, GlossatorError):
        return error.detail
    log(__name__).error("streamed work failed", exc_info=error)
    return GlossatorError.title + ". Ask again later."


def wanted(request: Request, asked: bool) -> bool:
    """Whether the client wants a stream: by a field of its body or by what it accepts."""
    return asked or "text/event-stream" in request.headers.get("accept", "")


class Running(Generic[Told, Result]):
    """Work on its way, given somebody to tell things to; its result stands in `task`."""

    def __init__(
        self,
        work: Callable[[Callable[[Told], None]], Awaitable[Result]],
        *,
        heartbeat: float = HEARTBEAT,
    ) -> None:
        self._queue: asyncio.Queue[tuple[Told] | None] = asyncio.Queue()
        self._heartbeat = heartbeat
        self.task: asyncio.Future[Result] = asyncio.ensure_future(work(self._hear))
        self.task.add_done_callback(lambda _: self._queue.put_nowait(None))

    def _hear(self, told: Told) -> None:
        self._queue.put_nowait((told,))

    async def first(self) -> Told | None:
        """The first thing told, None where the work ended in silence.

        Raises what the work raised before it had anything to say. Cancelled, it stops the work.
        """
        try:
            told = await self._queue.get()
        except asyncio.CancelledError:
            await self.stop()
            raise
        if told is None:
            self.task.result()
            return None
        return told[0]

    async def heard(self) -> AsyncGenerator[Told | None]:
        """What the work tells until it ends; None where it was silent for a heartbeat."""
        while not (self.task.done() and self._queue.empty()):
            try:
                told = await asyncio.wait_for(self._queue.get(), self._heartbeat)
            except TimeoutError:
                yield None
                continue
            if told is None:
                return
            yield told[0]

    async def result(self, request: Request) -> Result | None:
        """The work's result; None where the client has left, which stops the work."""
        gone = asyncio.ensure_future(_left(request))
        try:
            both: list[asyncio.Future[Any]] = [self.task, gone]
            await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
            return self.task.result() if self.task.done() else None
        finally:
            gone.cancel()
            with anyio.CancelScope(shield=True):
                await asyncio.wait([gone])
            await self.stop()

    async def stop(self) -> None:
        """End the work, and wait until what it owes is settled."""
        self.task.cancel()
        with anyio.CancelScope(shield=True):
            await asyncio.wait([self.task])
        if not self.task.cancelled() and self.task.exception() is not None:
            log(__name__).info("streamed work ended in an error", error=repr(self.task.exception()))


async def _left(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
