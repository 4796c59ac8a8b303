"""`make bench`: measure, print tables, write docs/benchmarks.md.

    python -m bench [--quick] [--weights FOLDER] [--peer-python PATH] [--race]
    python -m bench --only middle|follow-ups|arriving|search

--weights names a sentence-transformers folder of all-MiniLM-L6-v2 and --peer-python an
interpreter that has sentence-transformers; without them the encoder's comparison is left out.
--race runs the race beside LangChain and Chroma alone, and writes its table in place of the last
one; its interpreter needs what bench/race_peer.py names.
"""

from __future__ import annotations

import argparse
import os
import platform
import resource
import subprocess
import sys
import time
import urllib.request
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console
from rich.table import Table

from bench import dialogues, middle
from bench.cases import installed
from bench.corpora import BOOKS, ROOT, SAMPLE, SHARED, add_book, installation, squad_source
from bench.latency import latency, multiply, squad_questions
from bench.quality import HEADER, quality
from bench.reader import Reader, read_by

Rows = list[tuple[str, ...]]
_FINDS = "Search: what it finds"
_RACE = "## From files to a searchable store"
OUT = ROOT / "docs/benchmarks.md"


def main() -> None:
    """Measure everything that can be measured here."""
    options = _options()
    if options.only:
        only = {
            "middle": _middle,
            "follow-ups": _follow_ups,
            "arriving": _arriving,
            "search": _found,
        }
        _print([only[options.only]()])
        return
    if options.race:
        from bench.race import HEADER as HEAD
        from bench.race import race

        rows = race(options.peer_python, options.weights, quick=options.quick)
        _print([("From files to a searchable store", HEAD, rows)])
        if not options.quick:
            _replace(("From files to a searchable store", HEAD, rows))
        return
    sections: list[tuple[str, tuple[str, ...], Rows]] = []
    if options.weights:
        from bench.encoder import measure

        figures = measure(Path(options.weights), peer_python=options.peer_python)
        rows = [(name, f"{value:,.3f}") for name, value in figures.items()]
        sections.append(("The encoder", ("figure", "value"), rows))
    if SHARED.exists():
        sections += _books(quick=options.quick)
        if not options.quick:
            sections.append(_arriving())
    sections.append(_follow_ups())
    if not options.quick:
        sections.append(_middle())
    sections.append(_server())
    _print(sections)
    if not options.quick:
        _write(sections)


def _print(sections: list[tuple[str, tuple[str, ...], Rows]]) -> None:
    console = Console()
    for title, header, rows in sections:
        table = Table(*header, title=title)
        for row in rows:
            table.add_row(*row)
        console.print(table)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench")
    parser.add_argument("--quick", action="store_true", help="fewer questions, no file written")
    parser.add_argument(
        "--only",
        choices=("middle", "follow-ups", "arriving", "search"),
        help="one table, no file",
    )
    parser.add_argument("--weights", default="", help="folder of the float32 weights")
    parser.add_argument("--peer-python", default=None, help="python with sentence-transformers")
    parser.add_argument("--race", action="store_true", help="only the race beside LangChain")
    options = parser.parse_args()
    if options.race and not (options.weights and options.peer_python):
        parser.error("--race needs --weights and --peer-python")
    return options


def _books(*, quick: bool) -> list[tuple[str, tuple[str, ...], Rows]]:
    names = [name for name in BOOKS if not (quick and name == "cp-algorithms")]
    ingestion: Rows = []
    with installation() as house:
        for name in ("squad", *names):
            wall, cpu = time.perf_counter(), time.process_time()
            if name == "squad":
                added = house.pipeline.add_book(squad_source(), name)
            else:
                source = add_book(house, name)
                added = house.pipeline.add_book(source, name)
            wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
            ingestion.append(
                (
                    name,
                    str(added.chapters),
                    f"{added.words:,}",
                    str(added.chunks),
                    f"{wall:.1f}",
                    f"{added.words / cpu:,.0f}",
                )
            )
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        ingestion.append(("most memory", "", "", "", f"{peak} MB", ""))
        found = quality(house, every=8 if quick else 1, plain=not quick)
        book = latency(house, "squad", squad_questions(200))
        speed: Rows = [_latency_row("squad, alone on the disk", 1_959, book)]
        if not quick:
            total = multiply(house, "squad", 50)
            crowd = latency(house, "squad", squad_questions(200))
            speed.append(_latency_row("squad, among copies", total, crowd))
    head = ("book", "chapters", "words", "chunks", "seconds", "words per CPU second")
    times = ("scope", "chunks on disk", "CPU ms p50", "CPU ms p95", "wall ms p50", "wall ms p95")
    return [
        ("Adding a book", head, ingestion),
        (_FINDS, HEADER, found),
        ("Search: what it costs", times, speed),
    ]


def _arriving() -> tuple[str, tuple[str, ...], Rows]:
    """How soon a file can be asked, and what adding a book again costs."""
    from bench.arriving import HEADER as HEAD
    from bench.arriving import arriving

    return ("What comes in", HEAD, arriving())


def _found() -> tuple[str, tuple[str, ...], Rows]:
    """What search finds in all sets, beside the naive recipe."""
    with TemporaryDirectory() as folder:
        house = installed(Path(folder))
        try:
            return (_FINDS, HEADER, quality(house))
        finally:
            house.close()


def _follow_ups() -> tuple[str, tuple[str, ...], Rows]:
    """Dialogues over the sample book, read by the scripted model."""
    reader = Reader()
    with TemporaryDirectory() as folder, read_by(reader, Path(folder)) as house:
        add_book(house, "sample")
        found = dialogues.figures(dialogues.walk(house, reader, dialogues.load(), "sample"))
    return ("Follow-ups: the section that a model reads", dialogues.HEADER, found)


def _middle() -> tuple[str, tuple[str, ...], Rows]:
    """Each book's questions without a model and with the scripted one, by zone."""
    reader, found = Reader(), []
    names = [name for name in middle.NAMES if name == "sample" or SHARED.exists()]
    with TemporaryDirectory() as folder, read_by(reader, Path(folder)) as house:
        for name in names:
            add_book(house, name)
            found += middle.rows(name, middle.judged(house, reader, name))
    return ("Questions with a model that refuses rightly", middle.HEADER, found)


def _latency_row(name: str, chunks: int, found: object) -> tuple[str, ...]:
    values = [getattr(found, key) for key in ("cpu_p50", "cpu_p95", "wall_p50", "wall_p95")]
    return (name, f"{chunks:,}", *(f"{value:.1f}" for value in values))


def _server() -> tuple[str, tuple[str, ...], Rows]:
    """Start and memory of the server with the sample book, after 20 questions."""
    with TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "glossator"]
        data = ["--data", folder]
        subprocess.run([*command, "add", str(SAMPLE), *data], check=True, capture_output=True)
        port = "8791"
        began = time.perf_counter()
        server = subprocess.Popen(
            [*command, "serve", "--port", port, *data],
            stderr=subprocess.DEVNULL,
            env={
                **os.environ,
                "GLOSSATOR_LOG_LEVEL": "error",
                "GLOSSATOR_GUEST_QUESTIONS_PER_HOUR": "unlimited",
                "GLOSSATOR_SEARCHES_PER_MINUTE": "unlimited",
            },
        )
        try:
            ready = _wait_ready(port, began)
            for n in range(20):
                _ask(port, f"What does a robot do in case {n}?")
            status = Path(f"/proc/{server.pid}/status").read_text("utf-8")
            memory = next(line.split()[1] for line in status.splitlines() if "VmRSS" in line)
        finally:
            server.terminate()
            server.wait(timeout=15)
    rows = [("ready after, s", f"{ready:.2f}"), ("memory, MB", f"{int(memory) / 1024:.0f}")]
    return ("The server with the sample book", ("figure", "value"), rows)


def _wait_ready(port: str, began: float) -> float:
    while time.perf_counter() - began < 60:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/health/ready") as response:
                if response.status == 200:
                    return time.perf_counter() - began
        except OSError:
            time.sleep(0.02)
    raise TimeoutError("The server wasn't ready within 60 seconds.")


def _ask(port: str, question: str) -> None:
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/api/chat/ask",
        data=f'{{"question": "{question}"}}'.encode(),
        headers={"content-type": "application/json"},
    )
    with urllib.request.urlopen(request) as response:
        response.read()


def _write(sections: list[tuple[str, tuple[str, ...], Rows]]) -> None:
    machine = f"{os.cpu_count()} cores, Python {platform.python_version()}"
    lines = [
        "# Benchmarks",
        "",
        f"Written by `make bench` on {datetime.now(UTC):%Y-%m-%d} ({machine}). Times depend on "
        "the machine and on what else it did; ratios and shares don't.",
        "",
    ]
    for section in sections:
        lines += _lines(section)
    # What only a run of its own measures stays.
    kept = OUT.read_text("utf-8").partition(_RACE) if OUT.exists() else ("", "", "")
    OUT.write_text("\n".join(lines) + "".join(kept[1:]), "utf-8")


def _replace(section: tuple[str, tuple[str, ...], Rows]) -> None:
    """Write the race's table behind the others, with what it says of itself."""
    import bench.race

    before = OUT.read_text("utf-8").partition(_RACE)[0]
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    words = " ".join((bench.race.__doc__ or "").partition("\n\n")[2].split())
    when = f"Measured on {datetime.now(UTC):%Y-%m-%d}, at a load of {load}."
    title, *lines = _lines(section)
    OUT.write_text("\n".join([before + title, "", f"{words} {when}", *lines]), "utf-8")


def _lines(section: tuple[str, tuple[str, ...], Rows]) -> list[str]:
    title, header, rows = section
    head = [f"## {title}", "", _line(header), _line(tuple("---" for _ in header))]
    return [*head, *(_line(row) for row in rows), ""]


def _line(cells: tuple[str, ...]) -> str:
    return "| " + " | ".join(cells) + " |"


if __name__ == "__main__":
    main()
