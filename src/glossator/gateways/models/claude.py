"""Claude, with its native citations: one `search_result` block per material, a part per sentence.

The SDK sends the request (key, retries, timeouts); the stream is decoded here, as in
`openai_compatible`. Claude cites whole parts of a block, so materials come cut into sentences.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Literal

from glossator.gateways.chat import (
    BlockEnded,
    Cited,
    FaultKind,
    Material,
    ModelCall,
    ModelEvent,
    Spent,
    Stopped,
    StopReason,
    Words,
)
from glossator.gateways.models.faults import fault
from glossator.gateways.models.sse import EventReader
from glossator.gateways.models.streaming import RETRIES, SILENCE, Reader, SdkModel, object_of

# Shorter prompts aren't cached by any current model, and marking them costs nothing but bytes.
_WORTH_CACHING = 16_000
_STOPS = {
    "max_tokens": StopReason.LENGTH,
    "model_context_window_exceeded": StopReason.LENGTH,
    "refusal": StopReason.REFUSED,
}
_ERRORS = {
    "overloaded_error": FaultKind.OVERLOADED,
    "rate_limit_error": FaultKind.LIMITED,
    "authentication_error": FaultKind.KEY,
    "permission_error": FaultKind.KEY,
    "invalid_request_error": FaultKind.REQUEST,
    "timeout_error": FaultKind.TIMEOUT,
    "api_error": FaultKind.FAILED,
}


class Claude(SdkModel):
    """`ChatModel` over Anthropic's Messages."""

    cites: Literal["native", "marks"] = "native"

    def __init__(
        self,
        model: str,
        *,
        key: str,
        base_url: str | None = None,
        calls: int = 512,
        silence: float = SILENCE,
    ) -> None:
        super().__init__("anthropic", calls=calls, silence=silence)
        self._model = model
        self._key = key
        self._base_url = base_url

    @property
    def name(self) -> str:
        """See `ChatModel`."""
        return self._model

    def _request(self, call: ModelCall) -> tuple[str, Mapping[str, Any]]:
        system: dict[str, Any] = {"type": "text", "text": call.system}
        if len(call.system) >= _WORTH_CACHING:
            system["cache_control"] = {"type": "ephemeral"}
        return "/v1/messages", {
            "model": self._model,
            "system": [system],
            "messages": _messages(call),
            "max_tokens": call.output_tokens,
            "stream": True,
        }

    def _open(self, sdk: Any) -> Any:
        return sdk.AsyncAnthropic(
            api_key=self._key or "none",
            base_url=self._base_url or "https://api.anthropic.com",
            max_retries=RETRIES,
            http_client=self._http(sdk),
        )

    def _reader(self, media_type: str) -> Reader:
        if "event-stream" not in media_type:
            raise fault(FaultKind.BROKEN)
        return _Streamed()


def _messages(call: ModelCall) -> list[dict[str, Any]]:
    said: list[dict[str, Any]] = []
    for turn in call.turns:
        said.append({"role": "user", "content": turn.question})
        said.append({"role": "assistant", "content": turn.answer})
    content = [_search_result(material) for material in call.materials]
    return [*said, {"role": "user", "content": [*content, {"type": "text", "text": call.request}]}]


def _search_result(material: Material) -> dict[str, Any]:
    return {
        "type": "search_result",
        "source": f"chunk:{material.number}",
        "title": material.title,
        "content": [{"type": "text", "text": part} for part in material.parts if part.strip()],
        "citations": {"enabled": True},
    }


class _Streamed:
    """Reads an answer that comes as events."""

    def __init__(self) -> None:
        self.spoke = self.done = False
        self._events = EventReader()
        self._stopped: StopReason | None = None
        self._prompt = Spent(0, 0)

    def feed(self, chunk: bytes) -> Iterator[ModelEvent]:
        """See `Reader`."""
        for event in self._events.feed(chunk):
            data = _data(event.data)
            if data.get("type") == "message_stop":
                self.done = True
                return
            found = self._take(data)
            if found is not None:
                self.spoke = self.spoke or isinstance(found, Words)
                yield found

    def end(self) -> Iterator[ModelEvent]:
        """See `Reader`."""
        if self._stopped is None:
            raise fault(FaultKind.BROKEN)
        yield Stopped(self._stopped)

    def _take(self, data: Mapping[str, Any]) -> ModelEvent | None:
        """What an event means for the caller, if anything."""
        match data.get("type"):
            case "content_block_delta":
                return _delta(int(data.get("index") or 0), data.get("delta") or {})
            case "content_block_stop":
                return BlockEnded(int(data.get("index") or 0))
            case "message_start":
                self._prompt = _prompt((data.get("message") or {}).get("usage") or {})
                return self._prompt
            case "message_delta":
                reason = (data.get("delta") or {}).get("stop_reason")
                self._stopped = _STOPS.get(reason, StopReason.END) if reason else self._stopped
                output = int((data.get("usage") or {}).get("output_tokens") or 0)
                return replace(self._prompt, output=output)
            case _:
                return None


def _data(text: str) -> Mapping[str, Any]:
    data = object_of(text)
    if data.get("type") == "error":
        kind = (data.get("error") or {}).get("type")
        raise fault(_ERRORS.get(str(kind), FaultKind.BROKEN), reached=True)
    return data


def _delta(block: int, delta: Mapping[str, Any]) -> ModelEvent | None:
    kind = delta.get("type")
    if kind == "text_delta" and delta.get("text"):
        return Words(str(delta["text"]), block)
    citation = delta.get("citation") or {}
    if kind == "citations_delta" and citation.get("type") == "search_result_location":
        number = str(citation.get("source") or "").removeprefix("chunk:")
        quote = citation.get("cited_text")
        if number.isdigit() and len(number) < 6 and isinstance(quote, str):
            return Cited(block, int(number), quote)
    return None


def _prompt(usage: Mapping[str, Any]) -> Spent:
    read = int(usage.get("cache_read_input_tokens") or 0)
    written = int(usage.get("cache_creation_input_tokens") or 0)
    # Anthropic counts cached tokens beside `input_tokens`, not in it.
    plain = int(usage.get("input_tokens") or 0)
    return Spent(plain + read + written, int(usage.get("output_tokens") or 0), read, written)
