"""What serving costs beside a naive server: time, CPU, and where they go.

    python -m bench.serving [--saturation] [--quick] [--peer-python PATH --weights FOLDER]

--saturation measures only how many questions a second are answered, and how long they take at
shares of that; it writes its table in place of the last one. PATH is an interpreter with
langchain-chroma, langchain-huggingface, langchain-openai and fastapi, FOLDER all-MiniLM-L6-v2 for
it; without them the naive server is left out. All processes share this machine: clients, the fake
provider, the server. Writes docs/benchmarks-serving.md.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from bench.corpora import ROOT
from bench.serving_model import FIRST, PAUSE, WHOLE
from bench.serving_report import SATURATION, report, saturation, table
from bench.serving_servers import MODEL_PORT, Served, book, cpu, get, glossator, model, naive, sent

OUT = ROOT / "docs/benchmarks-serving.md"
LOADS = (1, 16, 64, 200)
STREAMS = 500


@dataclass(frozen=True, slots=True)
class Load:
    """What a number of clients met; times in ms beyond the provider's own."""

    clients: int
    first: tuple[float, float]
    whole: tuple[float, float]
    rate: float
    cpu: float
    answers: int
    proven: int
    errors: tuple[str, ...]

    def row(self, name: str) -> tuple[str, ...]:
        """For the table."""
        return (
            name,
            str(self.clients),
            *(f"{value:,.0f}" for value in (*self.first, *self.whole)),
            f"{self.rate:.1f}",
            f"{self.cpu:.1f}",
            f"{self.answers}",
            f"{self.proven}" if name == "Glossator" else "",
            str(len(self.errors)),
        )


def main() -> None:
    """Measure, print, write."""
    options = _options()
    if options.saturation:
        _to_saturation(options)
        return
    seconds = 6.0 if options.quick else 15.0
    loads = tuple(options.loads)
    rows: list[tuple[str, ...]] = []
    with TemporaryDirectory() as folder, model():
        place = Path(folder)
        chunks = book(place)
        with glossator(place) as ours:
            rows += [_loaded(ours, clients, seconds).row(ours.name) for clients in loads]
            many = _streams(ours) if not options.quick else None
        stages: list[tuple[str, ...]] = []
        with glossator(place, staged=True) as ours:
            load = _loaded(ours, 16, seconds)
            os.kill(ours.pid, signal.SIGUSR1)
            time.sleep(1)
            stages = _stages(place, load)
        print("\n".join(table(("stage", "CPU ms", "wall ms", "calls"), stages)), file=sys.stderr)
        if options.peer_python:
            with naive(options.peer_python, options.weights, chunks, place) as theirs:
                rows += [_loaded(theirs, clients, seconds).row(theirs.name) for clients in loads]
    page = report(rows, stages, many)
    print(page)
    if not options.quick:
        # What only a run of its own measures stays.
        kept = "".join(OUT.read_text("utf-8").partition(SATURATION)[1:])
        OUT.write_text(f"{page.rstrip()}\n\n{kept}", "utf-8")


def _to_saturation(options: argparse.Namespace) -> None:
    from bench.saturation import Plan, climbed

    plan = Plan(10, 8, 10) if options.quick else Plan()
    rows = []
    with TemporaryDirectory() as folder, model():
        place = Path(folder)
        chunks = book(place)
        with glossator(place) as ours:
            rows += [step.row(ours.name) for step in climbed(ours, plan)]
        if options.peer_python:
            with naive(options.peer_python, options.weights, chunks, place) as theirs:
                rows += [step.row(theirs.name) for step in climbed(theirs, plan)]
    section = saturation(rows, plan.seconds)
    print(section)
    if not options.quick:
        before = OUT.read_text("utf-8").partition(SATURATION)[0].rstrip()
        OUT.write_text(f"{before}\n\n{section}", "utf-8")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.serving")
    parser.add_argument("--saturation", action="store_true", help="only that, in open arrivals")
    parser.add_argument("--quick", action="store_true", help="short runs, no file written")
    parser.add_argument("--loads", type=int, nargs="+", default=list(LOADS), help="clients")
    parser.add_argument("--peer-python", default="", help="python with LangChain and Chroma")
    parser.add_argument("--weights", default="", help="folder of the float32 weights")
    return parser.parse_args()


def _loaded(server: Served, clients: int, seconds: float) -> Load:
    """One load, after a short warm-up."""
    sent(server, clients=min(clients, 8), seconds=2.0)
    before = cpu(server.pid)
    found = sent(server, clients=clients, seconds=seconds)
    used = cpu(server.pid) - before
    times = np.array(found["times"]) if found["times"] else np.zeros((0, 3))
    ends = times[:, 0] + times[:, 2]
    # From the first full second of all clients to the moment when they begin to leave.
    steady = ends[(ends > WHOLE + 1.5) & (ends <= seconds)]
    points = [
        float(np.percentile(times[:, n + 1], q) - base) * 1_000 if len(times) else 0.0
        for n, base in enumerate((FIRST, WHOLE))
        for q in (50, 95)
    ]
    load = Load(
        clients,
        (points[0], points[1]),
        (points[2], points[3]),
        len(steady) / (seconds - WHOLE - 1.5),
        1_000 * used / max(1, len(times)),
        len(times),
        found["proven"],
        tuple(found["errors"]),
    )
    print(" ".join(load.row(server.name)), *load.errors[:2], file=sys.stderr, flush=True)
    return load


def _streams(server: Served) -> tuple[str, ...]:
    """Streams open at once, from a model so slow that the last begins before the first ends."""
    get(MODEL_PORT, "/pace/0.8")
    found = sent(server, clients=STREAMS, seconds=60.0, rounds=1, spread=10.0)
    get(MODEL_PORT, f"/pace/{PAUSE}")
    return (str(found["open"]), str(len(found["times"])), str(len(found["errors"])))


def _stages(place: Path, load: Load) -> list[tuple[str, ...]]:
    """CPU of each stage by its own thread's clock; the rest is the loop, HTTP and the SDK."""
    told: dict[str, list[float]] = json.loads((place / "stages.json").read_text("utf-8"))
    asked = told.pop("answers")[0] or 1
    rows = [
        (name, f"{1_000 * cpu / asked:.2f}", f"{1_000 * wall / asked:.2f}", f"{calls / asked:.1f}")
        for name, (cpu, wall, calls) in told.items()
    ]
    known = sum(1_000 * cpu / asked for cpu, _, _ in told.values())
    rest = load.cpu - known
    rows.append(("the rest: loop, HTTP, SDK, threads' hops", f"{rest:.2f}", "", ""))
    return [*rows, ("all", f"{load.cpu:.2f}", "", "")]


if __name__ == "__main__":
    main()
