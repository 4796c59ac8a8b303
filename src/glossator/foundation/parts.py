"""Whether parts answer, asked all at once and never waited for longer than a few seconds."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from typing import Literal

from glossator.foundation.telemetry import log

State = Literal["ok", "down"]


class Parts:
    """Asks parts, each in a thread of its own.

    One that doesn't answer in time is down, and isn't asked again until its last ask has ended:
    whoever asks often must not pile up threads that hang. `failures` are what an ask may raise.
    """

    def __init__(self, failures: tuple[type[Exception], ...], *, seconds: float = 4.0) -> None:
        self._failures = failures
        self._seconds = seconds
        self._lock = threading.Lock()
        self._asked: set[str] = set()

    def ask(self, asks: Mapping[str, Callable[[], object]]) -> dict[str, tuple[State, float]]:
        """The state of each part, and the milliseconds that it took to say so."""
        told: dict[str, tuple[State, float]] = {}
        began = time.perf_counter()
        threads = []
        for name, ask in asks.items():
            if self._free(name):
                target, about = self._asking, (name, ask, told)
                threads.append(threading.Thread(target=target, args=about, daemon=True))
                threads[-1].start()
        for thread in threads:
            thread.join(max(0.0, self._seconds - (time.perf_counter() - began)))
        late: tuple[State, float] = ("down", _since(began))
        return {name: told.get(name, late) for name in asks}

    def _asking(
        self, name: str, ask: Callable[[], object], told: dict[str, tuple[State, float]]
    ) -> None:
        began = time.perf_counter()
        state: State = "down"
        try:
            ask()
            state = "ok"
        except self._failures as error:
            log(__name__).info("a part doesn't answer", part=name, error=type(error).__name__)
        finally:
            with self._lock:
                self._asked.discard(name)
            told[name] = (state, _since(began))

    def _free(self, name: str) -> bool:
        with self._lock:
            if name in self._asked:
                return False
            self._asked.add(name)
            return True


def _since(began: float) -> float:
    return round((time.perf_counter() - began) * 1000, 2)
