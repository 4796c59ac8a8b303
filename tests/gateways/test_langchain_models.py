"""The contract of `ChatModel` on LangChain's models, as far as its own fake can show it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Any

import pytest

from glossator.gateways.chat import (
    FaultKind,
    Material,
    ModelCall,
    ModelEvent,
    ModelFault,
    Requested,
    Spent,
    Stopped,
    StopReason,
    Turn,
    Words,
)
from glossator.gateways.models import choosing
from glossator.gateways.models.langchain import LangChain

pytest.importorskip("langchain_core", reason="The extra langchain isn't installed.")

CALL = ModelCall(
    system="Only from the passages.",
    request="What is an IMU?",
    materials=(Material(1, "Sensors", ("An IMU measures turns. ", "It drifts.")),),
    turns=(Turn("Hello?", "Yes."),),
    output_tokens=64,
    seconds=20,
)


class RateLimitError(Exception):
    """As the providers' packages have them."""

    def __init__(self, status: int) -> None:
        super().__init__("raw secret")
        self.status_code = status


class APIConnectionError(Exception):
    pass


class Scripted:
    """A model's stream as LangChain gives it: chunks, faults, silence; and what it was sent."""

    def __init__(self, *steps: Any) -> None:
        self.steps = steps
        self.sent: list[Any] = []
        self.closed = False

    async def astream(self, sent: list[Any]) -> AsyncIterator[Any]:
        """The steps: a chunk is given, seconds are waited, an error is raised."""
        self.sent = sent
        try:
            for step in self.steps:
                if isinstance(step, Exception):
                    raise step
                if isinstance(step, float):
                    await asyncio.sleep(step)
                else:
                    yield step
        finally:
            self.closed = True


def chunk(text: str = "", **members: Any) -> Any:
    from langchain_core.messages import AIMessageChunk

    return AIMessageChunk(content=text, **members)


def usage(given: int, written: int) -> dict[str, Any]:
    return {
        "usage_metadata": {
            "input_tokens": given,
            "output_tokens": written,
            "total_tokens": given + written,
            "input_token_details": {"cache_read": given // 2},
        }
    }


def hear(model: LangChain, call: ModelCall = CALL) -> tuple[list[ModelEvent], ModelFault | None]:
    heard: list[ModelEvent] = []

    async def run() -> None:
        async with aclosing(model.stream(call)) as events:
            async for event in events:
                heard.append(event)  # noqa: PERF401  what came before a fault is kept

    try:
        asyncio.run(run())
    except ModelFault as fault:
        return heard, fault
    return heard, None


def over(scripted: Any, **how: Any) -> LangChain:
    return LangChain("fake", "m", make=lambda _: scripted, **how)


def text(events: list[ModelEvent]) -> str:
    return "".join(event.text for event in events if isinstance(event, Words))


def test_langchains_own_fake_answers_in_pieces():
    from langchain_core.language_models.fake_chat_models import GenericFakeChatModel
    from langchain_core.messages import AIMessage

    said = "An IMU measures turns, naïve café ۱۲."
    made: list[int] = []

    def make(tokens: int) -> Any:
        made.append(tokens)
        return GenericFakeChatModel(messages=iter([AIMessage(said)]))

    model = LangChain("fake", "m", make=make)
    heard, fault = hear(model)
    assert (text(heard), fault, made) == (said, None, [64])
    assert sum(isinstance(event, Words) for event in heard) > 3
    assert heard[-1] == Stopped(StopReason.END)
    assert (model.name, model.cites) == ("langchain:fake:m", "marks")


def test_counts_of_several_chunks_add_up():
    scripted = Scripted(chunk("a", **usage(40, 0)), chunk("b"), chunk(**usage(0, 7)))
    heard, _ = hear(over(scripted))
    assert heard[-2] == Spent(40, 7, cache_read=20)


def test_the_whole_call_reaches_the_model():
    scripted = Scripted(chunk("Yes."))
    hear(over(scripted))
    from langchain_core.messages.utils import convert_to_messages

    sent = convert_to_messages(scripted.sent)
    assert [message.type for message in sent] == ["system", "human", "ai", "human"]
    assert '<passage number="1" title="Sensors">' in str(sent[-1].content)
    assert str(sent[-1].content).endswith("What is an IMU?")


def test_text_in_blocks_is_text():
    blocks: Any = [{"type": "text", "text": "one "}, {"type": "text", "text": "two"}]
    heard, _ = hear(over(Scripted(chunk(blocks))))
    assert text(heard) == "one two"


@pytest.mark.parametrize(
    ("told", "reason"),
    [
        ({"finish_reason": "stop"}, StopReason.END),
        ({"finish_reason": "length"}, StopReason.LENGTH),
        ({"finish_reason": "MAX_TOKENS"}, StopReason.LENGTH),
        ({"stop_reason": "refusal"}, StopReason.REFUSED),
        ({"finish_reason": "SAFETY"}, StopReason.REFUSED),
    ],
)
def test_why_it_stopped(told: dict[str, str], reason: StopReason):
    heard, _ = hear(over(Scripted(chunk("So"), chunk(response_metadata=told))))
    assert heard[-1] == Stopped(reason)


@pytest.mark.parametrize(
    ("error", "kind", "reached"),
    [
        (RateLimitError(429), FaultKind.LIMITED, False),
        (RateLimitError(401), FaultKind.KEY, False),
        (RateLimitError(404), FaultKind.REQUEST, False),
        (RateLimitError(500), FaultKind.FAILED, True),
        (RateLimitError(529), FaultKind.OVERLOADED, False),
        (APIConnectionError(), FaultKind.NETWORK, True),
        (TimeoutError(), FaultKind.TIMEOUT, True),
        (ValueError("raw secret"), FaultKind.BROKEN, True),
    ],
)
def test_errors_are_told_in_our_words(error: Exception, kind: FaultKind, reached: bool):
    heard, fault = hear(over(Scripted(error)))
    assert fault is not None
    assert (fault.kind, fault.reached, heard) == (kind, reached, [Requested()])
    assert "raw secret" not in str(fault)


def test_a_cut_in_mid_stream_is_a_fault_after_what_came():
    heard, fault = hear(over(Scripted(chunk("one "), chunk("two"), ConnectionResetError())))
    assert fault is not None
    assert (text(heard), fault.kind, fault.reached) == ("one two", FaultKind.NETWORK, True)


@pytest.mark.parametrize(("silence", "seconds"), [(0.2, 20.0), (20.0, 0.2)])
def test_silence_ends_in_time(silence: float, seconds: float):
    scripted = Scripted(chunk("one"), 30.0)
    began = time.monotonic()
    heard, fault = hear(over(scripted, silence=silence), ModelCall("s", "r", seconds=seconds))
    assert fault is not None
    assert (text(heard), fault.kind) == ("one", FaultKind.TIMEOUT)
    assert time.monotonic() - began < 5
    assert scripted.closed


def test_whoever_closes_the_answer_stops_the_model():
    scripted = Scripted(*[step for _ in range(100) for step in (chunk("w "), 0.01)])
    model = over(scripted, calls=1)

    async def leave() -> None:
        async with aclosing(model.stream(CALL)) as events:
            async for event in events:
                if isinstance(event, Words):
                    break
        assert scripted.closed
        # The room is free again.
        async with asyncio.timeout(1), aclosing(model.stream(CALL)) as events:
            async for _ in events:
                break

    asyncio.run(leave())


def test_a_model_that_cannot_be_made_is_a_fault():
    def make(_: int) -> Any:
        raise ImportError("raw secret")

    model = LangChain("nobody", "m", make=make)
    model.prepare()
    _, fault = hear(model)
    assert fault is not None
    assert (fault.kind, fault.reached) == (FaultKind.REQUEST, False)
    assert "nobody" in fault.detail


def test_its_name_in_the_settings():
    pytest.importorskip("langchain", reason="The extra langchain isn't installed.")
    keys = choosing.Keys()
    (model,) = choosing.make(["langchain:mistralai:mistral-small"], keys, calls=2)
    assert model.name == "langchain:mistralai:mistral-small"
    for wrong in ("langchain:mistralai", "langchain::m", "langchain:x:"):
        with pytest.raises(choosing.UnknownModel):
            choosing.make([wrong], keys, calls=2)
    _, fault = hear(LangChain("no-such-provider", "m"))
    assert fault is not None
    assert fault.kind is FaultKind.REQUEST
