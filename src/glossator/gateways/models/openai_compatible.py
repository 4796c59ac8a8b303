"""Anything that speaks OpenAI's Chat Completions: OpenAI, Gemini, OpenRouter, Ollama, vLLM, …

The SDK sends the request (key, retries, timeouts); the stream is decoded here, because its typed
events cost 0.28 ms a token, three times as much as this. These models have no citations of
their own: materials are numbered and the model writes `[n "quote"]`.
"""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

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
from glossator.gateways.models.sse import ServerEvent, events
from glossator.gateways.models.streaming import RETRIES, SILENCE, SdkModel, object_of

if TYPE_CHECKING:
    from openai._response import AsyncAPIResponse

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
        super().__init__("openai", _read, calls=calls, silence=silence)
        self._endpoint = endpoint

    @property
    def name(self) -> str:
        """See `ChatModel`."""
        return f"{self._endpoint.provider}:{self._endpoint.model}"

    def _request(self, call: ModelCall) -> Any:
        here = self._endpoint
        limit = "max_tokens" if here.base_url else "max_completion_tokens"
        create = self._opened().chat.completions.with_streaming_response.create
        return create(
            model=here.model,
            # In the extra body the SDK doesn't look for files and dates in every passage.
            messages=[],
            stream=True,
            stream_options={"include_usage": True},
            extra_body={"messages": messages(call), limit: call.output_tokens},
        )

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


async def _read(response: AsyncAPIResponse[Any]) -> AsyncGenerator[ModelEvent]:
    """Events of a streamed answer, or of a whole one from a server that doesn't stream."""
    if "event-stream" not in response.headers.get("content-type", "event-stream"):
        for found in _whole(object_of((await response.read()).decode("utf-8", "replace"))):
            yield found
        return
    answer = _Answer()
    async for event in events(response.iter_bytes()):
        if event.data == "[DONE]":
            break
        for text in answer.take(_chunk(event)):
            yield Words(text)
    if answer.spent is not None:
        yield answer.spent
    if answer.stopped is None:
        raise fault(FaultKind.BROKEN)
    yield Stopped(answer.stopped)


class _Answer:
    """What the chunks of one answer have told so far."""

    def __init__(self) -> None:
        self.stopped: StopReason | None = None
        self.spent: Spent | None = None

    def take(self, chunk: Mapping[str, Any]) -> Iterator[str]:
        """The chunk's text."""
        self.spent = _spent(chunk) or self.spent
        for choice in chunk.get("choices") or ():
            delta = choice.get("delta") or {}
            if isinstance(delta.get("content"), str) and delta["content"]:
                yield delta["content"]
            if delta.get("refusal"):
                self.stopped = StopReason.REFUSED
            reason = choice.get("finish_reason")
            if reason and self.stopped is None:
                self.stopped = _STOPS.get(reason, StopReason.END)


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
