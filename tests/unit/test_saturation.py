"""The arithmetic of `bench.serving --saturation`."""

from __future__ import annotations

import numpy as np
import pytest
from bench.saturation import arrivals, arrived, crowded
from bench.serving_model import WHOLE


def found(times: list[tuple[float, float, float]], **more: object) -> dict[str, object]:
    return {"times": times, "errors": [], "left": 0, "late": 0.0, **more}


def test_arrivals_are_by_chance_and_the_same_each_time():
    due = arrivals(50.0, 200.0, 3)
    assert due == arrivals(50.0, 200.0, 3) != arrivals(50.0, 200.0, 4)
    assert due == sorted(due)
    assert 0 < due[0] < due[-1] < 200
    assert len(due) == pytest.approx(10_000, rel=0.03)
    # Gaps of a Poisson process vary as much as they are long.
    gaps = np.diff(due)
    assert gaps.std() == pytest.approx(gaps.mean(), rel=0.05)


def test_a_server_that_keeps_up():
    due = [n / 10 for n in range(400)]
    took = [(at, 0.35, WHOLE + 0.1 + (0.9 if n % 50 == 25 else 0)) for n, at in enumerate(due)]
    step = arrived(0.8, due, 40.0, found(took), used=8.0)
    assert step.offered == 10
    assert step.answered == pytest.approx(10, rel=0.02)
    assert step.whole[0] == pytest.approx(WHOLE + 0.1)
    assert step.whole[2] == pytest.approx(WHOLE + 1.0, rel=0.2)
    assert step.first == (pytest.approx(0.35),) * 3
    assert (step.cpu, step.answers, step.errors, step.left) == (0.02, 400, 0, 0)
    # Those of the last one and a half seconds.
    assert step.open == pytest.approx(10 * (WHOLE + 0.1), abs=1)
    assert step.row("x")[:5] == ("x", "80 %", "10.0", f"{step.answered:.1f}", "50")


def test_a_server_that_answers_half_of_what_comes():
    # Ten a second come, five a second are done, one behind the other.
    due = [n / 10 for n in range(400)]
    took = [(at, 0.3, n / 5 - at + WHOLE) for n, at in enumerate(due)]
    done = [item for item in took if item[0] + item[2] < 70]
    step = arrived(1.2, due, 40.0, found(done, left=400 - len(done)), used=1.0)
    assert step.answered == pytest.approx(5, rel=0.02)
    assert step.open == 400 - 193
    assert step.left == 400 - len(done) > 0
    assert step.whole[0] > 10


def test_nothing_answered_is_no_error():
    step = arrived(1.0, [1.0, 2.0], 40.0, found([], left=1, errors=["x"]), used=0.0)
    assert (step.answered, step.answers, step.errors, step.left) == (0, 0, 1, 1)


def test_a_crowd_counts_from_its_first_answers():
    # Twenty people, an answer each two seconds, who leave at twelve.
    took = [(at, 0.3, 2.0) for at in np.arange(0, 12, 0.1)]
    step = crowded(20, 12.0, found(took), used=2.4)
    assert step.answered == pytest.approx(10, rel=0.03)
    assert step.cpu == pytest.approx(0.02)
