"""An answer as server-sent events: the AI SDK's UI message stream, version 1.

Parts come as the contract says: `start`, the text, `source-document` for each source,
`data-answer` with the whole object, `finish`, `[DONE]`. Between the deltas a `data-source`
tells of each citation as soon as it is proven. Where the checked answer is another one than
what was streamed (nothing in it could be proven), `data-retracted` names the text that no
longer holds, and the right one follows.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence

from fastapi import Request

from glossator.foundation.event_stream import BEAT as _BEAT
from glossator.foundation.event_stream import DONE as _DONE
from glossator.foundation.event_stream import HEARTBEAT, Running, gone
from glossator.foundation.event_stream import delta as _delta
from glossator.foundation.event_stream import part as _part
from glossator.foundation.event_stream import words as _words
from glossator.tutor.answering import as_object
from glossator.tutor.answers import Answer, Mode
from glossator.tutor.composing import Shown
from glossator.tutor.exchange import Begun, FoundSource, Heard, Listener

Work = Callable[[Listener], Awaitable[Answer]]
_ID = "answer"


class Stream(Running[Heard, Answer]):
    """One answer on its way."""

    def __init__(self, work: Work, *, heartbeat: float = HEARTBEAT) -> None:
        super().__init__(work, heartbeat=heartbeat)
        self._failed: Callable[[], Awaitable[None]] | None = None

    def on_error(self, undo: Callable[[], Awaitable[None]]) -> None:
        """What to do where the work fails after the answer has begun."""
        self._failed = undo

    async def whole(self, request: Request) -> Answer | None:
        """The finished answer, None where the client has left; raises what the work raised."""
        answer = await self.result(request)
        if answer is None and self.closed:
            raise gone()
        return answer

    async def parts(self) -> AsyncGenerator[bytes]:
        """The stream's bytes."""
        first = await self.begin()
        yield _part("start", messageId=first.message_id if isinstance(first, Begun) else "")
        opened, count = False, 0
        async for heard in self.heard():
            for piece in _together(heard):
                if isinstance(piece, FoundSource):
                    count += 1
                    data = {"number": count, "source": as_object(piece.source)}
                    yield _part("data-source", data=data)
                else:
                    said = _delta(_ID, piece.text)
                    yield said if opened else _part("text-start", id=_ID) + said
                    opened = True
            if not heard:
                yield _BEAT
        async for part in self._ending(opened=opened):
            yield part

    async def _ending(self, *, opened: bool) -> AsyncGenerator[bytes]:
        """The answer as it was judged, or why there is none; nothing for a client that left."""
        if not self.task.done() and not self.closed:
            return
        error = self.error() if self.task.done() else gone()
        if error is None:
            yield _rest(self.task.result(), opened=opened)
            return
        if self._failed is not None:
            await self._failed()
        yield _part("error", errorText=_words(error))
        yield _DONE


def _together(heard: Sequence[Heard]) -> list[Shown | FoundSource]:
    """What was told at once, neighbouring pieces of text as one."""
    pieces: list[Shown | FoundSource] = []
    for each in heard:
        if isinstance(each, Begun):
            continue
        last = pieces[-1] if pieces else None
        if isinstance(each, Shown) and isinstance(last, Shown):
            pieces[-1] = Shown(last.text + each.text)
        else:
            pieces.append(each)
    return pieces


def _rest(answer: Answer, *, opened: bool) -> bytes:
    parts: list[bytes] = []
    if opened:
        parts.append(_part("text-end", id=_ID))
    if not opened or answer.mode is not Mode.MODEL:
        if opened:
            parts.append(_part("data-retracted", data={"id": _ID}))
        name = "checked" if opened else _ID
        parts += [_part("text-start", id=name), _delta(name, answer.answer)]
        parts.append(_part("text-end", id=name))
    for number, source in enumerate(answer.sources, 1):
        parts.append(
            _part(
                "source-document",
                sourceId=f"{source.document_id or source.chapter_id}:{source.start}-{source.end}",
                mediaType="text/markdown",
                title=f"[{number}] {source.title}",
            )
        )
    parts += [_part("data-answer", data=as_object(answer)), _part("finish"), _DONE]
    return b"".join(parts)
