"""Labelled questions for fitting and measuring: present, foreign, and passage removed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select

from bench.corpora import (
    BOOKS,
    QUESTIONS,
    SAMPLE,
    SQUAD,
    add_book,
    load_questions,
    squad_source,
)
from glossator.gateways.ports import Scope
from glossator.insight.questions import Question
from glossator.library.tables import Document
from glossator.retrieval.confidence import features
from glossator.schema import migrate
from glossator.settings import Settings
from glossator.wiring import House, build

# What the weights are fitted on, and what they are only measured on. `fresh_sets` is in neither.
FITTED = ("squad-tune", "sample", "robotics", "cp-algorithms")
HELD = ("squad-held", "jest", "mdbook")
TEXTBOOKS = ("robotics", "cp-algorithms", "jest", "mdbook")
# Wordings that share next to nothing with the book; the fits weigh them less.
OBLIQUE = ("hard", "riddle")


@dataclass(frozen=True, slots=True)
class Case:
    """A question asked of a scope. `kind`: natural, hard, riddle, foreign, removed or absent."""

    collection: str
    kind: str
    question: Question
    values: dict[str, float]

    @property
    def answerable(self) -> bool:
        """Whether the scope holds the answer."""
        return self.kind in ("natural", *OBLIQUE)


def installed(folder: Path, names: Sequence[str] = ("squad", *BOOKS)) -> House:
    """An installation with the books, kept in `folder` between runs."""
    house = build(Settings(data=folder, _env_file=None))
    migrate(house.database)
    for name in names:
        if name == "squad":
            house.pipeline.add_book(squad_source(), "squad")
        else:
            add_book(house, name)
    return house


def question_sets() -> dict[str, list[Question]]:
    """The sets by collection; SQuAD's articles by turns tune and held."""
    squad = [q for q in load_questions(SQUAD / "questions.jsonl") if q.answerable]
    articles = sorted({_article(q) for q in squad})
    tune = set(articles[::2])
    sets = {
        "squad-tune": [q for q in squad if _article(q) in tune],
        "squad-held": [q for q in squad if _article(q) not in tune],
        "sample": load_questions(SAMPLE / "questions.jsonl")
        + load_questions(QUESTIONS / "sample-hard.jsonl"),
    }
    for name in TEXTBOOKS:
        sets[name] = load_questions(QUESTIONS / f"{name}.jsonl")
        sets[name] += load_questions(QUESTIONS / f"{name}-absent.jsonl")
    return sets


def fresh_sets() -> dict[str, list[Question]]:
    """Hard questions by book, written when all weights stood: measured, never fitted on."""
    return {name: load_questions(QUESTIONS / f"{name}-hard.jsonl") for name in TEXTBOOKS}


def cases(house: House, *, every: int = 4) -> Iterator[Case]:
    """All cases; of SQuAD's questions each `every`-th, so that it doesn't drown the books."""
    sets = question_sets()
    for name, questions in sets.items():
        if name.startswith("squad"):
            yield from _squad(house, name, questions[::every])
        else:
            yield from _book(house, name, questions)
    yield from _foreign(house, sets)


def _squad(house: House, name: str, questions: Sequence[Question]) -> Iterator[Case]:
    with house.database.reading() as session:
        rows = session.execute(
            select(Document.id, Document.chapter_id).where(Document.book_id == "squad")
        )
        ids = {chapter or "": document for document, chapter in rows}
    for question in questions:
        gold, article = question.chapter or "", _article(question)
        yield Case(name, "natural", question, _values(house, "squad", question))
        rest = frozenset(ids.values()) - {ids[gold]}
        yield Case(name, "removed", question, _values(house, "squad", question, rest))
        other = frozenset(d for chapter, d in ids.items() if chapter.split("/")[0] != article)
        yield Case(name, "foreign", question, _values(house, "squad", question, other))


def _book(house: House, name: str, questions: Sequence[Question]) -> Iterator[Case]:
    for question in questions:
        kind = question.style if question.answerable else "absent"
        yield Case(name, kind, question, _values(house, name, question))


def _foreign(house: House, sets: dict[str, list[Question]]) -> Iterator[Case]:
    """Each book asked the questions of every other book but those on its own subject."""
    related = {frozenset(("sample", "robotics"))}
    for name in BOOKS:
        for other, questions in sets.items():
            if other == name or frozenset((name, other)) in related:
                continue
            picked = [q for q in questions if q.answerable][:: 30 if "squad" in other else 3]
            for question in picked:
                yield Case(name, "foreign", question, _values(house, name, question))


def _values(
    house: House, book: str, question: Question, documents: frozenset[str] | None = None
) -> dict[str, float]:
    with house.database.reading() as session:
        scope = Scope((f"book:{book}",), documents)
        result = house.search.search(session, scope, question.question)
        return features(question.question, [found.ranked for found in result.found])


def _article(question: Question) -> str:
    return (question.chapter or "").split("/")[0]
