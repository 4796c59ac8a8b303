"""The end of the server, told to what is still open: answers on their way get a little longer."""

from __future__ import annotations

import asyncio
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

# Seconds between the signal and the end of what is still open then.
GRACE = 6.0


class Closing:
    """Whoever keeps a response open adds what ends it, in words, once the server must go.

    `begun` says that it must, before the grace is over: what goes on for ever may end at once.
    """

    def __init__(self, grace: float = GRACE) -> None:
        self._grace = grace
        self._open: set[Callable[[], None]] = set()
        self.begun = False

    def add(self, end: Callable[[], None]) -> None:
        """Call `end`, which must not wait, when the grace is over."""
        self._open.add(end)

    def discard(self, end: Callable[[], None]) -> None:
        """It has ended by itself."""
        self._open.discard(end)

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Hear SIGINT and SIGTERM beside the server's own handlers, which are called as ever.

        Only the main thread can; elsewhere (in tests) there are no signals to hear.
        """
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        loop = asyncio.get_running_loop()
        before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}

        def hear(number: int, frame: FrameType | None) -> None:
            self.begun = True
            loop.call_soon_threadsafe(loop.call_later, self._grace, self._end)
            handler = before[signal.Signals(number)]
            if callable(handler):
                handler(number, frame)

        for number in before:
            signal.signal(number, hear)
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _end(self) -> None:
        for end in list(self._open):
            end()
