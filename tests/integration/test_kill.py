"""`kill -9` of an `add` at random moments: the next `add` completes as if nothing had happened."""

from __future__ import annotations

import contextlib
import json
import os
import random
import signal
import subprocess
import time
from pathlib import Path

import pytest
from sqlalchemy import MetaData, Table, create_engine, select, text

from cli_tools import RUN, environment
from house_tools import SAMPLE
from postgres_server import PostgresServer
from small_books import CONTROL, SENSORS

# What tells when, and how often, something was written, not what.
LEFT_OUT = {"created_at", "updated_at", "last_processed_at", "version"}
TABLES = (
    "collections", "books", "documents", "document_blocks", "document_chunks",
    "document_embeddings",
)  # fmt: skip


def dump(url: str) -> dict[str, list[str]]:
    """Everything a database holds, row by row, in an order of its own."""
    engine = create_engine(url)
    metadata = MetaData()
    found: dict[str, list[str]] = {}
    with engine.connect() as connection:
        for name in TABLES:
            table = Table(name, metadata, autoload_with=connection)
            columns = [column for column in table.columns if column.name not in LEFT_OUT]
            found[name] = sorted(repr(tuple(row)) for row in connection.execute(select(*columns)))
        # FTS5's own tables hold the words in an order that depends on history; their content not.
        columns = "rowid, scope, heading, body" if engine.dialect.name == "sqlite" else "*"
        words = connection.execute(text(f"SELECT {columns} FROM chunk_words"))  # noqa: S608  constants
        found["chunk_words"] = sorted(repr(tuple(row)) for row in words)
        if engine.dialect.name == "sqlite":
            connection.execute(
                text("INSERT INTO chunk_words(chunk_words) VALUES('integrity-check')")
            )
            assert connection.scalar(text("PRAGMA integrity_check")) == "ok"
    engine.dispose()
    return found


def small_book(folder: Path) -> Path:
    """A folder of twelve chapters, each with text of its own."""
    source = folder / "small"
    source.mkdir()
    for n in range(12):
        body = (SENSORS, CONTROL)[n % 2].replace("The ", f"The {n}th ").replace("A ", f"A {n}th ")
        (source / f"{n:02}-chapter.md").write_text(body, "utf-8")
    return source


class Adding:
    """`glossator add` of one book into one place."""

    def __init__(self, source: Path, data: Path, url: str | None = None) -> None:
        data.mkdir(exist_ok=True)
        self.url = url or f"sqlite:///{data / 'glossator.db'}"
        changes = {"GLOSSATOR_DATABASE_URL": url} if url else {}
        self._env = environment(data, **changes)
        self._command = [*RUN, "add", str(source), "--book", "b", "--data", str(data), "--json"]
        self._data = data

    def start(self) -> subprocess.Popen[str]:
        return subprocess.Popen(
            self._command, cwd=self._data, env=self._env, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True,
        )  # fmt: skip

    def complete(self) -> tuple[dict[str, object], float]:
        began = time.monotonic()
        process = self.start()
        out, err = process.communicate(timeout=300)
        assert process.returncode == 0, err
        (added,) = json.loads(out)["books"]
        return added, time.monotonic() - began

    def kill_after(self, seconds: float) -> bool:
        """Start and kill; whether it was still at work."""
        process = self.start()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(seconds)
        working = process.poll() is None
        if working:
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        return working


def killed_and_completed(
    source: Path, folder: Path, times: int, seed: int, url: str | None = None
) -> None:
    undisturbed = Adding(source, folder / "undisturbed")
    added, seconds = undisturbed.complete()
    wanted = dump(undisturbed.url)
    assert len(wanted["chunk_words"]) == len(wanted["document_chunks"]) == added["chunks"]
    moments = random.Random(seed)
    killed, between = 0, 0
    for n in range(times):
        adding = Adding(source, folder / f"killed-{n}", url)
        moment = moments.uniform(0.3, 1.0) * seconds
        # The undisturbed run may have been the slow one: then try earlier.
        killed += any(adding.kill_after(moment / 2**n) for n in range(4))
        again, _ = adding.complete()
        between += 0 < int(str(again["unchanged"])) < int(str(again["chapters"]))
        found = dump(adding.url)
        if url is None:
            assert found == wanted
        else:
            assert {k: len(v) for k, v in found.items()} == {k: len(v) for k, v in wanted.items()}
            ids = [row.split(",")[0] for row in found["document_chunks"]]
            assert ids == [row.split(",")[0] for row in wanted["document_chunks"]]
    # Else this test shows nothing.
    assert killed > 0
    if times >= 10:
        assert between > times // 5


def test_kills_of_a_small_book(tmp_path: Path):
    killed_and_completed(small_book(tmp_path), tmp_path, times=2, seed=11)


def test_a_kill_beside_postgres(tmp_path: Path, postgres_url: str, postgres: PostgresServer):
    assert postgres.process.poll() is None
    killed_and_completed(small_book(tmp_path), tmp_path, times=1, seed=12, url=postgres_url)


@pytest.mark.long
def test_fifty_kills_of_the_sample_book(tmp_path: Path):
    killed_and_completed(SAMPLE, tmp_path, times=50, seed=13)


def test_two_adds_at_once_wait_for_each_other(tmp_path: Path):
    source = small_book(tmp_path)
    alone = Adding(source, tmp_path / "alone")
    alone.complete()
    together = Adding(source, tmp_path / "together")
    runs = [together.start() for _ in range(2)]
    said = [run.communicate(timeout=120) for run in runs]
    assert [run.returncode for run in runs] == [0, 0], said
    embedded = sorted(json.loads(out)["books"][0]["chunks_embedded"] for out, _ in said)
    assert embedded[0] == 0 < embedded[1]
    assert dump(together.url) == dump(alone.url)
