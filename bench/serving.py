"""What serving costs beside a naive server: time, CPU, and where they go.

    python -m bench.serving [--quick] [--peer-python PATH --weights FOLDER]

PATH is an interpreter with langchain-chroma, langchain-huggingface, langchain-openai and
fastapi, FOLDER all-MiniLM-L6-v2 for it; without them the naive server is left out. All processes
share this machine: clients, the fake provider, the server. Writes docs/benchmarks-serving.md.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from bench.corpora import QUESTIONS, ROOT, SAMPLE, load_questions
from bench.serving_model import FIRST, PAUSE, TOKENS
from bench.serving_report import report, table

OUT = ROOT / "docs/benchmarks-serving.md"
MODEL_PORT, PORT = 8_790, 8_791
LOADS = (1, 16, 64, 200)
PEOPLE = 24
STREAMS = 500
_PHRASE = "a long enough phrase"
_WHOLE = FIRST + (TOKENS - 1) * PAUSE
_TICK = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Served:
    """A server under test: where it listens, how it is asked, whose CPU is counted."""

    name: str
    pid: int
    order: Mapping[str, Any]


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
    seconds = 6.0 if options.quick else 15.0
    loads = tuple(options.loads)
    rows: list[tuple[str, ...]] = []
    with TemporaryDirectory() as folder, _model():
        place = Path(folder)
        chunks = _book(place)
        with _glossator(place) as ours:
            rows += [_loaded(ours, clients, seconds).row(ours.name) for clients in loads]
            many = _streams(ours) if not options.quick else None
        stages: list[tuple[str, ...]] = []
        with _glossator(place, staged=True) as ours:
            load = _loaded(ours, 16, seconds)
            os.kill(ours.pid, signal.SIGUSR1)
            time.sleep(1)
            stages = _stages(place, load)
        print("\n".join(table(("stage", "CPU ms", "wall ms", "calls"), stages)), file=sys.stderr)
        if options.peer_python:
            with _naive(options.peer_python, options.weights, chunks, place) as theirs:
                rows += [_loaded(theirs, clients, seconds).row(theirs.name) for clients in loads]
    page = report(rows, stages, many)
    print(page)
    if not options.quick:
        OUT.write_text(page, "utf-8")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.serving")
    parser.add_argument("--quick", action="store_true", help="short runs, no file written")
    parser.add_argument("--loads", type=int, nargs="+", default=list(LOADS), help="clients")
    parser.add_argument("--peer-python", default="", help="python with LangChain and Chroma")
    parser.add_argument("--weights", default="", help="folder of the float32 weights")
    return parser.parse_args()


def _loaded(server: Served, clients: int, seconds: float) -> Load:
    """One load, after a short warm-up."""
    _clients(server, clients=min(clients, 8), seconds=2.0)
    before = _cpu(server.pid)
    found = _clients(server, clients=clients, seconds=seconds)
    used = _cpu(server.pid) - before
    times = np.array(found["times"]) if found["times"] else np.zeros((0, 3))
    ends = times[:, 0] + times[:, 2]
    # From the first full second of all clients to the moment when they begin to leave.
    steady = ends[(ends > _WHOLE + 1.5) & (ends <= seconds)]
    points = [
        float(np.percentile(times[:, n + 1], q) - base) * 1_000 if len(times) else 0.0
        for n, base in enumerate((FIRST, _WHOLE))
        for q in (50, 95)
    ]
    load = Load(
        clients,
        (points[0], points[1]),
        (points[2], points[3]),
        len(steady) / (seconds - _WHOLE - 1.5),
        1_000 * used / max(1, len(times)),
        len(times),
        found["proven"],
        tuple(found["errors"]),
    )
    print(" ".join(load.row(server.name)), *load.errors[:2], file=sys.stderr, flush=True)
    return load


def _streams(server: Served) -> tuple[str, ...]:
    """Streams open at once, from a model so slow that the last begins before the first ends."""
    _get(MODEL_PORT, "/pace/0.8")
    found = _clients(server, clients=STREAMS, seconds=60.0, rounds=1, spread=10.0)
    _get(MODEL_PORT, f"/pace/{PAUSE}")
    return (str(found["open"]), str(len(found["times"])), str(len(found["errors"])))


def _clients(server: Served, **order: Any) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", "bench.serving_client"],
        input=json.dumps({**server.order, **order}),
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def _cpu(pid: int) -> float:
    """User and system seconds of a process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICK


@contextmanager
def _model() -> Iterator[None]:
    command = [sys.executable, "-m", "bench.serving_model", str(MODEL_PORT)]
    with _running(command, MODEL_PORT, "/count"):
        yield


def _book(place: Path) -> Path:
    """The sample book in a data folder, and its chunks for the other server."""
    from sqlalchemy import create_engine, text

    data = ["--data", str(place / "data")]
    command = [sys.executable, "-m", "glossator", "add", str(SAMPLE), *data]
    subprocess.run(command, check=True, capture_output=True)
    engine = create_engine(f"sqlite:///{place / 'data' / 'glossator.db'}")
    with engine.connect() as connection:
        texts = list(connection.scalars(text("SELECT text FROM document_chunks ORDER BY id")))
    engine.dispose()
    chunks = place / "chunks.json"
    chunks.write_text(json.dumps(texts), "utf-8")
    return chunks


@contextmanager
def _glossator(place: Path, *, staged: bool = False) -> Iterator[Served]:
    """Our server with everything on: people, allowances, budget, ledger, proof, messages."""
    settings = {
        "GLOSSATOR_MODEL": "openai:bench",
        "OPENAI_API_KEY": "k",
        "OPENAI_BASE_URL": f"http://127.0.0.1:{MODEL_PORT}/v1",
        "GLOSSATOR_PRICES": "openai:bench=1/2",
        "GLOSSATOR_BUDGET_USD_PER_DAY": "100000",
        "GLOSSATOR_QUESTIONS_PER_HOUR": "1000000",
        "GLOSSATOR_LOG_FORMAT": "json",
        "STAGES": str(place / "stages.json"),
    }
    module = "bench.serving_staged" if staged else "glossator"
    command = [sys.executable, "-m", module, "serve", "--port", str(PORT)]
    command += ["--data", str(place / "data")]
    bodies = [json.dumps({"question": question, "stream": True}) for question in _questions()]
    log = place / "server.log"
    with _running(command, PORT, "/health/ready", settings, log) as pid:
        yield Served(
            "Glossator",
            pid,
            {
                "port": PORT,
                "path": "/api/chat/ask",
                "bodies": bodies,
                "headers": _people(place.name, staged=staged),
                "marker": '"text-delta"',
                "proof": '"supported"',
            },
        )


def _questions() -> list[str]:
    """Different questions about the sample book, each with an answer in it."""
    hard = [q.question for q in load_questions(QUESTIONS / "sample-hard.jsonl") if q.answerable]
    lines = (QUESTIONS / "sample-dialogues.jsonl").read_text("utf-8").splitlines()
    return [*hard, *(json.loads(line)["turns"][0] for line in lines)]


def _people(name: str, *, staged: bool) -> list[dict[str, str]]:
    tokens = []
    for n in range(PEOPLE):
        body = {"email": f"p{n}.{staged}.{name}@example.org", "password": _PHRASE, "name": "P"}
        request = urllib.request.Request(
            f"http://127.0.0.1:{PORT}/api/auth/signup",
            data=json.dumps(body).encode(),
            headers={"content-type": "application/json"},
        )
        with urllib.request.urlopen(request) as answer:
            tokens.append(json.load(answer)["access_token"])
    return [{"authorization": f"Bearer {token}"} for token in tokens]


@contextmanager
def _naive(python: str, weights: str, chunks: Path, place: Path) -> Iterator[Served]:
    model = f"http://127.0.0.1:{MODEL_PORT}/v1"
    script = str(ROOT / "bench/serving_naive.py")
    command = [python, script, str(PORT), weights, str(chunks), model, str(place / "chroma")]
    with _running(command, PORT, "/openapi.json", log=place / "naive.log") as pid:
        yield Served(
            "naive",
            pid,
            {
                "port": PORT,
                "path": "/ask",
                "bodies": [json.dumps({"question": question}) for question in _questions()],
                "headers": [{}],
                "marker": '"token"',
                "proof": "[DONE]",
            },
        )


@contextmanager
def _running(
    command: list[str],
    port: int,
    path: str,
    settings: Mapping[str, str] | None = None,
    log: Path | None = None,
) -> Iterator[int]:
    with Path(log or os.devnull).open("wb") as out:
        environment = {**os.environ, **(settings or {})}
        process = subprocess.Popen(command, env=environment, stdout=out, stderr=out, cwd=ROOT)
    try:
        # A server with torch takes a minute where others work beside it.
        end = time.monotonic() + 400
        while True:
            try:
                _get(port, path)
                break
            except OSError:
                if process.poll() is not None or time.monotonic() > end:
                    told = log.read_text("utf-8", "replace")[-2_000:] if log else ""
                    raise RuntimeError(f"{command[:3]} didn't start:\n{told}") from None
                time.sleep(0.1)
        yield process.pid
    finally:
        process.terminate()
        process.wait(timeout=40)


def _get(port: int, path: str) -> None:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}") as answer:
        answer.read()


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
