"""Streams cut at random moments, by clients and by `kill -9`: what is booked is what was sold."""

from __future__ import annotations

import asyncio
import json
import random
import re
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from cli_tools import RUN, environment
from glossator.accounts import people
from glossator.library.tables import Document, now
from glossator.schema import migrate
from glossator.usage.budget import EVERYONE, LOST
from glossator.usage.tables import BudgetDay, BudgetReservation, UsageEntry
from glossator.wiring import House, accounts, build
from house_tools import made_settings
from model_server import Reply, model_server, tokens_in
from server_tools import _wait_for, free_port
from small_books import book
from upload_tools import upload

QUESTION = "What does a stereo camera compute from the disparity between two pictures?"
# A selection always goes to the model; it carries the stream's number.
SELECTION = "The baseline is the distance between the two lenses, case {}."
TEXT = b"text-delta"
# Four characters, which is what our estimate takes for a token.
PIECE, PIECES, INPUT_NANO, OUTPUT_NANO = "say ", 40, 1_000, 2_000


class Sold(tuple[str, ...]):
    """The pieces of one answer; tells how many of them the provider has begun to send."""

    sent: int

    def __iter__(self) -> Iterator[str]:
        for piece in super().__iter__():
            self.sent += 1
            yield piece


@dataclass
class Provider:
    """What the provider sold, by the number in the question."""

    inputs: dict[int, int] = field(default_factory=dict)
    answers: dict[int, Sold] = field(default_factory=dict)
    requests: int = 0

    def script(self, body: dict[str, Any]) -> Reply:
        text = json.dumps(body["messages"][-1])
        number = int(re.findall(r"case (\d+)\.", text)[-1])
        pieces = Sold([PIECE] * PIECES)
        pieces.sent = 0
        self.inputs[number], self.answers[number] = tokens_in(body), pieces
        self.requests += 1
        return Reply(pieces, wait=0.1, pause=0.02)


class Installation:
    """A data folder with a book and an account for each stream, and servers upon it."""

    def __init__(self, folder: Path, model_url: str, streams: int) -> None:
        self.folder, self.url = folder, f"sqlite:///{folder / 'glossator.db'}"
        self._model_url = model_url
        # By the encoder that the servers have.
        house = build(made_settings(folder, self.url, secret_key="k" * 40))
        migrate(house.database)
        house.pipeline.add_book(book(), "robots")
        service = accounts(house)
        self.tokens: dict[int, str] = {}
        with house.database.writing() as session:
            for n in range(streams):
                made = people.create(
                    session, email=f"p{n}@example.org", password_hash="!", name="P", role="user"
                )
                self.tokens[made.id] = service._issue(session, made.id, "bearer").token
        self.house: House = house

    def start(self) -> tuple[subprocess.Popen[bytes], int]:
        port = free_port()
        log = self.folder / f"server-{port}.log"
        changes = {
            "GLOSSATOR_DATABASE_URL": self.url,
            "GLOSSATOR_SECRET_KEY": "k" * 40,
            "GLOSSATOR_MODEL": "claude-test",
            "ANTHROPIC_API_KEY": "k",
            "ANTHROPIC_BASE_URL": self._model_url,
            "GLOSSATOR_PRICES": "claude-test=1/2",
        }
        with log.open("wb") as out:
            process = subprocess.Popen(
                [*RUN, "serve", "--data", str(self.folder), "--port", str(port)],
                stdout=out, stderr=out, env=environment(self.folder, **changes),
            )  # fmt: skip
        _wait_for(port, process, log)
        return process, port

    def entries(self) -> dict[int, list[UsageEntry]]:
        """The ledger by user, after all that was left open has expired."""
        now = self.house.usage.clock()
        with self.house.database.writing() as session:
            past = now - timedelta(hours=1)
            session.execute(update(BudgetReservation).values(expires_at=past))
            self.house.usage.budget.expire(session, now)
        with self.house.database.reading() as session:
            found: dict[int, list[UsageEntry]] = {}
            for entry in session.scalars(select(UsageEntry)):
                found.setdefault(entry.user_id or 0, []).append(entry)
            booked = sum(entry.price_nano for rows in found.values() for entry in rows)
            committed = session.scalars(
                select(BudgetDay.committed_nano).where(BudgetDay.account == EVERYONE)
            ).all()
            assert sum(committed) == booked
        return found


async def _ask(
    port: int,
    number: int,
    token: str,
    patience: float,
    *,
    since: bytes = b"start",
    begun: asyncio.Event | None = None,
) -> bytes:
    """One stream; the client leaves `patience` seconds after a part of the kind `since`.

    `begun` is set when the first text arrives.
    """
    question = {"question": QUESTION, "selected_text": SELECTION.format(number), "stream": True}
    body = json.dumps(question).encode()
    head = (
        f"POST /api/chat/ask HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n"
        f"authorization: Bearer {token}\r\ncontent-length: {len(body)}\r\n\r\n"
    )
    got, leaving = b"", False
    with suppress(OSError, TimeoutError):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            writer.write(head.encode() + body)
            async with asyncio.timeout(60) as limit:
                while piece := await reader.read(65_536):
                    got += piece
                    if b"[DONE]" in got:
                        break
                    if begun is not None and TEXT in got:
                        begun.set()
                    if not leaving and since in got:
                        leaving = True
                        limit.reschedule(asyncio.get_running_loop().time() + patience)
        finally:
            writer.close()
    return got


async def _stream(port: int, method: str, path: str, token: str, body: object = None) -> bytes:
    """All that a stream tells until its end."""
    data = b"" if body is None else json.dumps(body).encode()
    head = (
        f"{method} {path} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n"
        f"authorization: Bearer {token}\r\ncontent-length: {len(data)}\r\nconnection: close\r\n\r\n"
    )
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(head.encode() + data)
    try:
        async with asyncio.timeout(40):
            return await reader.read(-1)
    finally:
        writer.close()


def _waiting(house: House, user_id: int) -> str:
    """A file that is put off for an hour: its progress goes on meanwhile."""
    document = upload(house, user_id)
    with house.database.writing() as session:
        session.get_one(Document, document).due_at = now() + timedelta(hours=1)
    return document


def _cut(
    installation: Installation, rounds: list[dict[int, str]], chance: random.Random
) -> tuple[int, int]:
    """Ask all; in every second round the server is killed too. Streams finished, and kills."""
    finished = kills = 0
    for n, users in enumerate(rounds):
        process, port = installation.start()

        async def crowd(
            killed: bool, process: subprocess.Popen[bytes], port: int, users: dict[int, str]
        ) -> list[bytes]:
            begun = asyncio.Event()

            async def kill() -> None:
                with suppress(TimeoutError):
                    await asyncio.wait_for(begun.wait(), 60)
                await asyncio.sleep(chance.uniform(0.0, 1.2))
                process.kill()

            asked = [
                _ask(
                    port,
                    user,
                    token,
                    60.0 if chance.random() < 0.3 else chance.random(),
                    since=b"start" if chance.random() < 0.3 else TEXT,
                    begun=begun,
                )
                for user, token in users.items()
            ]
            killer = asyncio.ensure_future(kill()) if killed else None
            answers = await asyncio.gather(*asked)
            if killer is not None:
                await killer
            return answers

        answers = asyncio.run(crowd(n % 2 == 0, process, port, users))
        finished += sum(b"[DONE]" in answer for answer in answers)
        process.terminate()
        kills += process.wait(30) == -signal.SIGKILL
    return finished, kills


def _holds(number: int, entry: UsageEntry, sold: Provider) -> None:
    """An entry against what the provider counted, by the rule of decision 0010."""
    sent = sold.answers[number].sent if number in sold.answers else 0
    asked = sold.inputs.get(number, 0)
    if entry.outcome == "end":
        assert (entry.input_tokens, entry.output_tokens) == (asked, PIECES)
        assert entry.price_nano == asked * INPUT_NANO + PIECES * OUTPUT_NANO
    elif entry.outcome == LOST:
        assert entry.price_nano >= asked * INPUT_NANO + sent * OUTPUT_NANO
    else:
        assert entry.outcome == "cancelled"
        # What was on its way to us when we hung up is the provider's to count or not.
        assert entry.output_tokens <= max(1, sent)
        assert entry.price_nano == 0 or entry.input_tokens >= asked


def _by_outcome(entries: dict[int, list[UsageEntry]], sold: Provider) -> str:
    lines = []
    for outcome in ("end", "cancelled", LOST):
        rows = {user: row for user, (row,) in entries.items() if row.outcome == outcome}
        asked = rows.keys() & sold.answers.keys()
        inputs = sum(sold.inputs[user] for user in asked)
        outputs = sum(sold.answers[user].sent for user in asked)
        booked = [
            sum(getattr(row, name) for row in rows.values())
            for name in ("input_tokens", "output_tokens", "price_nano")
        ]
        price = inputs * INPUT_NANO + outputs * OUTPUT_NANO
        lines.append(
            f"{outcome}: {len(rows)}, {len(asked)}; {booked[0]} of {inputs} in, {booked[1]} of "
            f"{outputs} out, {booked[2]} of {price}"
        )
    return "\n".join(lines)


def _cut_streams(tmp_path: Path, rounds: int, each: int) -> None:
    sold = Provider()
    with model_server() as server:
        server.script = sold.script
        installation = Installation(tmp_path, server.url, rounds * each)
        users = list(installation.tokens.items())
        parts = [dict(users[n * each : (n + 1) * each]) for n in range(rounds)]
        finished, kills = _cut(installation, parts, random.Random(7))
        entries = installation.entries()
        installation.house.close()
    # Each request that reached the provider is booked, and booked once.
    assert all(len(rows) == 1 for rows in entries.values())
    assert set(sold.answers) <= set(entries)
    assert sold.requests == len(sold.answers)
    for user, (entry,) in entries.items():
        _holds(user, entry, sold)
    outcomes = [entry.outcome for (entry,) in entries.values()]
    told = {name: outcomes.count(name) for name in ("end", "cancelled", LOST)}
    print(  # noqa: T201  the long run's figures
        f"{rounds * each} streams, {kills} kills: {finished} finished, {sold.requests} requests "
        "at the provider; by outcome: entries, those asked of the provider, tokens booked and "
        f"sold (in, out), nano-dollars booked and sold\n{_by_outcome(entries, sold)}"
    )
    assert finished
    assert kills
    assert told["cancelled"] + told[LOST] > 0


def test_what_is_booked_is_what_was_sold(tmp_path: Path):
    _cut_streams(tmp_path, rounds=2, each=8)


@pytest.mark.long
def test_what_is_booked_is_what_was_sold_over_200_streams(tmp_path: Path):
    _cut_streams(tmp_path, rounds=10, each=20)


def test_a_server_that_must_go_tells_its_streams_and_goes(tmp_path: Path):
    """A question, a chapter on its way, and the progress of a file that nobody reads."""
    with model_server() as server:
        server.script = lambda _: Reply((PIECE,) * 9, stall=2)
        installation = Installation(tmp_path, server.url, 1)
        ((user, token),) = installation.tokens.items()
        document = _waiting(installation.house, user)
        process, port = installation.start()
        chapter = {"chapter_id": "part-1/sensors", "language": "de", "stream": True}

        async def asked() -> list[bytes]:
            begun = asyncio.Event()

            async def end() -> bytes:
                await begun.wait()
                await asyncio.sleep(0.5)
                process.terminate()
                return b""

            _, *told = await asyncio.gather(
                end(),
                _ask(port, user, token, 60.0, begun=begun),
                _stream(port, "POST", "/api/translate/chapter", token, chapter),
                _stream(port, "GET", f"/api/docs/{document}/events", token),
            )
            return told

        answer, translated, progress = asyncio.run(asked())
        began = time.monotonic()
        assert process.wait(10) == 0
        assert time.monotonic() - began < 5
        entries = installation.entries()[user]
        installation.house.close()
    for told in (answer, translated):
        assert b'"type": "error"' in told
        assert b"being restarted" in told
        assert told.count(b"[DONE]") == 1
    assert b"event: progress" in progress
    assert {entry.outcome for entry in entries} == {"cancelled"}
    assert {entry.feature for entry in entries} == {"question", "translation"}
