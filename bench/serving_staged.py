"""The server with a stopwatch around its stages; told by SIGUSR1 into the file named by STAGES.

    STAGES=FILE python -m bench.serving_staged serve …

For each stage: CPU seconds of its thread, wall seconds, calls. Stages that run inside another
are taken off it.
"""

from __future__ import annotations

import functools
import json
import os
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from glossator import cli
from glossator.calling.attempts import Payments
from glossator.gateways.embedders.bundled import BundledEmbedder
from glossator.gateways.lexical.sqlite_fts import SqliteWords
from glossator.gateways.vectors.exact import ExactIndex
from glossator.retrieval.service import Search
from glossator.tutor import preparing, streaming
from glossator.tutor.answering import Answering
from glossator.tutor.composing import Composer
from glossator.tutor.preparing import Preparing
from glossator.usage import charging

_STAGES: tuple[tuple[str, Any, str], ...] = (
    ("who asks, allowance", charging, "_admit"),
    ("session, scope", Preparing, "prepare"),
    ("search: question encoded", BundledEmbedder, "encode"),
    ("search: vectors", ExactIndex, "search"),
    ("search: words", SqliteWords, "search"),
    ("search: passages, ranking", Search, "search"),
    ("materials for the model", preparing, "gather"),
    ("money reserved", Payments, "reserve"),
    ("model's text read and proven", Composer, "take"),
    ("answer judged", Composer, "finish"),
    ("money settled, message kept", Answering, "_conclude"),
    ("answer written as events", streaming, "_part"),
    ("answer written as events", streaming, "_delta"),
)


class Stopwatch:
    """Sums by stage; one stack per thread, so that an inner stage is taken off its outer one."""

    def __init__(self) -> None:
        self._sums: dict[str, list[float]] = {name: [0.0, 0.0, 0] for name, _, _ in _STAGES}
        self._inner = threading.local()

    def around(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """The function, timed."""
        sums, inner = self._sums[name], self._inner

        @functools.wraps(function)
        def timed(*args: Any, **kwargs: Any) -> Any:
            outer = getattr(inner, "spent", (0.0, 0.0))
            inner.spent = (0.0, 0.0)
            wall, cpu = time.perf_counter(), time.thread_time()
            try:
                return function(*args, **kwargs)
            finally:
                cpu, wall = time.thread_time() - cpu, time.perf_counter() - wall
                sums[0] += cpu - inner.spent[0]
                sums[1] += wall - inner.spent[1]
                sums[2] += 1
                inner.spent = (outer[0] + cpu, outer[1] + wall)

        return timed

    def tell(self, *_: object) -> None:
        """Write the sums and begin anew."""
        answers = self._sums["money settled, message kept"][2]
        told = {"answers": [answers, 0, 0], **self._sums}
        Path(os.environ["STAGES"]).write_text(json.dumps(told), "utf-8")


def main() -> None:
    """The command line, timed."""
    watch = Stopwatch()
    for name, owner, attribute in _STAGES:
        setattr(owner, attribute, watch.around(name, getattr(owner, attribute)))
    signal.signal(signal.SIGUSR1, watch.tell)
    cli.main()


if __name__ == "__main__":
    main()
