"""Work in threads: what has begun ends before whoever waited for it goes on."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, Iterator

import pytest

from glossator.foundation.threads import Threads


@pytest.fixture
def one() -> Iterator[Threads]:
    """A single thread."""
    threads = Threads(1, "test")
    yield threads
    threads.close()


def left_early(begin: Callable[[Callable[[], None]], Awaitable[None]]) -> list[str]:
    """What is done where two begin, the second behind the first, and both are cancelled."""
    done: list[str] = []
    entered, go_on = threading.Event(), threading.Event()

    def first() -> None:
        entered.set()
        go_on.wait(10)
        done.append("first")

    async def run() -> None:
        tasks = [
            asyncio.ensure_future(begin(work)) for work in (first, lambda: done.append("second"))
        ]
        assert await asyncio.to_thread(entered.wait, 10)
        for task in tasks:
            task.cancel()
        await asyncio.sleep(0.01)
        assert not tasks[0].done()
        go_on.set()
        await asyncio.wait(tasks)
        assert all(task.cancelled() for task in tasks)

    asyncio.run(run())
    return done


def test_who_is_cancelled_waits_for_what_has_begun_and_the_rest_never_begins(one: Threads):
    assert left_early(one.run) == ["first"]


def test_what_is_owed_is_done_also_where_it_had_to_wait(one: Threads):
    assert left_early(one.finish) == ["first", "second"]


def test_an_error_is_the_callers(one: Threads):
    def fails(what: str) -> None:
        raise ValueError(what)

    with pytest.raises(ValueError, match="this"):
        asyncio.run(one.run(fails, "this"))
