"""A day of a class by the ledger, and a day of users at their limits.

    python -m bench.class_day [--users 100] [--limits-users 1]

The server's own code over HTTP, with the default model's prices; a provider on loopback answers at
once and bills by our estimate of tokens. Its answers to questions are five sentences of the
passages, quoted; chapters come back as long as they are. What a prompt cache saves isn't counted.
"""

from __future__ import annotations

import argparse
import random
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy import func, select
from starlette.testclient import TestClient

from account_tools import bearer, sign_up
from bench.corpora import SAMPLE, add_book, load_questions
from glossator.adaptation.sizes import tokens
from glossator.app import create_app
from glossator.schema import migrate
from glossator.settings import Settings
from glossator.usage.prices import NANO
from glossator.usage.tables import UsageEntry
from glossator.wiring import House, build
from model_server import Claim, Reply, model_server
from translators import faithful, request_of, retold

LEVELS = ("beginner", "intermediate", "advanced")
HARDWARE = ("none", "gpu", "jetson", "robotics")
_SENTENCES = 5


@dataclass(frozen=True, slots=True)
class Day:
    """What a day came to: dollars and calls by feature, and how questions were answered."""

    dollars: dict[str, float]
    calls: dict[str, int]
    modes: dict[str, int]
    chapters: dict[str, int]

    @property
    def total(self) -> float:
        """All dollars."""
        return sum(self.dollars.values())


def reply(body: dict[str, Any]) -> Reply:
    """The provider: a question gets quotes, a part of a chapter its words in another form."""
    asked = sum(tokens(text) for text in _texts([body["system"], body["messages"]]))
    request = request_of(body)
    if "<text>" in request:
        said = (
            faithful(request) if "translat" in body["system"][0]["text"][:400] else retold(request)
        )
        return Reply((said,), counted=(asked, tokens(said)))
    claims = _claims(body["messages"][-1]["content"])
    return Reply(claims, counted=(asked, sum(tokens(claim.text) for claim in claims)))


def _claims(content: Sequence[dict[str, Any]]) -> tuple[Claim, ...]:
    found = [
        (number, part["text"])
        for number, block in enumerate((b for b in content if b["type"] == "search_result"), 1)
        for part in block["content"]
        if len(part["text"]) > 60 and part["text"].rstrip().endswith(".")
    ]
    return tuple(
        Claim(f"{text.strip()} ", ((number, text),)) for number, text in found[:_SENTENCES]
    )


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    for inner in value.values() if isinstance(value, dict) else ():
        yield from _texts(inner)
    for inner in value if isinstance(value, list) else ():
        yield from _texts(inner)


@contextmanager
def school(**settings: Any) -> Iterator[House]:
    """An installation with the sample book, whose provider is ours."""
    with model_server() as server, TemporaryDirectory() as folder:
        server.script = reply
        house = build(
            Settings(
                data=Path(folder),
                anthropic_api_key="k",
                anthropic_base_url=server.url,
                log_level="error",
                signups_per_hour=1_000,
                _env_file=None,
                **settings,
            )
        )
        migrate(house.database)
        add_book(house, "sample")
        try:
            yield house
        finally:
            house.close()


def class_day(
    house: House, *, users: int, questions: int = 10, chapters: int = 2, seed: int = 7
) -> Day:
    """Every user asks questions, and has chapters retold and translated by turns; all by chance."""
    chance, modes, made = random.Random(seed), Counter[str](), Counter[str]()
    every = [q.question for q in load_questions(SAMPLE / "questions.jsonl")]
    with TestClient(create_app(house=house)) as client:
        (book,) = client.get("/api/books").json()["items"]
        names = [chapter["chapter_id"] for chapter in book["chapters"]]
        for who in _people(client, users):
            for question in chance.choices(every, k=questions):
                answer = client.post("/api/chat/ask", json={"question": question}, headers=who)
                modes[_how(answer.json())] += 1
            for n in range(chapters):
                body: dict[str, str] = {"chapter_id": chance.choice(names)}
                kind = "translate" if n % 2 else "personalize"
                if kind == "personalize":
                    body |= {"level": chance.choice(LEVELS), "hardware": chance.choice(HARDWARE)}
                answer = client.post(f"/api/{kind}/chapter", json=body, headers=who)
                found = answer.json()
                made[_served(found)] += 1
    return _day(house, modes, made)


def _people(client: TestClient, users: int) -> Iterator[dict[str, str]]:
    for n in range(users):
        yield bearer(sign_up(client, f"reader{n}@example.org"))


def _how(answer: dict[str, Any]) -> str:
    if "mode" not in answer:
        return str(answer["type"])
    why = f" ({answer['degraded']})" if answer["degraded"] else ""
    return f"{answer['mode']}{why}"


def _served(answer: dict[str, Any]) -> str:
    if "cached" not in answer:
        return str(answer["type"])
    if answer["completeness"] < 1:
        return "incomplete"
    return "kept" if answer["cached"] else "made"


def _day(house: House, modes: Counter[str], made: Counter[str]) -> Day:
    with house.database.reading() as session:
        found = session.execute(
            select(UsageEntry.feature, func.sum(UsageEntry.price_nano), func.count()).group_by(
                UsageEntry.feature
            )
        ).all()
    return Day(
        {feature: price / NANO for feature, price, _ in found},
        {feature: count for feature, _, count in found},
        dict(modes),
        dict(made),
    )


def main() -> None:
    """Print both days."""
    options = argparse.ArgumentParser()
    options.add_argument("--users", type=int, default=100)
    options.add_argument("--limits-users", type=int, default=1)
    given = options.parse_args()
    began, cpu = time.perf_counter(), time.process_time()
    with school() as house:
        _print(
            f"{given.users} users, 10 questions and 2 chapters each",
            class_day(house, users=given.users),
        )
    few = given.limits_users
    # A day has 24 windows of 20 questions; the money is this many users' part of a hundred's.
    with school(questions_per_hour=480, budget_usd_per_day=10 * few / 100) as house:
        day = class_day(house, users=few, questions=480)
        _print(f"{few} users at their limits, {10 * few / 100:.2f} USD", day)
    print(f"{time.perf_counter() - began:.0f} s, {time.process_time() - cpu:.0f} s of CPU")


def _print(title: str, day: Day) -> None:
    print(f"{title}: {day.total:.4f} USD")
    for feature, dollars in sorted(day.dollars.items()):
        calls = day.calls[feature]
        print(f"  {feature}: {calls} calls, {dollars:.4f} USD, {dollars / calls:.6f} each")
    print(f"  questions: {day.modes}")
    print(f"  chapters: {day.chapters}")


if __name__ == "__main__":
    main()
