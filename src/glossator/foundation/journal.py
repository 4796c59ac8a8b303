"""What a piece of work tells of itself: how long its stages took, what it counted, what it was.

A request or a job's step opens a journal at its edge and closes it there; whatever runs in
between, in any task or thread of its context, adds a line. Where nobody has opened one (the
command line), a line goes nowhere. So no room needs a metrics object, and what is measured
belongs to a request.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from contextvars import ContextVar, Token
from typing import Any, Protocol

import structlog

from glossator.foundation.measures import CACHES, Labels, Measured, Metric

# Lists of ids in one line of the log are cut here.
_MOST_IDS = 20


class Stage:
    """The first moment of a stage, its last one, and the time it took in between, in seconds.

    Moments are of `time.perf_counter`. A stage may come again: proof follows each sentence.
    """

    __slots__ = ("ended", "seconds", "started")

    def __init__(self, started: float) -> None:
        self.started = self.ended = started
        self.seconds = 0.0


class Journal:
    """One piece of work; `began` is of `time.perf_counter`, `wall_ns` the same as a clock's."""

    __slots__ = ("_last", "began", "facts", "measured", "over", "stages", "wall_ns")

    def __init__(self) -> None:
        self.wall_ns = time.time_ns()
        self.began = self._last = time.perf_counter()
        self.stages: dict[str, Stage] = {}
        self.facts: dict[str, Any] = {}
        self.measured: list[Measured] = []
        # What goes on in its context after its end belongs to no work that anybody watches.
        self.over = False

    def lap(self, stage: str) -> None:
        """What was done since the last lap was this stage."""
        now = time.perf_counter()
        known = self.stages.get(stage)
        if known is None:
            known = self.stages[stage] = Stage(self._last)
        known.seconds += now - self._last
        known.ended = self._last = now

    @property
    def seconds(self) -> float:
        """How long it has taken by now."""
        return time.perf_counter() - self.began


class Traces(Protocol):
    """Where finished journals go as traces; `parent` is a `traceparent` header, or empty."""

    def record(self, journal: Journal, name: str, parent: str, facts: Mapping[str, Any]) -> None:
        """Take a finished journal; never waits and never raises."""
        ...

    def close(self) -> None:
        """Send what is left, for a few seconds at the longest."""
        ...


_current: ContextVar[Journal | None] = ContextVar("glossator_journal", default=None)


def begin() -> tuple[Journal, Token[Journal | None]]:
    """A new journal for what runs in this context from now on; give the token to `end`."""
    journal = Journal()
    return journal, _current.set(journal)


def end(token: Token[Journal | None]) -> None:
    """The piece of work is over; what was before it is again."""
    journal = _current.get()
    if journal is not None:
        journal.over = True
    _current.reset(token)


def _open() -> Journal | None:
    journal = _current.get()
    return None if journal is None or journal.over else journal


def lap(stage: str) -> None:
    """What was done since the last lap was this stage."""
    journal = _open()
    if journal is not None:
        journal.lap(stage)


def count(metric: Metric, labels: Labels = (), amount: float = 1.0) -> None:
    """Something to be added to a metric when the work is over, whatever becomes of it."""
    journal = _open()
    if journal is not None:
        journal.measured.append((metric, labels, amount))


def looked_up(cache: str, hits: int, misses: int) -> None:
    """So many things were in a cache, so many weren't."""
    journal = _open()
    if journal is not None:
        if hits:
            journal.measured.append((CACHES, (cache, "hit"), hits))
        if misses:
            journal.measured.append((CACHES, (cache, "miss"), misses))


def note(**facts: object) -> None:
    """What the work's line in the log says of it: ids, modes and numbers, never what people typed.

    `user` is a user's id; the line shows a keyed hash of it.
    """
    journal = _open()
    if journal is not None:
        journal.facts.update(facts)


def note_id(name: str, identity: str) -> None:
    """One more id of a kind, and in every line that this work logs from now on."""
    journal = _open()
    if journal is not None:
        ids = journal.facts.setdefault(name, [])
        if len(ids) < _MOST_IDS:
            ids.append(identity)
        structlog.contextvars.bind_contextvars(**{name: identity})
