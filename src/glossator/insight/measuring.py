"""Questions of a set put to search and the tutor, each with what came of it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session, undefer

from glossator.gateways.ports import Scope
from glossator.insight import outcomes
from glossator.insight.editions import SEPARATOR, ChapterText
from glossator.insight.outcomes import Cited, Outcome
from glossator.insight.questions import REMOVED, Question, holds
from glossator.library import books
from glossator.library.content import Heading
from glossator.library.tables import Book, Document
from glossator.retrieval.context import BUDGET, context
from glossator.retrieval.service import Found, SearchResult
from glossator.tutor.answers import Answer, Support
from glossator.tutor.extractive import Candidate, subject
from glossator.tutor.service import Tutor
from glossator.tutor.shelf import Shelf
from glossator.tutor.statements import stemmer

_BEST = 3
# A quote of fewer words stands in too many texts to prove that it is of the evidence.
_WORDS = 4


@dataclass(frozen=True, slots=True)
class Looked:
    """A question with its search and the answer without a model, and what they took."""

    question: Question
    result: SearchResult
    best: Sequence[Candidate]
    answer: Answer
    cpu_ms: float
    wall_ms: float


def looked_up(session: Session, tutor: Tutor, scope: Scope, question: Question) -> Looked:
    """A question asked without a model; CPU is that of the whole process."""
    wall, cpu = time.perf_counter(), time.process_time()
    result = tutor.search.search(session, scope, subject(question.question))
    best = tutor.sentences(question.question, result)
    answer = tutor.extract(session, question.question, result, best=best)
    used, took = time.process_time() - cpu, time.perf_counter() - wall
    return Looked(question, result, best, answer, 1000 * used, 1000 * took)


class Measuring:
    """Compares what was found and answered with what a set expects."""

    def __init__(self, tutor: Tutor) -> None:
        self._tutor = tutor
        self._stem: Callable[[str], str] = stemmer()

    def without_model(
        self, session: Session, scope: Scope, questions: Sequence[Question]
    ) -> Iterator[Outcome]:
        """Each question's outcome, in order; a removed one's own chapter isn't searched."""
        without = Without(session, scope)
        for question in questions:
            asked = without.chapter(question.chapter) if question.style == REMOVED else scope
            yield self.outcome(session, looked_up(session, self._tutor, asked, question))

    def outcome(
        self, session: Session, looked: Looked, answer: Answer | None = None, seconds: float = 0.0
    ) -> Outcome:
        """The outcome; with `answer` a model's stands in place of the book's own sentences."""
        question, result = looked.question, looked.result
        shown = answer or looked.answer
        shelf = Shelf(session, self._tutor.texts, result.found)
        spent = shown.usage
        grounded = bool(shown.sources)
        return Outcome(
            id=question.id,
            question=question.question,
            style=question.style,
            answerable=question.answerable,
            mode=shown.mode.value,
            confidence=result.confidence,
            judged=question.answerable and bool(_signs(question)),
            place=place(question, result.found) if question.answerable else None,
            in_context=in_context(shelf, question, result) if question.answerable else None,
            cited=_cited(shown),
            chapter=_chapter(question, shown) if grounded else None,
            heading=_heading(question, shown) if grounded else None,
            evidence=_evidence(question, shown) if grounded else None,
            sentences=sum(each.support is not Support.CONNECTIVE for each in shown.sentences),
            supported=sum(each.support is Support.SUPPORTED for each in shown.sentences),
            quotes_stand=_quotes_stand(shelf, shown, result.found),
            contains=outcomes.contains(shown.answer, question) if question.answerable else None,
            words=outcomes.words(shown.answer, question, self._stem)
            if question.answerable
            else None,
            best=_best(looked) if question.answerable else None,
            answer=shown.answer,
            cpu_ms=round(looked.cpu_ms, 2),
            wall_ms=round(looked.wall_ms if answer is None else 1000 * seconds, 2),
            cost_usd=spent.cost_usd if spent else 0.0,
            input_tokens=spent.input_tokens if spent else 0,
            output_tokens=spent.output_tokens if spent else 0,
            degraded=None if answer is None else answer.degraded,
        )


class Without:
    """Scopes without a chapter."""

    def __init__(self, session: Session, scope: Scope) -> None:
        rows = session.execute(
            select(Document.id, Document.chapter_id).where(
                Document.collection_id.in_(scope.collections)
            )
        )
        self._scope = scope
        self._chapters = {row.id: row.chapter_id for row in rows}

    def chapter(self, chapter_id: str | None) -> Scope:
        """All but the chapter."""
        rest = frozenset(d for d, chapter in self._chapters.items() if chapter != chapter_id)
        return Scope(self._scope.collections, rest)


def place(question: Question, found: Sequence[Found]) -> int | None:
    """The rank from 1 of the first passage that holds the evidence; None for nowhere.

    Without evidence the right chapter counts, by chapters; without one a short answer.
    """
    if question.chapter and not question.evidence:
        chapters = list(dict.fromkeys(item.document.chapter_id for item in found))
        return chapters.index(question.chapter) + 1 if question.chapter in chapters else None
    wanted = question.evidence or question.answers
    texts = enumerate((item.ranked.passage.text for item in found), 1)
    return next((rank for rank, text in texts if holds(text, wanted)), None)


def in_context(shelf: Shelf, question: Question, result: SearchResult) -> bool | None:
    """Whether the evidence is among what a model would read; None where the set names none."""
    if not question.evidence:
        return None
    passages = [item.ranked.passage for item in result.found]
    names = {passage.document_id for passage in passages}
    texts = {name: shelf.text(name) for name in names}
    stretches = context(passages, texts, {name: shelf.blocks(name) for name in names}, BUDGET)
    return any(
        holds(texts[each.document_id][each.start : each.end], question.evidence)
        for each in stretches
    )


def chapter_texts(session: Session, book: Book) -> list[ChapterText]:
    """A book's chapters with their texts, in reading order."""
    wanted = {row.id for row in books.chapters(session, book)}
    rows = session.scalars(
        select(Document)
        .options(undefer(Document.text), undefer(Document.headings))
        .where(Document.book_id == book.id)
        .order_by(Document.position)
    )
    return [
        ChapterText(
            row.chapter_id or row.id,
            row.title,
            row.text,
            tuple(Heading(**heading) for heading in row.headings),
        )
        for row in rows
        if row.id in wanted
    ]


def _best(looked: Looked) -> tuple[bool, ...] | None:
    """Whether the answer, else the evidence, stands in the best 1, 2 and 3 sentences."""
    question, found = looked.question, looked.result.found
    if not (question.answers or question.evidence):
        return None
    texts = [
        found[each.passage].ranked.passage.text[each.start : each.end]
        for each in looked.best[:_BEST]
    ]
    hits = [_answers(text, question) for text in texts]
    return tuple(any(hits[: n + 1]) for n in range(_BEST))


def _signs(question: Question) -> Sequence[str]:
    return question.evidence or ([question.chapter] if question.chapter else question.answers)


def _cited(answer: Answer) -> tuple[Cited, ...]:
    return tuple(
        Cited(source.chapter_id, _last(source.section, source.title), source.section)
        for source in answer.sources or answer.nearest
    )


def _last(section: str, title: str) -> str:
    return section.rpartition(SEPARATOR)[2] or title


def _chapter(question: Question, answer: Answer) -> bool | None:
    if question.chapter is None:
        return None
    return any(source.chapter_id == question.chapter for source in answer.sources)


def _heading(question: Question, answer: Answer) -> bool | None:
    if question.heading is None:
        return None
    return any(
        source.chapter_id == question.chapter
        and _last(source.section, source.title) == question.heading
        for source in answer.sources
    )


def _evidence(question: Question, answer: Answer) -> bool | None:
    """Whether a quote holds the evidence, or is a whole sentence of it."""
    if not question.evidence:
        return None
    quotes = [source.quote for source in answer.sources]
    return any(_shares(quote, question.evidence) for quote in quotes)


def _shares(text: str, evidence: Sequence[str]) -> bool:
    whole = len(text.split()) >= _WORDS
    return holds(text, evidence) or (whole and any(holds(part, [text]) for part in evidence))


def _answers(text: str, question: Question) -> bool:
    if question.answers:
        return holds(text, question.answers)
    return _shares(text, question.evidence)


def _quotes_stand(shelf: Shelf, answer: Answer, found: Sequence[Found]) -> bool:
    """Whether each quote is the canonical text at its place, read once more."""
    return all(
        any(
            shelf.text(item.document.id)[source.start : source.end] == source.quote
            for item in found
            if (item.document.book_id, item.document.chapter_id)
            == (source.book_id, source.chapter_id)
        )
        for source in answer.sources
    )
