"""What a model that refuses rightly makes of the questions that the search can't decide."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from starlette.testclient import TestClient

from bench.corpora import QUESTIONS, SAMPLE, load_questions
from bench.reader import Reader
from glossator.app import create_app
from glossator.gateways.ports import Scope
from glossator.insight.questions import Question
from glossator.retrieval.confidence import Zone, zone
from glossator.wiring import House

HEADER = (
    "questions",
    "zone",
    "answerable",
    "absent",
    "left open without a model",
    "wrong without a model",
    "wrong if cut at 0.5",
    "wrong with a model",
    "model calls",
)
NAMES = ("sample", "robotics", "cp-algorithms")


@dataclass(frozen=True, slots=True)
class Judged:
    """A question with its zone, and how it was answered with a model and without one.

    `alone` and `read` are modes of the API; `calls` are prompts that the model got for it.
    """

    question: Question
    zone: Zone
    confidence: float
    alone: str
    read: str
    calls: int

    @property
    def cut_wrong(self) -> bool:
        """Whether a single threshold in the middle would have decided wrongly."""
        return (self.confidence >= 0.5) is not self.question.answerable

    def wrong(self, mode: str) -> bool:
        """An absent question answered, or an answerable one refused."""
        said = {"extractive": True, "model": True, "refused": False}.get(mode)
        return said is not None and said is not self.question.answerable


def questions(name: str) -> list[Question]:
    """A book's natural questions, its riddles (the sample's: hard), and those it doesn't answer."""
    if name == "sample":
        hard = load_questions(QUESTIONS / "sample-hard.jsonl")
        return load_questions(SAMPLE / "questions.jsonl") + hard
    absent = load_questions(QUESTIONS / f"{name}-absent.jsonl")
    return load_questions(QUESTIONS / f"{name}.jsonl") + absent


def judged(house: House, reader: Reader, name: str) -> list[Judged]:
    """All questions of a book, asked without a model and over the API with the reader."""
    found = []
    with TestClient(create_app(house=house)) as client:
        for question in questions(name):
            reader.evidence, reader.asked = {question.question: question.evidence}, 0
            with house.database.reading() as session:
                alone = house.tutor.ask(session, Scope((f"book:{name}",)), question.question)
            body = {"question": question.question, "book_id": name}
            read = client.post("/api/chat/ask", json=body).raise_for_status().json()
            found.append(
                Judged(
                    question,
                    zone(alone.confidence),
                    alone.confidence,
                    alone.mode.value,
                    read["mode"],
                    reader.asked,
                )
            )
    return found


def rows(name: str, found: Sequence[Judged]) -> list[tuple[str, ...]]:
    """A row per zone."""
    return [
        _row(name, kind.value, [item for item in found if item.zone is kind])
        for kind in (Zone.ABSENT, Zone.UNSURE, Zone.ANSWERABLE)
    ] + [_row(name, "all", found)]


def _row(name: str, kind: str, some: Sequence[Judged]) -> tuple[str, ...]:
    counts = (
        sum(item.question.answerable for item in some),
        sum(not item.question.answerable for item in some),
        sum(item.alone == "closest" for item in some),
        sum(item.wrong(item.alone) for item in some),
        sum(item.cut_wrong for item in some),
        sum(item.wrong(item.read) for item in some),
        sum(item.calls for item in some),
    )
    return (name, kind, *map(str, counts))
