"""How well search finds: evidence in the top 1 and 5, and within what a model would read."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from bench.cases import HELD, question_sets
from glossator.gateways.ports import Scope
from glossator.insight.measuring import in_context, place
from glossator.insight.questions import Question
from glossator.tutor.shelf import Shelf
from glossator.wiring import House

Row = tuple[str, ...]
HEADER: Row = ("questions", "wording", "n", "fitted on", "R@1", "R@5", "within 2,200 tokens")


def quality(house: House, every: int = 1) -> list[Row]:
    """A row per set and wording; of SQuAD's questions each `every`-th."""
    rows: list[Row] = []
    for name, questions in question_sets().items():
        squad = name.startswith("squad")
        asked = [q for q in questions if q.answerable][:: every if squad else 1]
        for style in ("natural", "hard"):
            chosen = [q for q in asked if q.style == style]
            if chosen:
                rows.append(_row(house, name, style, chosen))
    return rows


def _row(house: House, name: str, style: str, questions: Sequence[Question]) -> Row:
    squad = name.startswith("squad")
    places = np.array([_place(house, name, q) for q in questions])
    first, five = (places <= 1).mean(), (places <= 5).mean()
    error = 1.96 * np.sqrt(five * (1 - five) / len(places))
    read = "" if squad else f"{np.mean([_in_context(house, name, q) for q in questions]):.3f}"
    return (
        name,
        style,
        str(len(questions)),
        "no" if name in HELD else "yes",
        f"{first:.3f}",
        f"{five:.3f} ± {error:.3f}",
        read,
    )


def _place(house: House, name: str, question: Question) -> int:
    """From 1; SQuAD's hits are counted by passages, the books' by chunks; 999 for nowhere."""
    scope = Scope((f"book:{'squad' if name.startswith('squad') else name}",))
    with house.database.reading() as session:
        found = house.search.search(session, scope, question.question).found
    return place(question, found) or 999


def _in_context(house: House, name: str, question: Question) -> bool:
    with house.database.reading() as session:
        result = house.search.search(session, Scope((f"book:{name}",)), question.question)
        shelf = Shelf(session, house.tutor.texts, result.found)
        return bool(in_context(shelf, question, result))
