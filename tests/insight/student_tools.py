"""Synthetic students of the sample book: their questions, and whose theme a group is."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from glossator.gateways.ports import Scope
from glossator.insight.gaps import Group
from glossator.tutor import conversations
from glossator.tutor.answering import as_object
from glossator.tutor.conversations import Owner, new_id
from glossator.tutor.tables import ChatMessage
from glossator.wiring import House
from house_tools import SAMPLE

ROOT = Path(__file__).parents[2]

BOOK = "physical-ai"
_PLANTED = re.compile(r"\{\{(.+?)\}\}")
_CHAPTERS = sorted(path.stem for path in SAMPLE.glob("docs/part-*/chapter-*.mdx"))

# What a group's name must hold to name the theme; written with the questions.
NAMED_BY = {
    "battery": "batter|charg",
    "price": "price|cost|buy|cheap|expens|money|shop",
    "drone": "drone|quadcopter|propeller|fly",
    "gripper": "grip|grasp|suction",
    "career": "career|job|salary|hire|employ|internship",
    "speech": "speech|voice|speak|spoken|microphone|talk",
    "wiring": "wire|wiring|arduino|solder",
    "slam": "slam|map|localis",
    "exam": "exam|homework|deadline|marks",
    "swarm": "swarm",
    "underwater": "underwater|submarine|water",
    "hydraulic": "hydraulic|pneumatic",
    "surgery": "surg|medical|patient",
    "matlab": "matlab|simulink",
    "space": "space|mars|rover",
    "ethics": "ethic|law|moral|jobs|rights|liable",
    "exoskeleton": "exoskelet|exosuit",
    "farm": "farm|crop|harvest|agricult",
    "printing": "print",
    "hacking": "hack|attack|password|encrypt",
    "toys": "toy|child|kids",
    "vacuum": "vacuum|clean",
    "cars": "car|cars|traffic|driverless|driving",
    "cooking": "cook|kitchen|food",
}


@dataclass(frozen=True, slots=True)
class Student:
    """A question with its theme ("-" where the book answers it), and what was planted in it."""

    theme: str
    chapter: str
    question: str
    planted: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Score:
    """How many themes are named, and how many questions stand in their theme's group."""

    themes: int
    named: int
    questions: int
    right: int


def students(name: str) -> list[Student]:
    """The questions of a file beside this module."""
    lines = (Path(__file__).parent / f"{name}.txt").read_text("utf-8").splitlines()
    found = []
    for line in lines:
        if line.startswith("#"):
            continue
        theme, number, text = (part.strip() for part in line.split("|", 2))
        chapter = next(each for each in _CHAPTERS if f"-{int(number):02d}-" in each)
        planted = tuple(_PLANTED.findall(text))
        found.append(Student(theme, chapter, _PLANTED.sub(r"\1", text), planted))
    return found


def answered_by_the_book() -> list[Student]:
    """The sample book's own questions, natural and hard."""
    files = (SAMPLE / "questions.jsonl", ROOT / "bench/questions/sample-hard.jsonl")
    rows = [json.loads(line) for file in files for line in file.read_text("utf-8").splitlines()]
    return [
        Student("-", row["chapter"].rpartition("/")[2], row["question"], ())
        for row in rows
        if row["answerable"]
    ]


def ask_all(house: House, asked: Sequence[Student]) -> None:
    """Each asked by somebody else, answered without a model and kept, a second apart.

    Who gets an answer to what the book can't answer rates it down.
    """
    began = datetime.now(UTC) - timedelta(days=1)
    for n, student in enumerate(asked):
        with house.database.reading() as session:
            answer = house.tutor.ask(session, Scope((f"book:{BOOK}",)), student.question)
        message = new_id()
        with house.database.writing() as session:
            conversations.keep(
                session, Owner(guest_key=new_id()), session_id=new_id(), message_id=message,
                question=student.question, standalone=student.question, selected_text=None,
                answer=as_object(answer), at=began + timedelta(seconds=n), begins=True,
                asked_from=_id(student.chapter),
            )  # fmt: skip
            if answer.grounded and student.theme != "-":
                row = session.get_one(ChatMessage, message)
                row.rating = "down"


def score(groups: Sequence[Group], asked: Sequence[Student]) -> Score:
    """A theme's group is the one that holds most of it and of which it is more than half. It is
    named if the group's name says so in the words of `NAMED_BY`.
    """
    themes = {student.theme for student in asked} - {"-"}
    by_question = {student.question: student.theme for student in asked}
    named = right = 0
    for theme in themes:
        best: tuple[int, str] = (0, "")
        for group in groups:
            counts = Counter(by_question[each.question] for each in group.asked)
            if 2 * counts[theme] > sum(counts.values()):
                best = max(best, (counts[theme], ", ".join(group.name)))
        right += best[0]
        named += bool(best[0] and re.search(rf"\b(?:{NAMED_BY[theme]})", best[1], re.IGNORECASE))
    return Score(len(themes), named, sum(s.theme != "-" for s in asked), right)


def _id(chapter: str) -> str:
    number = int(chapter.split("-")[1])
    part = 1 if number <= 3 else 2 if number <= 6 else 3
    return f"part-{part}/{chapter}"
