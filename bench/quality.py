"""How well search finds: evidence in the top 1 and 5, and within what a model would read.

Beside ours stands the naive recipe of `bench.naive`, on the same questions.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass

import numpy as np

from bench import naive
from bench.cases import FITTED, fresh_sets, question_sets
from glossator.gateways.ports import Scope
from glossator.insight.measuring import in_context, place
from glossator.insight.questions import Question
from glossator.tutor.shelf import Shelf
from glossator.wiring import House

Row = tuple[str, ...]
_OURS = ("R@1", "R@5", "within 2,200 tokens")
HEADER: Row = ("questions", "wording", "n", "fitted on", *_OURS, *(f"naive: {n}" for n in _OURS))
_NOWHERE = 999


@dataclass(frozen=True, slots=True)
class Hit:
    """Where a question's evidence came, from 1 (999: nowhere), and whether a model reads it.

    SQuAD's places are counted by passages, the books' by chunks; for SQuAD `read` means nothing.
    """

    place: int
    read: bool


def quality(house: House, every: int = 1, *, plain: bool = True) -> list[Row]:
    """A row per set and wording, with the naive recipe where `plain`; of SQuAD each `every`-th.

    "other questions" under "fitted on": none of these, but others about the same book.
    """
    with ExitStack() as stack:
        made: dict[str, naive.Naive] = {}
        rows: list[Row] = []
        for name, style, fitted, questions in _sets(every):
            book = "squad" if name.startswith("squad") else name
            if plain and book not in made:
                made[book] = stack.enter_context(naive.of_book(house, book))
            cells = _cells(name, [ours(house, book, q) for q in questions])
            peer = _cells(name, [theirs(made[book], q) for q in questions]) if plain else ("",) * 3
            rows.append((name, style, str(len(questions)), fitted, *cells, *peer))
        return rows


def ours(house: House, book: str, question: Question) -> Hit:
    """A question put to the house's own search."""
    with house.database.reading() as session:
        result = house.search.search(session, Scope((f"book:{book}",)), question.question)
        shelf = Shelf(session, house.tutor.texts, result.found)
        read = bool(question.evidence) and bool(in_context(shelf, question, result))
    return Hit(place(question, result.found) or _NOWHERE, read)


def theirs(book: naive.Naive, question: Question) -> Hit:
    """A question put to the naive recipe."""
    found = book.search(question.question)
    return Hit(naive.place(question, found) or _NOWHERE, naive.in_context(question, found))


def _sets(every: int) -> Iterator[tuple[str, str, str, list[Question]]]:
    """Each set by wording, with what "fitted on" says of it."""
    fresh = fresh_sets()
    for name, questions in question_sets().items():
        asked = [q for q in questions if q.answerable]
        for style in ("natural", "riddle", "hard"):
            chosen = [q for q in asked if q.style == style]
            if name.startswith("squad"):
                chosen = chosen[::every]
            if chosen:
                yield name, style, "yes" if name in FITTED else "no", chosen
        if name in fresh:
            yield name, "hard", "other questions" if name in FITTED else "no", fresh[name]


def _cells(name: str, hits: Sequence[Hit]) -> Row:
    places = np.array([hit.place for hit in hits])
    first, five = (places <= 1).mean(), (places <= 5).mean()
    error = 1.96 * np.sqrt(five * (1 - five) / len(places))
    squad = name.startswith("squad")
    read = "" if squad else f"{np.mean([hit.read for hit in hits]):.3f}"
    return (f"{first:.3f}", f"{five:.3f} ± {error:.3f}", read)
