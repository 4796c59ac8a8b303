"""Anything that speaks OpenAI's Chat Completions: OpenAI, Gemini, OpenRouter, Ollama, vLLM, …

The SDK sends the request (key, retries, timeouts); the stream is decoded here, because its typed
events cost 0.28 ms a token, three times as much as this. These models have no citations of
their own: materials are numbered and the model writes `[n "quote"]`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from glossator.gateways.chat import (
    FaultKind,
    Material,
    ModelCall,
    ModelEvent,
    Spent,
    Stopped,
    StopReason,
    Words,
)
from glossator.gateways.models.faults import fault, kind_of_status
from glossator.gateways.models.sse import LONGEST, EventReader, ServerEvent
from glossator.gateways.models.streaming import RETRIES, SILENCE, Reader, SdkModel, object_of

_STOPS = {
    "stop": StopReason.END,
    "length": StopReason.LENGTH,
    "content_filter": StopReason.REFUSED,
}


_FENCE = re.compile(r"<(?=\s*/?\s*passage\b)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a model is served.

    `provider` and `model` make the name in the settings. `base_url` None is OpenAI itself,
    which calls the output limit `max_completion_tokens`; all others know `max_tokens`.
    """

    provider: str
    model: str
    key: str = field(repr=False)
    base_url: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


class OpenAICompatible(SdkModel):
    """`ChatModel` over the Chat Completions protocol."""

    cites: Literal["native", "marks"] = "marks"

    def __init__(self, endpoint: Endpoint, *, calls: int = 512, silence: float = SILENCE) -> None:
        super().__init__("openai", calls=calls, silence=silence)
        self._endpoint = endpoint

    @property
    def name(self) -> str:
        """See `ChatModel`."""
        return f"{self._endpoint.provider}:{self._endpoint.model}"

    def _request(self, call: ModelCall) -> tuple[str, Mapping[str, Any]]:
        here = self._endpoint
        limit = "max_tokens" if here.base_url else "max_completion_tokens"
        return "/chat/completions", {
            "model": here.model,
            "messages": messages(call),
            limit: call.output_tokens,
            "stream": True,
            "stream_options": {"include_usage": True},
        }

    def _open(self, sdk: Any) -> Any:
        here = self._endpoint
        return sdk.AsyncOpenAI(
            # The SDK would look into the environment for what is None.
            api_key=here.key or "none",
            base_url=here.base_url or "https://api.openai.com/v1",
            organization="",
            project="",
            max_retries=RETRIES,
            http_client=self._http(sdk),
            default_headers=dict(here.headers),
        )

    def _reader(self, media_type: str) -> Reader:
        return _Streamed() if "event-stream" in media_type else _AtOnce()


def messages(call: ModelCall) -> list[dict[str, str]]:
    """The call as Chat Completions messages; materials stand fenced before the request."""
    said = [{"role": "system", "content": call.system}]
    for turn in call.turns:
        said.append({"role": "user", "content": turn.question})
        said.append({"role": "assistant", "content": turn.answer})
    fenced = "\n\n".join(_fenced(material) for material in call.materials)
    request = f"{fenced}\n\n{call.request}" if fenced else call.request
    return [*said, {"role": "user", "content": request}]


def _fenced(material: Material) -> str:
    # A passage can't close its own fence or open another: what looks like one is broken up.
    text = _FENCE.sub("< ", material.text)
    title = material.title.replace('"', "'").replace("\n", " ")
    return f'<passage number="{material.number}" title="{title}">\n{text}\n</passage>'


class _Streamed:
    """Reads an answer that comes as events."""

    def __init__(self) -> None:
        self.spoke = self.done = False
        self._events = EventReader()
        self._stopped: StopReason | None = None
        self._spent: Spent | None = None

    def feed(self, chunk: bytes) -> Iterator[ModelEvent]:
        """See `Reader`."""
        for event in self._events.feed(chunk):
            if event.data == "[DONE]":
                self.done = True
                return
            yield from self._take(_chunk(event))

    def end(self) -> Iterator[ModelEvent]:
        """See `Reader`."""
        if self._spent is not None:
            yield self._spent
        if self._stopped is None:
            raise fault(FaultKind.BROKEN)
        yield Stopped(self._stopped)

    def _take(self, chunk: Mapping[str, Any]) -> Iterator[Words]:
        self._spent = _spent(chunk) or self._spent
        for choice in chunk.get("choices") or ():
            delta = choice.get("delta") or {}
            if isinstance(delta.get("content"), str) and delta["content"]:
                self.spoke = True
                yield Words(delta["content"])
            if delta.get("refusal"):
                self._stopped = StopReason.REFUSED
            reason = choice.get("finish_reason")
            if reason and self._stopped is None:
                self._stopped = _STOPS.get(reason, StopReason.END)


class _AtOnce:
    """Reads an answer from a server that doesn't stream."""

    def __init__(self) -> None:
        self.spoke = self.done = False
        self._body = bytearray()

    def feed(self, chunk: bytes) -> Iterator[ModelEvent]:
        """See `Reader`."""
        self._body += chunk
        if len(self._body) > LONGEST:
            raise fault(FaultKind.BROKEN)
        return iter(())

    def end(self) -> Iterator[ModelEvent]:
        """See `Reader`."""
        yield from _whole(object_of(self._body.decode("utf-8", "replace")))


def _whole(answer: Mapping[str, Any]) -> Iterable[ModelEvent]:
    spent = _spent(answer)
    if spent is not None:
        yield spent
    for choice in (answer.get("choices") or ())[:1]:
        message = choice.get("message") or {}
        if isinstance(message.get("content"), str) and message["content"]:
            yield Words(message["content"])
        reason = StopReason.REFUSED if message.get("refusal") else None
        yield Stopped(reason or _STOPS.get(choice.get("finish_reason"), StopReason.END))
        return
    raise fault(FaultKind.BROKEN)


def _chunk(event: ServerEvent) -> Mapping[str, Any]:
    chunk = object_of(event.data)
    if chunk.get("error") is not None or event.type == "error":
        code = chunk["error"].get("code") if isinstance(chunk.get("error"), dict) else None
        raise fault(kind_of_status(code) if isinstance(code, int) else FaultKind.BROKEN)
    return chunk


def _spent(chunk: Mapping[str, Any]) -> Spent | None:
    usage = chunk.get("usage")
    if not isinstance(usage, dict):
        return None
    details = usage.get("prompt_tokens_details") or {}
    return Spent(
        input=int(usage.get("prompt_tokens") or 0),
        output=int(usage.get("completion_tokens") or 0),
        cache_read=int(details.get("cached_tokens") or 0),
    )
