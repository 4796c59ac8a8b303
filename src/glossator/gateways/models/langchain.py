"""Any chat model of LangChain, by `langchain:PROVIDER:MODEL` and the extra `glossator[langchain]`.

LangChain makes the model (`init_chat_model`) and finds its key where the provider's own package
looks for it. These models have no citations of one form: they are told to write
`[n "quote"]`. Imported when first used.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping
from typing import Any, Literal

from glossator.foundation.telemetry import log
from glossator.gateways.chat import (
    FaultKind,
    ModelCall,
    ModelEvent,
    ModelFault,
    Requested,
    Spent,
    Stopped,
    StopReason,
    Words,
)
from glossator.gateways.models.faults import fault, kind_of_status
from glossator.gateways.models.openai_compatible import messages
from glossator.gateways.models.streaming import RETRIES, SILENCE

# What the providers' packages call it, in lower case; anything else is an end like others.
_STOPS = {
    "length": StopReason.LENGTH,
    "max_tokens": StopReason.LENGTH,
    "model_length": StopReason.LENGTH,
    "content_filter": StopReason.REFUSED,
    "refusal": StopReason.REFUSED,
    "safety": StopReason.REFUSED,
    "prohibited_content": StopReason.REFUSED,
}
_REASONS = ("finish_reason", "stop_reason", "done_reason")
Make = Callable[[int], Any]


class LangChain:
    """`ChatModel` over a LangChain chat model.

    `make` gives the model for a number of output tokens; without it `init_chat_model` does.
    """

    cites: Literal["native", "marks"] = "marks"

    def __init__(
        self,
        provider: str,
        model: str,
        *,
        calls: int = 512,
        silence: float = SILENCE,
        make: Make | None = None,
    ) -> None:
        self._provider = provider
        self._model = model
        self._silence = silence
        self._room = asyncio.Semaphore(calls)
        self._make = make or self._init
        self._made: dict[int, Any] = {}

    @property
    def name(self) -> str:
        """See `ChatModel`."""
        return f"langchain:{self._provider}:{self._model}"

    async def stream(self, call: ModelCall) -> AsyncGenerator[ModelEvent]:
        """See `ChatModel`; `Spent` comes at the end alone, for LangChain's counts are shares."""
        clock = asyncio.get_running_loop()
        deadline = clock.time() + call.seconds
        try:
            async with asyncio.timeout_at(deadline):
                await self._room.acquire()
        except TimeoutError:
            raise fault(FaultKind.TIMEOUT, reached=False) from None
        told, chunks = _Told(), None
        try:
            yield Requested()
            chunks = self._opened(call.output_tokens).astream(messages(call))
            while True:
                until = min(deadline, clock.time() + self._silence)
                chunk = await _next(chunks, until)
                if chunk is None:
                    break
                text = told.take(chunk)
                if text:
                    yield Words(text)
            if told.spent is not None:
                yield told.spent
            yield Stopped(told.stopped)
        finally:
            self._room.release()
            if chunks is not None:
                await chunks.aclose()

    def prepare(self) -> None:
        """See `ChatModel`; a model that can't be made says so when it is asked."""
        try:
            self._opened(1_024)
        except ModelFault as error:
            log(__name__).warning("a model can't be made", model=self.name, why=error.detail)

    async def close(self) -> None:
        """Nothing to give back: LangChain's models keep their connections to themselves."""

    def _opened(self, output_tokens: int) -> Any:
        if output_tokens not in self._made:
            try:
                self._made[output_tokens] = self._make(output_tokens)
            except ImportError:
                detail = f"The package for {self._provider} isn't installed: LangChain has one."
                raise ModelFault(FaultKind.REQUEST, detail, reached=False) from None
            except Exception as error:  # noqa: BLE001  each provider's package has its own
                log(__name__).warning("LangChain made no model", error=type(error).__name__)
                detail = "LangChain can't make this model. Check its provider, name and key."
                raise ModelFault(FaultKind.REQUEST, detail, reached=False) from None
        return self._made[output_tokens]

    def _init(self, output_tokens: int) -> Any:
        from langchain.chat_models import init_chat_model

        make: Any = init_chat_model
        return make(
            self._model,
            model_provider=self._provider,
            max_tokens=output_tokens,
            max_retries=RETRIES,
            timeout=self._silence,
        )


class _Told:
    """What the chunks of one answer have told so far."""

    def __init__(self) -> None:
        self.stopped = StopReason.END
        self.spent: Spent | None = None

    def take(self, chunk: Any) -> str:
        """The chunk's text. Counts of several chunks add up: LangChain's rule for its merging."""
        usage = getattr(chunk, "usage_metadata", None)
        if usage:
            self.spent = _added(self.spent or Spent(0, 0), usage)
        told = chunk.response_metadata
        for reason in (told.get(name) for name in _REASONS):
            if reason:
                self.stopped = _STOPS.get(str(reason).lower(), self.stopped)
        return str(chunk.text)


async def _next(chunks: AsyncIterator[Any], until: float) -> Any:
    """The next chunk, None at the end; raises `ModelFault` alone, or a cancellation."""
    try:
        async with asyncio.timeout_at(until):
            return await anext(chunks, None)
    except TimeoutError:
        raise fault(FaultKind.TIMEOUT) from None
    except Exception as error:  # noqa: BLE001  the providers' packages share no base of errors
        log(__name__).warning("LangChain's model failed", error=type(error).__name__)
        raise _translated(error) from None


def _translated(error: Exception) -> ModelFault:
    response = getattr(error, "response", None)
    for status in (
        getattr(error, "status_code", None),
        getattr(response, "status_code", None),
        getattr(error, "code", None),
    ):
        if isinstance(status, int) and 400 <= status < 600:
            return fault(kind_of_status(status))
    name = type(error).__name__
    if "Timeout" in name:
        return fault(FaultKind.TIMEOUT)
    if isinstance(error, ConnectionError) or "Connect" in name:
        return fault(FaultKind.NETWORK)
    return fault(FaultKind.BROKEN)


def _added(before: Spent, usage: Mapping[str, Any]) -> Spent:
    details = usage.get("input_token_details") or {}
    return Spent(
        input=before.input + int(usage.get("input_tokens") or 0),
        output=before.output + int(usage.get("output_tokens") or 0),
        cache_read=before.cache_read + int(details.get("cache_read") or 0),
        cache_written=before.cache_written + int(details.get("cache_creation") or 0),
    )
