"""How many questions a second a server answers at most, and how long they take below and at that.

First people who each ask again when they have read: the most answers a second that any number of
them gets is the server's saturation. Then questions arrive by chance (Poisson), whatever has
become of those before, at shares of it; a time counts from the moment when the question was due.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.serving_model import FIRST, WHOLE
from bench.serving_servers import Served, cpu, sent

SHARES = (0.5, 0.8, 1.0, 1.2)
CROWDS = (16, 48, 96)
# What comes in the first seconds finds the server empty.
_WARM = 3.0
_POINTS = (50, 95, 99)
_PATIENCE = 60.0


@dataclass(frozen=True, slots=True)
class Plan:
    """Seconds of arrivals at each share, of each crowd, and of the warm-up before all."""

    seconds: float = 40.0
    crowd_seconds: float = 12.0
    warm_up: float = 10.0


@dataclass(frozen=True, slots=True)
class Step:
    """What came of questions at one rate; times in seconds from when each was due.

    `share` is of the saturation, None for a crowd of `clients`. `open` questions were on their
    way when the last one arrived, `left` were never answered.
    """

    share: float | None
    clients: int
    offered: float
    answered: float
    first: tuple[float, ...]
    whole: tuple[float, ...]
    cpu: float
    answers: int
    open: int
    left: int
    errors: int
    late: float

    def row(self, name: str) -> tuple[str, ...]:
        """For the table, times in ms beyond the provider's own."""
        crowd = self.share is None
        times = [
            f"{1_000 * (value - base):,.0f}"
            for values, base in ((self.first, FIRST), (self.whole, WHOLE))
            for value in values
        ]
        return (
            name,
            f"{self.clients} people" if crowd else f"{100 * (self.share or 0):.0f} %",
            "" if crowd else f"{self.offered:.1f}",
            f"{self.answered:.1f}",
            *times,
            f"{1_000 * self.cpu:.1f}",
            str(self.answers),
            "" if crowd else str(self.open),
            str(self.errors + self.left),
        )


def arrivals(rate: float, seconds: float, seed: int) -> list[float]:
    """Moments of a Poisson process of `rate` a second; the same seed gives the same ones."""
    chance, found, at = random.Random(seed), [], 0.0
    while (at := at + chance.expovariate(rate)) < seconds:
        found.append(at)
    return found


def crowded(clients: int, seconds: float, found: Mapping[str, Any], used: float) -> Step:
    """What people who ask again and again got, from the first that has answers on."""
    times = _times(found)
    ends = times[:, 0] + times[:, 2]
    begin = WHOLE + 1.5
    steady = np.count_nonzero((ends > begin) & (ends <= seconds))
    return Step(
        share=None, clients=clients, offered=0.0, answered=steady / (seconds - begin),
        open=0, **_seen(times, found, used),
    )  # fmt: skip


def arrived(
    share: float, due: Sequence[float], seconds: float, found: Mapping[str, Any], used: float
) -> Step:
    """What came of questions that were due at these moments.

    Answers a second are counted from when the first ones can have ended to the last arrival;
    times are of those due after the warm seconds.
    """
    times = _times(found)
    ends = times[:, 0] + times[:, 2]
    begin = _WARM + WHOLE
    steady = np.count_nonzero((ends > begin) & (ends <= seconds))
    still = len(due) - np.count_nonzero(ends <= seconds) - len(found["errors"])
    seen = _seen(times[times[:, 0] >= _WARM], found, used)
    return Step(
        share=share, clients=0, offered=len(due) / seconds, answered=steady / (seconds - begin),
        open=int(still), **seen,
    )  # fmt: skip


def climbed(server: Served, plan: Plan) -> Iterator[Step]:
    """The crowds, and then the shares of the most that one of them got."""
    sent(server, clients=8, seconds=plan.warm_up)
    most = 0.0
    for clients in CROWDS:
        before = cpu(server.pid)
        found = sent(server, clients=clients, seconds=plan.crowd_seconds)
        step = crowded(clients, plan.crowd_seconds, found, cpu(server.pid) - before)
        most = max(most, step.answered)
        yield _said(server, step)
    for n, share in enumerate(SHARES):
        due = arrivals(share * most, plan.seconds, n)
        before = cpu(server.pid)
        found = sent(server, clients=1, seconds=_PATIENCE, arrivals=due)
        used = cpu(server.pid) - before
        yield _said(server, arrived(share, due, plan.seconds, found, used))


def _times(found: Mapping[str, Any]) -> NDArray[np.float64]:
    """Seconds when each was due, to its first words and to its end, [n, 3]."""
    return np.array(found["times"], dtype=np.float64).reshape(-1, 3)


def _seen(times: NDArray[np.float64], found: Mapping[str, Any], used: float) -> dict[str, Any]:
    first, whole = (
        tuple(float(value) for value in np.percentile(times[:, n], _POINTS))
        if len(times)
        else (0.0,) * len(_POINTS)
        for n in (1, 2)
    )
    answers = len(found["times"])
    return {
        "first": first,
        "whole": whole,
        "cpu": used / max(1, answers),
        "answers": answers,
        "left": found["left"],
        "errors": len(found["errors"]),
        "late": found["late"],
    }


def _said(server: Served, step: Step) -> Step:
    print(*step.row(server.name), f"late {step.late:.3f}", file=sys.stderr, flush=True)
    return step
