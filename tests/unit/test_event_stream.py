"""Work that is heard as a stream: in batches, with signs of life, until it ends or is left."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Awaitable, Callable

from starlette.types import Message

from glossator.foundation.event_stream import EventStream, Running, delta, part

Tell = Callable[[str], None]


def heard(work: Callable[[Tell], Awaitable[str]], heartbeat: float = 15.0) -> list[list[str]]:
    async def run() -> list[list[str]]:
        running = Running[str, str](work, heartbeat=heartbeat)
        return [told async for told in running.heard()]

    return asyncio.run(run())


def test_what_is_told_at_once_is_heard_at_once_and_nothing_is_lost():
    async def work(tell: Tell) -> str:
        tell("a")
        tell("b")
        await asyncio.sleep(0.01)
        tell("c")
        return "end"

    assert heard(work) == [["a", "b"], ["c"]]


def test_a_silence_is_heard_as_nothing():
    async def work(tell: Tell) -> str:
        await asyncio.sleep(0.1)
        tell("late")
        return "end"

    told = heard(work, heartbeat=0.02)
    assert told[-1] == ["late"]
    assert 2 <= told.count([]) <= 5


def test_the_first_thing_is_waited_for_and_heard_again():
    async def work(tell: Tell) -> str:
        await asyncio.sleep(0.01)
        tell("first")
        return "end"

    async def run() -> tuple[str | None, list[list[str]]]:
        running = Running[str, str](work)
        return await running.begin(), [told async for told in running.heard()]

    assert asyncio.run(run()) == ("first", [["first"]])


def test_a_client_that_leaves_ends_the_work_before_the_response_is_over():
    settled: list[str] = []
    sent: list[Message] = []

    async def work(tell: Tell) -> str:
        try:
            tell("a")
            await asyncio.sleep(30)
        finally:
            settled.append("settled")
        return "end"

    async def run() -> None:
        running = Running[str, str](work)
        left = asyncio.Event()

        async def parts() -> AsyncGenerator[bytes]:
            async for told in running.heard():
                yield part("told", what=told)
                left.set()

        async def receive() -> Message:
            await left.wait()
            return {"type": "http.disconnect"}

        async def send(message: Message) -> None:
            sent.append(message)

        await EventStream(running, parts())({"type": "http"}, receive, send)
        assert running.task.cancelled()

    asyncio.run(run())
    assert settled == ["settled"]
    assert b'"what": ["a"]' in sent[1]["body"]


def test_a_response_that_never_begins_ends_the_work_too():
    async def work(_: Tell) -> str:
        await asyncio.sleep(30)
        return "end"

    async def run() -> bool:
        running = Running[str, str](work)

        async def parts() -> AsyncGenerator[bytes]:
            async for told in running.heard():
                yield part("told", what=told)

        async def receive() -> Message:
            return await asyncio.Event().wait()  # type: ignore[return-value]

        async def send(_: Message) -> None:
            raise OSError

        try:
            await EventStream(running, parts())({"type": "http"}, receive, send)
        except OSError:
            return running.task.cancelled()
        return False

    assert asyncio.run(run())


def test_a_delta_is_the_part_that_it_stands_for():
    for text in ('a "b"\n', "naïve ۱۲ 😀", ""):
        assert delta("answer", text) == part("text-delta", id="answer", delta=text)
    half = json.loads(delta("answer", "\ud83d")[6:])
    assert half["delta"] == "\ud83d"
