"""Threads for work that is short and frequent, and whose effects must be known.

A hop to one and back costs a turn of the event loop each way. anyio's way takes three more, for
its limiter and its cancellation: with 64 answers on their way those are what a question waits for.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from functools import partial
from typing import ParamSpec, TypeVar

import anyio

P = ParamSpec("P")
Result = TypeVar("Result")


class Threads:
    """At most `count` threads; what finds none free waits its turn."""

    def __init__(self, count: int, name: str) -> None:
        self._pool = ThreadPoolExecutor(count, thread_name_prefix=name)

    async def run(self, work: Callable[P, Result], *args: P.args, **kwargs: P.kwargs) -> Result:
        """The result of `work`; who is cancelled meanwhile goes on when it has ended.

        Work that hasn't begun by then never does.
        """
        begun = self._pool.submit(copy_context().run, partial(work, *args, **kwargs))
        return await to_its_end(asyncio.wrap_future(begun), begun.cancel)

    async def finish(self, work: Callable[P, Result], *args: P.args, **kwargs: P.kwargs) -> Result:
        """As `run`, but what waits its turn is done too: for what is owed."""
        begun = self._pool.submit(copy_context().run, partial(work, *args, **kwargs))
        return await to_its_end(asyncio.wrap_future(begun))

    def close(self) -> None:
        """Let the threads go when they have done what they were given."""
        self._pool.shutdown(wait=False)


async def to_its_end(
    running: asyncio.Future[Result], stop: Callable[[], object] = lambda: None
) -> Result:
    """What a thread gives; who is cancelled meanwhile goes on when it has ended.

    A thread can't be stopped: what it commits is committed all the same, and whoever cleans up
    must find it. `stop` may keep it from beginning.
    """
    try:
        return await asyncio.shield(running)
    except asyncio.CancelledError:
        stop()
        with anyio.CancelScope(shield=True):
            await asyncio.wait([running])
        if not running.cancelled():
            # Else asyncio would complain that nobody looked at it.
            running.exception()
        raise
