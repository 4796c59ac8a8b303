"""What questions cost in a library of one size, in a process of its own.

    python -m bench.growth_asking < ORDER

ORDER is a JSON object, see `Order`; the answer is one line, see `measured`. CPU is this process's
and, where Postgres runs on this machine, that of the processes that serve its database.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from sqlalchemy import text

from bench.growth_books import Rewording
from glossator.foundation.database import Database
from glossator.gateways.ports import Scope
from glossator.retrieval import service
from glossator.settings import Settings
from glossator.wiring import House, build

STAGES = ("embed", "vectors", "words", "passages", "fusion", "rerank")
_WARM, _IN_BOOK, _IN_ALL, _FIRSTS = 12, 80, 24, 20


@dataclass(frozen=True, slots=True)
class Order:
    """Where the library is, and what to ask: questions, the book, the large one, all books."""

    folder: str
    database_url: str | None
    vectors_url: str
    questions: list[str]
    books: list[str]
    large: str | None


class Meter:
    """CPU seconds by stage."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._servers: list[int] = []
        self.spent: dict[str, list[float]] = {name: [] for name in (*STAGES, "all")}

    def find_servers(self) -> None:
        """Which processes serve the database; again after new connections."""
        if not self._database.is_sqlite:
            with self._database.reading() as session:
                found = session.scalars(
                    text("SELECT pid FROM pg_stat_activity WHERE datname = current_database()")
                )
                files = [f"/proc/{pid}/schedstat" for pid in found]
            # Kept open: opening them at each stage would cost more than some stages.
            self._servers = [os.open(file, os.O_RDONLY) for file in files if Path(file).exists()]

    def now(self) -> float:
        """CPU seconds of all processes so far."""
        spent = time.process_time()
        for server in self._servers:
            spent += int(os.pread(server, 100, 0).split()[0]) / 1e9
        return spent

    def around(self, stage: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """The function, measured; what it costs in one question is summed."""

        def measured(*arguments: Any, **named: Any) -> Any:
            began = self.now()
            try:
                return function(*arguments, **named)
            finally:
                self.spent[stage][-1] += self.now() - began

        return measured

    def one(self, question: Callable[[], object]) -> None:
        """Measure a question."""
        for values in self.spent.values():
            values.append(0.0)
        began = self.now()
        question()
        self.spent["all"][-1] = self.now() - began

    def taken(self) -> dict[str, list[float]]:
        """What was measured, and begin anew."""
        taken, self.spent = self.spent, {name: [] for name in self.spent}
        return taken


def main() -> None:
    """Measure and print a line."""
    order = Order(**json.load(sys.stdin))
    settings = Settings(
        data=Path(order.folder),
        database_url=order.database_url,
        vectors_url=order.vectors_url,
        encoder_threads=1,
        _env_file=None,
    )
    house = build(settings)
    try:
        print(json.dumps(measured(house, order)))
    finally:
        house.close()


def measured(house: House, order: Order) -> dict[str, Any]:
    """CPU ms of a question by scope and stage (medians), and MB of memory after each scope."""
    meter = Meter(house.database)
    _wrap(house, meter)
    found: dict[str, Any] = {"memory": {"start": memory()}}
    book = [order.books[0]]
    questions = _in_words_of(order, book[0])
    _ask(house, meter, book, questions, _WARM)
    meter.find_servers()
    meter.taken()
    _ask(house, meter, book, questions, _IN_BOOK)
    found["book"] = _medians(meter.taken())
    found["memory"]["book"] = memory()
    firsts = order.books[1 : _FIRSTS + 1]
    for n, name in enumerate(firsts):
        _ask(house, meter, [name], _in_words_of(order, name)[n:], 1)
    if firsts:
        found["first"] = _medians(meter.taken())
    if order.large:
        large = _in_words_of(order, order.large)
        _ask(house, meter, [order.large], large, 4)
        meter.taken()
        _ask(house, meter, [order.large], large, _IN_ALL)
        found["large"] = _medians(meter.taken())
    everything = [*order.books, *([order.large] if order.large else [])]
    began = meter.now()
    _ask(house, meter, everything, questions, 4)
    found["load"] = meter.now() - began
    meter.taken()
    _ask(house, meter, everything, questions, _IN_ALL)
    found["all"] = _medians(meter.taken())
    found["memory"]["all"] = memory()
    return found


def _in_words_of(order: Order, book: str) -> list[str]:
    reworded = Rewording()
    return [reworded(question, book) for question in order.questions]


def _ask(
    house: House, meter: Meter, names: Sequence[str], questions: Sequence[str], count: int
) -> None:
    scope = Scope(tuple(f"book:{name}" for name in names))
    for n in range(count):
        question = questions[n % len(questions)]

        def asked(question: str = question) -> None:
            with house.database.reading() as session:
                house.search.search(session, scope, question)

        meter.one(asked)


def _wrap(house: House, meter: Meter) -> None:
    """Measure what a search calls; there is one search at a time."""
    with house.database.reading() as session:
        tools = house.index.tools(session)
    parts: tuple[tuple[str, Any, str], ...] = (
        ("embed", type(tools.embedder), "encode"),
        ("vectors", type(tools.vectors), "search"),
        ("words", type(house.words), "search"),
        ("passages", type(tools.chunks), "outlines"),
        ("passages", type(tools.chunks), "passages"),
        ("fusion", service, "first_stage"),
        ("rerank", service, "second_stage"),
    )
    for stage, owner, name in parts:
        setattr(owner, name, meter.around(stage, getattr(owner, name)))


def _medians(spent: dict[str, list[float]]) -> dict[str, float]:
    return {name: 1_000 * float(np.median(values)) for name, values in spent.items() if values}


def memory(field: str = "VmRSS") -> int:
    """Megabytes of this process: those in memory now, or the most that were (VmHWM)."""
    status = Path("/proc/self/status").read_text("ascii")
    (kilobytes,) = [line.split()[1] for line in status.splitlines() if field in line]
    return int(kilobytes) // 1_024


if __name__ == "__main__":
    main()
