"""The servers that are measured, and their surroundings, each a process on this machine."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.corpora import QUESTIONS, ROOT, SAMPLE, load_questions

MODEL_PORT, PORT = 8_790, 8_791
PEOPLE = 24
_PHRASE = "a long enough phrase"
_TICK = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Served:
    """A server under test: where it listens, how it is asked, whose CPU is counted."""

    name: str
    pid: int
    order: Mapping[str, Any]


def sent(server: Served, **order: Any) -> dict[str, Any]:
    """Have clients ask as `serving_client.Order` says; what they found."""
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


def cpu(pid: int) -> float:
    """User and system seconds of a process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICK


@contextmanager
def model() -> Iterator[None]:
    """The fake provider."""
    command = [sys.executable, "-m", "bench.serving_model", str(MODEL_PORT)]
    with _running(command, MODEL_PORT, "/count"):
        yield


def book(place: Path) -> Path:
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
def glossator(place: Path, *, staged: bool = False) -> Iterator[Served]:
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
    bodies = [json.dumps({"question": question, "stream": True}) for question in questions()]
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


def questions() -> list[str]:
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
def naive(python: str, weights: str, chunks: Path, place: Path) -> Iterator[Served]:
    """The server that tutorials write, with the same chunks."""
    address = f"http://127.0.0.1:{MODEL_PORT}/v1"
    script = str(ROOT / "bench/serving_naive.py")
    command = [python, script, str(PORT), weights, str(chunks), address, str(place / "chroma")]
    with _running(command, PORT, "/openapi.json", log=place / "naive.log") as pid:
        yield Served(
            "naive",
            pid,
            {
                "port": PORT,
                "path": "/ask",
                "bodies": [json.dumps({"question": question}) for question in questions()],
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
                get(port, path)
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


def get(port: int, path: str) -> None:
    """Get an address, whatever comes; raises `OSError`."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}") as answer:
        answer.read()
