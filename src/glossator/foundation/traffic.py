"""Who waits for an answer right now: background work steps aside for them."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

# Of Linux's 19: a thread so nice gets a quarter of a core that somebody else wants too.
_NICENESS = 5


class Traffic:
    """Counts the questions that this process is answering."""

    def __init__(self) -> None:
        self._free = threading.Condition()
        self._busy = 0

    @contextmanager
    def question(self) -> Iterator[None]:
        """Somebody waits while the block runs."""
        with self._free:
            self._busy += 1
        try:
            yield
        finally:
            with self._free:
                self._busy -= 1
                if not self._busy:
                    self._free.notify_all()

    def wait_for_quiet(self, most: float) -> bool:
        """Wait until nobody waits, `most` seconds at the longest; whether it became quiet."""
        until = time.monotonic() + most
        with self._free:
            while self._busy:
                left = until - time.monotonic()
                if left <= 0:
                    return False
                self._free.wait(left)
        return True

    def giving_way(self, share: float) -> Callable[[], None]:
        """A call to make between pieces of background work; it waits while somebody waits.

        It waits `share` times as long as the work took since the last call, at the longest: with
        3, the work has a quarter of the time as long as there are questions.
        """
        began = time.monotonic()

        def give_way() -> None:
            nonlocal began
            self.wait_for_quiet(share * (time.monotonic() - began))
            began = time.monotonic()

        return give_way


def step_back() -> None:
    """Let the calling thread have less of the processor where others want it (Linux alone)."""
    if sys.platform == "linux":
        # Elsewhere a thread has no priority of its own, and its number may be another process's.
        me = threading.get_native_id()
        nice = os.getpriority(os.PRIO_PROCESS, me) + _NICENESS
        os.setpriority(os.PRIO_PROCESS, me, min(nice, 19))
