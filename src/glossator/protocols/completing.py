"""A chat completion on its way: the chunks of OpenAI's protocol."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from glossator.foundation.errors import GlossatorError
from glossator.foundation.event_stream import BEAT, DONE, gone, words
from glossator.protocols import completions
from glossator.protocols.openai_gate import of_error
from glossator.tutor.answers import Answer, Mode, Source
from glossator.tutor.composing import Shown
from glossator.tutor.exchange import Begun, FoundSource
from glossator.tutor.streaming import Stream, Work

HEADERS: Mapping[str, str] = MappingProxyType(
    {
        "content-type": "text/event-stream; charset=utf-8",
        "cache-control": "no-store",
        "x-accel-buffering": "no",
    }
)
# What was streamed and then couldn't be proven can't be taken back in this protocol.
_RETRACTED = "\n\n(The text above couldn't be proven from the book: disregard it.)\n\n"


class CompletionStream(Stream):
    """One answer, told in chunks."""

    def __init__(
        self, work: Work, model: str, absolute: Callable[[str], str], *, with_usage: bool
    ) -> None:
        super().__init__(work)
        self._model = model
        self._absolute = absolute
        self._with_usage = with_usage

    async def parts(self) -> AsyncGenerator[bytes]:
        """The stream's bytes."""
        first = await self.begin()
        message_id = first.message_id if isinstance(first, Begun) else None
        begin = completions.head(self._model, "chat.completion.chunk", message_id)
        yield self._chunk(begin, {"role": "assistant", "content": "", "refusal": None})
        streamed, sources = "", list[Source]()
        async for heard in self.heard():
            sources += [part.source for part in heard if isinstance(part, FoundSource)]
            said = "".join(part.text for part in heard if isinstance(part, Shown))
            streamed += said
            if said:
                yield self._chunk(begin, {"content": said})
            elif not heard:
                yield BEAT
        if not self.task.done() and not self.closed:
            return
        error = self.error() if self.task.done() else gone()
        if error is None:
            yield self._rest(begin, self.task.result(), streamed, sources)
            return
        await self._undone()
        yield _data({"error": _told(error)}) + DONE

    async def _undone(self) -> None:
        undo: Callable[[], Awaitable[None]] | None = self._failed
        if undo is not None:
            await undo()

    def _chunk(
        self, begin: Mapping[str, Any], delta: Mapping[str, Any], finish: str | None = None
    ) -> bytes:
        return _data(completions.chunk(dict(begin), dict(delta), finish) | self._no_usage())

    def _no_usage(self) -> dict[str, None]:
        return {"usage": None} if self._with_usage else {}

    def _rest(
        self,
        begin: Mapping[str, Any],
        answer: Answer,
        streamed: str,
        sources: Sequence[Source],
    ) -> bytes:
        """What of the checked answer wasn't told yet."""
        parts: list[bytes] = []
        text = streamed
        if not streamed or answer.mode is not Mode.MODEL:
            checked = (_RETRACTED if streamed else "") + completions.text_of(answer)
            parts.append(self._chunk(begin, {"content": checked}))
            # In what was retracted no number counts.
            text, sources = " " * len(streamed) + checked, answer.sources
        below = completions.footnotes(sources or answer.nearest, self._absolute)
        if below:
            parts.append(self._chunk(begin, {"content": below}))
        cited = completions.url_citations(text, sources, self._absolute)
        if cited:
            parts.append(self._chunk(begin, {"annotations": cited}))
        refused = completions.refusal(answer)
        if refused is not None:
            parts.append(self._chunk(begin, {"refusal": refused}))
        last = completions.chunk(dict(begin), {}, "stop") | self._no_usage()
        parts.append(_data(last | {"glossator": completions.about(answer)}))
        if self._with_usage:
            parts.append(_data({**begin, "choices": [], "usage": completions.usage(answer)}))
        return b"".join([*parts, DONE])


def _told(error: BaseException) -> dict[str, Any]:
    if isinstance(error, GlossatorError):
        return of_error(error)
    return of_error(GlossatorError(words(error)))


def _data(value: Mapping[str, Any]) -> bytes:
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return b"data: %b\n\n" % text.encode(errors="backslashreplace")
