"""`kill -9` of workers at random moments over a batch of documents: nothing lost or doubled."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from cli_tools import environment
from glossator.gateways.fakes import FakeEmbedder
from glossator.ingestion.storing import BATCH
from glossator.library.tables import Document, DocumentChunk
from glossator.library.uploads import UNFINISHED
from glossator.wiring import House, build
from house_tools import made_settings
from upload_tools import even, long_text, process_anew, statuses, traces, upload, user

# A process that has imported everything and forks a worker for each line of JSON it reads: a
# fresh interpreter for each of 200 kills would take longer than what is killed. The worker's
# encoder takes its time and notes what it has embedded.
NURSERY = """
import hashlib, json, os, signal, sys, threading, time
from datetime import timedelta
from pathlib import Path
from glossator.gateways.fakes import FakeEmbedder
from glossator.ingestion import claims
from glossator.settings import Settings
from glossator.wiring import build
from glossator.worker import working
try:
    import procrastinate, procrastinate.schema
except ImportError:
    pass

def work(data, url, queue, pause, ready):
    data = Path(data)
    class Slow(FakeEmbedder):
        def encode_with_spans(self, texts, spans):
            time.sleep(pause)
            done = super().encode_with_spans(texts, spans)
            lines = "".join(hashlib.sha256(text.encode()).hexdigest() + "\\n" for text in texts)
            with open(data / "embedded", "a") as file:
                file.write(lines)
            return done
    # A dead worker's documents are taken over after this; a minute is long for a test.
    claims.LEASE = timedelta(seconds=3)
    settings = Settings(_env_file=None, data=data, database_url=url, queue=queue)
    with working(build(settings, embedder=Slow())):
        os.write(ready, b"!")
        threading.Event().wait()

signal.signal(signal.SIGCHLD, signal.SIG_IGN)
for line in sys.stdin:
    began, ready = os.pipe()
    child = os.fork()
    if child == 0:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        os.setsid()
        os.close(began)
        null = os.open(os.devnull, os.O_RDWR)
        for number in (0, 1):
            os.dup2(null, number)
        try:
            work(*json.loads(line), ready)
        finally:
            os._exit(1)
    os.close(ready)
    os.read(began, 1)
    os.close(began)
    print(child, flush=True)
"""


class Nursery:
    """Starts workers quickly, and kills them for sure."""

    def __init__(self, data: Path) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", NURSERY], text=True, env=environment(data),
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            start_new_session=True,
        )  # fmt: skip

    def start(self, *arguments: str | float) -> int:
        """A worker that has begun; its process id."""
        orders, answers = self._process.stdin, self._process.stdout
        assert orders is not None
        assert answers is not None
        orders.write(json.dumps(arguments) + "\n")
        orders.flush()
        return int(answers.readline())

    def close(self) -> None:
        """End it; its workers are killed already."""
        self._process.kill()
        self._process.communicate()


Places = list[tuple[str, int, int]]

# Seconds a batch takes a worker that will be killed, so that there is something to kill.
_PAUSE = 0.3


class Batch:
    """Documents of two users, and workers that are killed while they process them."""

    def __init__(
        self,
        data: Path,
        url: str,
        documents: int,
        *,
        sections: int = 6,
        queue: str = "embedded",
    ) -> None:
        data.mkdir(exist_ok=True)
        self.data, self.url, self.queue = data, url, queue
        self._sections = sections
        settings = made_settings(data, url, queue=queue)
        self.house: House = build(settings, embedder=FakeEmbedder())
        self._nursery = Nursery(data)
        self.users = [user(self.house, f"{n}@example.org") for n in range(2)]
        self.ids = [
            upload(
                self.house, self.users[n % 2], long_text(f"word{n}", sections + n % 5), f"{n}.md"
            )
            for n in range(documents)
        ]

    def renew(self) -> None:
        """Bring all to their ends, and then have each read as another text, half of it new."""
        self.complete()
        for n, identity in enumerate(self.ids):
            old = long_text(f"word{n}", self._sections + n % 5)
            new = long_text(f"other{n}", self._sections // 2)
            process_anew(self.house, identity, f"{old[: len(old) // 2]}\n\n{new}")

    def start(self, pause: float) -> int:
        """A worker's process id."""
        return self._nursery.start(str(self.data), self.url, self.queue, pause)

    def close(self) -> None:
        """Give everything back."""
        self._nursery.close()
        self.house.close()

    def unfinished(self) -> int:
        return sum(status in UNFINISHED for status in statuses(self.house).values())

    def wait_for_work(self, more: float) -> None:
        """Until a step is done, and a moment longer: a kill at the start is a kill of nothing."""
        before, until = self._state(), time.monotonic() + 60
        while self._state() == before and time.monotonic() < until:
            time.sleep(0.01)
        time.sleep(more)

    def _state(self) -> tuple[int, int]:
        """Grows with every step that came to its end."""
        log = self.data / "embedded"
        read = sum(status not in ("queued", "parsing") for status in statuses(self.house).values())
        return log.stat().st_size if log.exists() else 0, read

    def complete(self, workers: int = 1, seconds: float = 900) -> None:
        running = [self.start(0.0) for _ in range(workers)]
        until = time.monotonic() + seconds
        while self.unfinished() and time.monotonic() < until:
            time.sleep(0.1)
        for process in running:
            kill(process)
        assert Counter(statuses(self.house).values()) == {"ready": len(self.ids)}

    def chunks(self) -> Places:
        with self.house.database.reading() as session:
            return self._chunks(session)

    def wholly_old_or_new(self, old: Places, new: Places) -> None:
        """Every document's chunks are what they were, or what they will be."""
        with self.house.database.reading() as session:
            ready = set(
                session.scalars(select(Document.filename).where(Document.status == "ready"))
            )
            now = self._chunks(session)
        for name in {name for name, _, _ in old}:
            found, before, after = (
                [chunk for chunk in chunks if chunk[0] == name] for chunks in (now, old, new)
            )
            assert found == (after if name in ready else before)

    @staticmethod
    def _chunks(session: Session) -> Places:
        rows = session.execute(
            select(Document.filename, DocumentChunk.position, DocumentChunk.start)
            .join(DocumentChunk, DocumentChunk.document_id == Document.id)
        )  # fmt: skip
        return sorted((str(name), position, start) for name, position, start in rows)

    def embedded(self) -> Counter[str]:
        return Counter((self.data / "embedded").read_text().split())


def kill(process: int) -> None:
    os.killpg(process, signal.SIGKILL)
    with suppress(ProcessLookupError):
        while True:
            os.kill(process, 0)
            time.sleep(0.005)


def killed_over_a_batch(
    batch: Batch, undisturbed: Batch, kills: int, seed: int, workers: int = 1
) -> int:
    undisturbed.complete()
    old, new = batch.chunks(), undisturbed.chunks()
    chance = random.Random(seed)
    running = [batch.start(_PAUSE) for _ in range(workers)]
    done = 0
    while done < kills and batch.unfinished():
        batch.wait_for_work(chance.uniform(0.0, 0.3))
        at = chance.randrange(workers)
        kill(running[at])
        done += 1
        if old:
            batch.wholly_old_or_new(old, new)
        running[at] = batch.start(_PAUSE)
    left = batch.unfinished()
    for process in running:
        kill(process)
    batch.complete(workers)
    assert done > 0
    for user_id in batch.users:
        even(batch.house, user_id)
    assert batch.chunks() == undisturbed.chunks()
    counted = batch.embedded()
    assert counted.keys() == undisturbed.embedded().keys()
    # What a killed worker had embedded and not stored: one batch for each kill at the most.
    assert counted.total() - len(counted) <= (done + workers) * BATCH
    twice = counted.total() - len(counted)
    sys.stdout.write(f"{done} kills, {left} documents left, {twice} chunks embedded again\n")
    return done


def _plain(folder: Path, request: pytest.FixtureRequest) -> Path:
    template: Path = request.getfixturevalue("migrated_sqlite")
    plain = folder / "plain"
    plain.mkdir()
    shutil.copyfile(template, plain / "glossator.db")
    return plain


def _killed(
    kind: str, folder: Path, request: pytest.FixtureRequest, *, kills: int, documents: int,
    sections: int, anew: bool = False,
) -> int:  # fmt: skip
    database, queue, workers = KINDS[kind]
    url = request.getfixturevalue(f"{database}_url")
    plain = _plain(folder, request)
    undisturbed = Batch(plain, f"sqlite:///{plain / 'glossator.db'}", documents, sections=sections)
    batch = Batch(folder / "data", url, documents, sections=sections, queue=queue)
    try:
        if anew:
            undisturbed.renew()
            batch.renew()
        return killed_over_a_batch(batch, undisturbed, kills=kills, seed=kills, workers=workers)
    finally:
        batch.close()
        undisturbed.close()


KINDS = {
    "sqlite": ("sqlite", "embedded", 1),
    "postgres": ("postgres", "embedded", 1),
    "two workers": ("postgres", "postgres", 2),
}


@pytest.mark.parametrize("kind", ["sqlite", "two workers"])
def test_a_few_kills(kind: str, tmp_path: Path, request: pytest.FixtureRequest):
    assert _killed(kind, tmp_path, request, kills=3, documents=4, sections=20) > 1


def test_kills_while_documents_are_processed_anew(tmp_path: Path, request: pytest.FixtureRequest):
    assert _killed("sqlite", tmp_path, request, kills=3, documents=4, sections=20, anew=True) > 1


@pytest.mark.long
@pytest.mark.parametrize("anew", [False, True], ids=["first", "anew"])
@pytest.mark.parametrize("kind", KINDS)
def test_two_hundred_kills(kind: str, anew: bool, tmp_path: Path, request: pytest.FixtureRequest):
    done = _killed(kind, tmp_path, request, kills=200, documents=20, sections=120, anew=anew)
    assert done == 200


def test_a_deletion_that_is_killed_is_finished_at_the_next_start(tmp_path: Path, database_url: str):
    batch = Batch(tmp_path / "data", database_url, 2)
    try:
        batch.complete()
        with batch.house.database.writing() as session:
            batch.house.documents.bury(session, session.get_one(Document, batch.ids[0]))
        assert traces(batch.house, batch.ids[0])
        worker = batch.start(0.0)
        until = time.monotonic() + 20
        while traces(batch.house, batch.ids[0]) and time.monotonic() < until:
            time.sleep(0.05)
        kill(worker)
        assert traces(batch.house, batch.ids[0]) == []
        assert even(batch.house, batch.users[0]) == 0
        assert even(batch.house, batch.users[1]) > 0
    finally:
        batch.close()
