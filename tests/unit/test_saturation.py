"""The arithmetic of `bench.serving --saturation`, and its clients on a server of known speed."""

from __future__ import annotations

import asyncio

import numpy as np
import pytest
from bench.saturation import arrivals, arrived, crowded
from bench.serving_client import Found, Order, run
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


def test_times_count_from_when_a_question_was_due():
    """A server of 20 ms a question, one at a time, where 100 a second come: a line forms."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        serving.append(asyncio.current_task())
        # Each request is one piece: it is small, and the next one waits for its answer.
        try:
            while await reader.read(10_000):
                async with turn:
                    await asyncio.sleep(0.02)
                writer.write(b"HTTP/1.1 200 OK\r\n\r\ntoken done\r\n0\r\n\r\n")
        finally:
            writer.close()

    async def ask() -> Found:
        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        order = Order(
            port=server.sockets[0].getsockname()[1], path="/", bodies=["{}"], headers=[{}],
            clients=1, seconds=0.2, marker="token", proof="done",
            arrivals=[n / 100 for n in range(40)],
        )  # fmt: skip
        seen = await run(order)
        server.close()
        # Those whose client has left come to their turn, find nobody, and end.
        await asyncio.gather(*serving)
        # What was closed needs a turn of the loop to be gone.
        await asyncio.sleep(0.1)
        return seen

    turn, serving = asyncio.Lock(), list[asyncio.Task[None]]()
    seen = asyncio.run(ask())
    assert seen.errors == []
    # Some 28 of 40 in 0.6 s; on a busy machine fewer.
    assert seen.left + len(seen.times) == 40
    assert seen.left > 0
    assert seen.proven == len(seen.times) > 2
    # What is sent later waits longer, for the line before it counts too.
    waits = [whole for _, _, whole in sorted(seen.times)]
    assert waits[-1] > waits[0]
    assert waits[-1] > 0.1
