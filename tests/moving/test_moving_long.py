"""An installation of 50 documents there and back under `kill -9`; backups of a busy server."""

from __future__ import annotations

import dataclasses
import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from cli_tools import RUN, environment
from glossator.gateways.embedders.bundled import BundledEmbedder
from glossator.gateways.ports import Scope
from glossator.ingestion.readers.detect import read_sources
from glossator.ingestion.sources import ReadLimits
from glossator.wiring import House, build
from house_tools import SAMPLE, made_settings
from row_maker import counts
from server_tools import serving
from upload_tools import long_text, upload, user, work

ROWS = [json.loads(line) for line in (SAMPLE / "questions.jsonl").read_text("utf-8").splitlines()]
QUESTIONS = [row["question"] for row in ROWS][:60]
SCOPE = Scope(("book:physical-ai", "user:1"))
# Any vector that is computed ends the command.
NO_EMBEDDING = """
from glossator.gateways.embedders.bundled import BundledEmbedder
def never(*_, **__):
    raise AssertionError("something was embedded")
BundledEmbedder.encode = BundledEmbedder.encode_with_spans = never
from glossator.cli import main
main()
"""


def answers(house: House) -> list[dict[str, Any]]:
    """Everything that the questions get."""
    found = []
    for question in QUESTIONS:
        with house.database.reading() as session:
            answer = dataclasses.asdict(house.tutor.ask(session, SCOPE, question))
            found.append({**answer, "response_time": None})
    return found


def alike(one: Sequence[dict[str, Any]], other: Sequence[dict[str, Any]]) -> int:
    """How many answers have the same words and the same quotes at the same places."""

    def facts(answer: dict[str, Any]) -> Any:
        quotes = [(s["chapter_id"], s["document_id"], s["start"], s["end"], s["quote"])
                  for s in answer["sources"]]  # fmt: skip
        return answer["mode"], answer["answer"], quotes

    return sum(facts(a) == facts(b) for a, b in zip(one, other, strict=True))


@contextmanager
def opened(data: Path, real: BundledEmbedder, **settings: object) -> Iterator[House]:
    house = build(made_settings(data, **settings), embedder=real)  # type: ignore[arg-type]
    yield house
    house.close()


def environment_of(home: Path, **changes: str) -> dict[str, str]:
    s3 = {name: value for name, value in os.environ.items() if name.startswith("AWS_")}
    return environment(home, **s3, **changes)


def run_with_kills(words: Sequence[str], env: dict[str, str], kills: int, home: Path) -> int:
    """Run the command again and again, killed at random moments, until it ends; its kills."""
    chance, killed = random.Random(5), 0
    while True:
        process = subprocess.Popen(
            [sys.executable, "-c", NO_EMBEDDING, *words], env=env, cwd=home,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip
        try:
            wait = chance.uniform(1.5, 12.0) if killed < kills else 600
            out, err = process.communicate(timeout=wait)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.communicate()
            killed += 1
            continue
        assert process.returncode == 0, err
        assert b"Nothing was embedded." in out
        return killed


@pytest.mark.long
@pytest.mark.timeout(3_600)
def test_fifty_documents_there_and_back(
    tmp_path: Path, postgres: Any, s3_url: str, real_embedder: BundledEmbedder,
    figures: Callable[[str], None],
):  # fmt: skip
    home, there, back = tmp_path / "home", postgres.create(), tmp_path / "back"
    home.mkdir()
    with opened(home, real_embedder) as house:
        from glossator.schema import migrate

        migrate(house.database)
        (source,) = read_sources([SAMPLE], ReadLimits())
        house.pipeline.add_book(source, "physical-ai")
        ada = user(house)
        for n in range(50):
            upload(house, ada, long_text(f"gear{n}", 3), f"gear{n}.md")
        work(house)
        before, filled = answers(house), counts(house.database)
    external = {
        "GLOSSATOR_DATABASE_URL": there, "GLOSSATOR_FILES_URL": s3_url,
        "GLOSSATOR_VECTORS_URL": "pgvector:",
    }  # fmt: skip
    began = time.monotonic()
    kills = run_with_kills(
        ["migrate-to", "--database-url", there, "--files-url", s3_url, "--vectors-url", "pgvector:",
         "--data", str(home)],
        environment_of(tmp_path), 5, tmp_path,
    )  # fmt: skip
    seconds = time.monotonic() - began
    with opened(
        home, real_embedder, database_url=there, files_url=s3_url, vectors_url="pgvector:"
    ) as house:
        held = house.copying.counts()
        assert held is not None
        assert held.held == held.wanted > 500
        assert counts_without_copies(counts(house.database)) == counts_without_copies(filled)
        assert len(house.files.names("documents")) == 50
        on_postgres = answers(house)
    kills += run_with_kills(
        ["migrate-to", "--to", str(back), "--data", str(home)],
        environment_of(tmp_path, **external), 5, tmp_path,
    )  # fmt: skip
    with opened(back, real_embedder) as house:
        assert counts(house.database) == filled
        assert len(house.files.names("documents")) == 50
        after = answers(house)
    figures(
        f"50 documents and a book, {filled['document_chunks']} chunks, there and back with {kills} "
        f"kills (there {seconds:.0f} s with 5 of them): {alike(before, after)} of {len(before)} "
        f"answers the same after the way back, {alike(before, on_postgres)} on Postgres; "
        "0 texts embedded"
    )
    # To the last digit of each confidence.
    assert after == before
    postgres.drop(there)


def counts_without_copies(found: dict[str, int]) -> dict[str, int]:
    return {name: count for name, count in found.items() if not name.startswith("vector_cop")}


class Client:
    """Somebody who uploads, asks and deletes without a pause."""

    def __init__(self, address: str, name: str) -> None:
        self._host = address.removeprefix("http://")
        self._name = name
        self.asked = self.sent = 0
        made = self.call("POST", "/api/auth/signup", json_body={
            "email": f"{name}@example.org", "password": "a lantern on the pier", "name": name,
        })  # fmt: skip
        self._token = made["access_token"]

    def call(
        self, method: str, path: str, *, json_body: Any = None, form: bytes | None = None
    ) -> Any:
        headers = {"content-type": "application/json"}
        if form is not None:
            headers = {"content-type": "multipart/form-data; boundary=b"}
        if hasattr(self, "_token"):
            headers["authorization"] = f"Bearer {self._token}"
        connection = HTTPConnection(self._host, timeout=60)
        try:
            body = form if form is not None else json.dumps(json_body)
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            content = answer.read()
            assert answer.status < 300, content
            return json.loads(content) if content else None
        finally:
            connection.close()

    def live(self, stop: threading.Event) -> None:
        mine: list[str] = []
        while not stop.is_set():
            self.sent += 1
            form = (
                '--b\r\ncontent-disposition: form-data; name="files"; filename="a.md"\r\n\r\n'
                f"{long_text(f'{self._name}{self.sent}', 1)}\r\n--b--\r\n"
            )
            taken = self.call("POST", "/api/upload", form=form.encode())
            mine.append(taken["documents"][0]["document_id"])
            self.asked += 1
            self.call("POST", "/api/chat/ask", json_body={"question": QUESTIONS[self.asked % 60]})
            if len(mine) > 3:
                self.call("DELETE", f"/api/docs/{mine.pop(0)}")


@pytest.mark.long
@pytest.mark.timeout(3_600)
def test_backups_of_a_busy_server_are_whole(
    tmp_path: Path, postgres: Any, s3_url: str, real_embedder: BundledEmbedder,
    figures: Callable[[str], None],
):  # fmt: skip
    data, env = tmp_path / "data", environment_of(tmp_path)
    data.mkdir()

    def run(*words: str, **changes: str) -> str:
        done = subprocess.run(
            [*RUN, *words], env={**env, **changes}, cwd=tmp_path, capture_output=True, text=True,
            timeout=300, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    run("add", str(SAMPLE), "--data", str(data))
    stop, made = threading.Event(), []
    with serving(data, GLOSSATOR_QUESTIONS_PER_HOUR="unlimited") as address:
        clients = [Client(address, name) for name in ("ada", "bob", "carl")]
        threads = [threading.Thread(target=client.live, args=(stop,)) for client in clients]
        for thread in threads:
            thread.start()
        try:
            for n in range(2):
                time.sleep(3)
                said = run("backup", f"{n}.tar", "--data", str(data), "--json")
                made.append(json.loads(said))
        finally:
            stop.set()
            for thread in threads:
                thread.join()
    there = postgres.create()
    places = [{}, {"GLOSSATOR_DATABASE_URL": there, "GLOSSATOR_FILES_URL": s3_url}]
    documents, answered = [], []
    for n, changes in enumerate(places):
        new = tmp_path / f"new{n}"
        done = json.loads(run("restore", f"{n}.tar", "--data", str(new), "--json", **changes))
        assert (done["rows"], done["files"]) == (made[n]["rows"], made[n]["files"])
        settings = {"database_url": there, "files_url": s3_url} if changes else {}
        with opened(new, real_embedder, **settings) as house:
            work(house)
            with house.database.reading() as session:
                query = "SELECT status, count(*) FROM documents WHERE user_id > 0 GROUP BY status"
                states = dict(session.execute(text(query)).all())
            assert set(states) <= {"ready"}, states
            documents.append(sum(states.values()))
            # Among many files with words alike; the book alone answers some 40.
            answered.append(sum(item["mode"] == "extractive" for item in answers(house)))
            assert answered[-1] >= 25
        # Counts of chunks, vectors and words agree, or it would end with 1.
        run("doctor", "--data", str(new), **changes)
    figures(
        f"2 backups while 3 people sent {sum(c.sent for c in clients)} files and asked "
        f"{sum(c.asked for c in clients)} questions: restored with {documents} documents, "
        f"{[fact['rows'] for fact in made]} rows, all counts equal, {answered} of 60 "
        "questions answered; "
        f"{sum(len(fact['gone']) for fact in made)} files gone meanwhile"
    )
    postgres.drop(there)
