"""An answer as server-sent events: the AI SDK's UI message stream, version 1.

Parts come as the contract says: `start`, the text, `source-document` for each source,
`data-answer` with the whole object, `finish`, `[DONE]`. Between the deltas a `data-source`
tells of each citation as soon as it is proven. Where the checked answer is another one than
what was streamed (nothing in it could be proven), `data-retracted` names the text that no
longer holds, and the right one follows.
"""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import Any

import anyio

from glossator.foundation.errors import GlossatorError, Unavailable
from glossator.foundation.event_stream import BEAT as _BEAT
from glossator.foundation.event_stream import DONE as _DONE
from glossator.foundation.event_stream import HEADERS, HEARTBEAT
from glossator.foundation.event_stream import part as _part
from glossator.foundation.event_stream import words as _words
from glossator.foundation.telemetry import log
from glossator.tutor.answering import as_object
from glossator.tutor.answers import Answer, Mode
from glossator.tutor.composing import Shown
from glossator.tutor.exchange import Begun, FoundSource, Heard, Listener

__all__ = ["HEADERS", "HEARTBEAT", "Stream"]

Work = Callable[[Listener], Awaitable[Answer]]


class Stream:
    """One answer on its way: the work runs as a task of its own and is heard through a queue."""

    def __init__(self, work: Work, *, heartbeat: float = HEARTBEAT) -> None:
        self._queue: asyncio.Queue[Heard | None] = asyncio.Queue()
        self._heartbeat = heartbeat
        self.task = asyncio.ensure_future(work(self._hear))
        self.task.add_done_callback(lambda _: self._queue.put_nowait(None))
        self.ended = asyncio.Event()
        self.begun: Begun | None = None
        self._told = False
        self._failed: Callable[[], Awaitable[None]] | None = None

    def _hear(self, heard: Heard) -> None:
        self._queue.put_nowait(heard)

    def end(self) -> None:
        """The server must go: the client is told, and what the work owes is settled."""
        self.ended.set()
        self._queue.put_nowait(None)

    def result(self) -> Answer:
        """The finished work's answer; raises what it raised."""
        self._told = True
        return self.task.result()

    def on_error(self, undo: Callable[[], Awaitable[None]]) -> None:
        """What to do where the work fails after the answer has begun."""
        self._failed = undo

    async def begin(self) -> None:
        """Wait for the first sign; raises what the work raised before it had anything to say."""
        waiting = True
        try:
            first = await self._queue.get()
            waiting = False
        finally:
            if waiting:
                await self.stop()
        if isinstance(first, Begun):
            self.begun = first
        elif self.task.done():
            self.result()

    async def parts(self) -> AsyncGenerator[bytes]:
        """The stream's bytes. Closing it stops the work and waits until it is settled."""
        try:
            yield _part("start", messageId=self.begun.message_id if self.begun else "")
            async for part in self._text():
                yield part
        finally:
            await self.stop()

    async def _text(self) -> AsyncGenerator[bytes]:
        opened, sent, count = False, "", 0
        async for heard in self._heard():
            if heard is None:
                yield _BEAT
            elif isinstance(heard, FoundSource):
                count += 1
                source = _object(heard.source)
                yield _part("data-source", data={"number": count, "source": source})
            else:
                if not opened:
                    opened = True
                    yield _part("text-start", id="answer")
                sent += heard.text
                yield _part("text-delta", id="answer", delta=heard.text)
        if not self.ended.is_set():
            await asyncio.wait([self.task])
        error = self._error()
        if error is not None:
            if self._failed is not None:
                await self._failed()
            yield _part("error", errorText=_words(error))
            yield _DONE
            return
        for part in _rest(self.task.result(), opened=opened):
            yield part

    def _error(self) -> BaseException | None:
        self._told = True
        return self.task.exception() if self.task.done() else gone()

    async def _heard(self) -> AsyncGenerator[Shown | FoundSource | None]:
        """What the work tells, neighbouring pieces of text as one; None where it is silent."""
        text = ""
        while True:
            try:
                heard = await asyncio.wait_for(self._queue.get(), self._heartbeat)
            except TimeoutError:
                yield None
                continue
            while isinstance(heard, Shown):
                text += heard.text
                if self._queue.empty():
                    break
                heard = self._queue.get_nowait()
            if text:
                yield Shown(text)
                text = ""
            if heard is None:
                return
            if isinstance(heard, FoundSource):
                yield heard

    async def stop(self) -> None:
        """End the work, and wait until what it owes is settled."""
        self.task.cancel()
        with anyio.CancelScope(shield=True):
            await asyncio.wait([self.task])
        error = None if self.task.cancelled() else self.task.exception()
        if error is not None and not isinstance(error, GlossatorError) and not self._told:
            log(__name__).error("an answer failed after its client had left", exc_info=error)


def _rest(answer: Answer, *, opened: bool) -> list[bytes]:
    parts: list[bytes] = []
    if opened:
        parts.append(_part("text-end", id="answer"))
    if not opened or answer.mode is not Mode.MODEL:
        if opened:
            parts.append(_part("data-retracted", data={"id": "answer"}))
        name = "checked" if opened else "answer"
        parts.append(_part("text-start", id=name))
        parts.append(_part("text-delta", id=name, delta=answer.answer))
        parts.append(_part("text-end", id=name))
    whole = as_object(answer)
    for number, source in enumerate(answer.sources, 1):
        parts.append(
            _part(
                "source-document",
                sourceId=f"{source.document_id or source.chapter_id}:{source.start}-{source.end}",
                mediaType="text/markdown",
                title=f"[{number}] {source.title}",
            )
        )
    parts.append(_part("data-answer", data=whole))
    parts.append(_part("finish"))
    parts.append(_DONE)
    return parts


def gone() -> Unavailable:
    """What clients are told whose answer the server's end cut off."""
    return Unavailable("The server is being restarted. Ask again in a moment.")


def _object(value: Any) -> dict[str, Any]:
    return dataclasses.asdict(value)
