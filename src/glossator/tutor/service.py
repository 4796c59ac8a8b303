"""A question to an answer whose every quote stands in the book."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from importlib import resources

from sqlalchemy.orm import Session

from glossator.gateways.ports import Scope
from glossator.library import books
from glossator.library.content import Block, BlockKind
from glossator.library.tables import Book
from glossator.retrieval.confidence import Zone
from glossator.retrieval.service import Found, Search, SearchResult
from glossator.tutor.answers import Answer, AnsweredSentence, Mode, Source, Support
from glossator.tutor.citations import Place, block_at, cite
from glossator.tutor.extractive import (
    Candidate,
    PieceWeights,
    SentenceModel,
    candidates,
    fits,
    subject,
    wants_code,
)

_SENTENCES = 3
_NEAREST = 3
# A further sentence must come this near to the best one's logit to be worth reading.
_WORTH = 2.0


class Tutor:
    """Answers from the scope's own sentences."""

    def __init__(self, search: Search, pieces: PieceWeights, model: SentenceModel) -> None:
        self._search = search
        self._pieces = pieces
        self._model = model
        raw = resources.files("glossator.tutor").joinpath("sentences.json").read_text("utf-8")
        self._fixed: dict[str, dict[str, str]] = json.loads(raw)

    def ask(
        self,
        session: Session,
        scope: Scope,
        question: str,
        *,
        clock: Callable[[], float] = time.perf_counter,
    ) -> Answer:
        """The answer, or the fixed refusal with the nearest passages."""
        began = clock()
        result = self._search.search(session, scope, subject(question))
        shelf = _Shelf(session)
        if result.zone is Zone.ANSWERABLE:
            places = self._places(question, result, shelf)
            if places:
                return _grounded(result, [shelf.cite(p) for p in places], clock() - began)
        refused = result.zone is Zone.ABSENT or not result.found
        nearest = [shelf.cite(p) for p in self._nearest(question, result)]
        kind = "refusal" if refused else "closest" if result.judged else "other_language"
        return Answer(
            answer=self._say(kind, result.language),
            sources=(),
            response_time=round(clock() - began, 4),
            grounded=False,
            confidence=round(result.confidence, 4),
            mode=Mode.REFUSED if refused else Mode.CLOSEST,
            degraded="no_model",
            nearest=tuple(nearest),
            sentences=(),
        )

    def _say(self, kind: str, language: str) -> str:
        sentences = self._fixed[kind]
        return sentences.get(language, sentences["en"])

    def _places(self, question: str, result: SearchResult, shelf: _Shelf) -> list[Place]:
        """Where the answer stands: the best sentences, or the listing or table they belong to."""
        if wants_code(question):
            listing = _listing(question, result.found)
            if listing is not None:
                return [_whole(listing)]
        best = self._sentences(question, result)
        chosen = [c for c in best[:_SENTENCES] if c.score >= best[0].score - _WORTH]
        places = [_place(result.found[c.passage], c) for c in chosen]
        widened = [shelf.widened(place) for place in places]
        return _in_reading_order(_without_overlaps(widened))

    def _nearest(self, question: str, result: SearchResult) -> list[Place]:
        """The passages that come closest, each by its best sentence, by the passages' ranks."""
        best: dict[int, Candidate] = {}
        for candidate in self._sentences(question, result):
            best.setdefault(candidate.passage, candidate)
        places = [
            _place(found, best[n]) if n in best else _whole(found)
            for n, found in enumerate(result.found[: 2 * _NEAREST])
        ]
        return _without_overlaps(places)[:_NEAREST]

    def _sentences(self, question: str, result: SearchResult) -> list[Candidate]:
        ranked = [found.ranked for found in result.found]
        # What was searched for is what was encoded.
        return candidates(subject(question), result.question, self._pieces, ranked, self._model)


class _Shelf:
    """Texts, blocks and books of one answer, each read once."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._texts: dict[str, str] = {}
        self._blocks: dict[str, tuple[Block, ...]] = {}

    def text(self, document: str) -> str:
        if document not in self._texts:
            self._texts[document] = books.text_of(self._session, document)
        return self._texts[document]

    def blocks(self, document: str) -> tuple[Block, ...]:
        if document not in self._blocks:
            self._blocks[document] = books.blocks(self._session, document)
        return self._blocks[document]

    def cite(self, place: Place) -> Source:
        document = place.found.document
        book = self._session.get(Book, document.book_id) if document.book_id else None
        return cite(place, book, self.text(document.id), self.blocks(document.id))

    def widened(self, place: Place) -> Place:
        """A table's row gives the table; a sentence ending in a colon takes what it announces."""
        document = place.found.document.id
        blocks = self.blocks(document)
        block = block_at(blocks, place.start)
        if block is None:
            return place
        if block.kind in (BlockKind.TABLE, BlockKind.CODE, BlockKind.MATH):
            return Place(place.found, block.start, block.end)
        if place.end == block.end and self.text(document)[: place.end].rstrip("*_ ").endswith(":"):
            following = blocks[blocks.index(block) + 1 :][:1]
            if following and following[0].kind in _ANNOUNCED:
                return Place(place.found, place.start, following[0].end)
        return place


_ANNOUNCED = (BlockKind.LIST, BlockKind.CODE, BlockKind.TABLE, BlockKind.MATH)


def _grounded(result: SearchResult, sources: Sequence[Source], seconds: float) -> Answer:
    return Answer(
        answer=_joined(sources),
        sources=tuple(sources),
        response_time=round(seconds, 4),
        grounded=True,
        confidence=round(result.confidence, 4),
        mode=Mode.EXTRACTIVE,
        degraded="no_model",
        nearest=(),
        sentences=tuple(
            AnsweredSentence(source.quote, Support.SUPPORTED, (n,))
            for n, source in enumerate(sources)
        ),
    )


def _joined(sources: Sequence[Source]) -> str:
    """Sentences of one block read on; anything else begins a new paragraph."""
    text = ""
    for n, source in enumerate(sources):
        before = sources[n - 1] if n else None
        same = before is not None and (before.chapter_id, before.block_id) == (
            source.chapter_id,
            source.block_id,
        )
        text += ("" if before is None else " " if same else "\n\n") + source.quote
    return text


def _place(found: Found, candidate: Candidate) -> Place:
    start = found.ranked.passage.start
    return Place(found, start + candidate.start, start + candidate.end)


def _whole(found: Found) -> Place:
    return Place(found, found.ranked.passage.start, found.ranked.passage.end)


def _listing(question: str, found: Sequence[Found]) -> Found | None:
    """The best listing of the first passages' sections, else of the first one's chapter."""
    fitting = [
        item
        for item in found
        if item.ranked.passage.kind == "code" and fits(question, item.ranked.passage.text)
    ]
    near = {(f.document.id, f.ranked.passage.heading_path) for f in found[:_NEAREST]}
    same = [f for f in fitting if (f.document.id, f.ranked.passage.heading_path) in near]
    chapter = [f for f in fitting if f.document.id == found[0].document.id]
    return next(iter(same or chapter), None)


def _without_overlaps(places: Sequence[Place]) -> list[Place]:
    kept: list[Place] = []
    for place in places:
        if not any(
            other.found.document.id == place.found.document.id
            and other.start < place.end
            and place.start < other.end
            for other in kept
        ):
            kept.append(place)
    return kept


def _in_reading_order(places: Sequence[Place]) -> list[Place]:
    """The best one's chapter first, within a chapter as the book has it."""
    order = {
        document: n for n, document in enumerate(dict.fromkeys(p.found.document.id for p in places))
    }
    return sorted(places, key=lambda p: (order[p.found.document.id], p.start))
