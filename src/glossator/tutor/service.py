"""A question to an answer whose every quote stands in the book."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import replace
from importlib import resources

from sqlalchemy.orm import Session

from glossator.gateways.ports import Scope
from glossator.library.text_store import TextStore
from glossator.retrieval.confidence import Zone
from glossator.retrieval.context import Stretch
from glossator.retrieval.service import Found, Search, SearchResult
from glossator.tutor.answers import Answer, AnsweredSentence, Mode, Source, Support
from glossator.tutor.citations import Place
from glossator.tutor.extractive import (
    Candidate,
    PieceWeights,
    SentenceModel,
    candidates,
    fits,
    subject,
    wants_code,
)
from glossator.tutor.open_page import OpenPage
from glossator.tutor.shelf import Shelf

_SENTENCES = 3
_NEAREST = 3
# A further sentence must come this near to the best one's logit to be worth reading.
_WORTH = 2.0


class Tutor:
    """Answers from the scope's own sentences; also what a model's answers fall back to."""

    def __init__(
        self, search: Search, pieces: PieceWeights, model: SentenceModel, texts: TextStore
    ) -> None:
        self.search = search
        self.texts = texts
        self._pieces = pieces
        self._model = model
        raw = resources.files("glossator.tutor").joinpath("sentences.json").read_text("utf-8")
        self._fixed: dict[str, dict[str, str]] = json.loads(raw)

    def ask(self, session: Session, scope: Scope, question: str) -> Answer:
        """The answer without a model, or the fixed refusal with the nearest passages."""
        began = time.perf_counter()
        result = self.search.search(session, scope, subject(question))
        answer = self.extract(session, question, result)
        return replace(answer, response_time=round(time.perf_counter() - began, 4))

    def extract(
        self,
        session: Session,
        question: str,
        result: SearchResult,
        degraded: str = "no_model",
        page: OpenPage | None = None,
        within: Stretch | None = None,
        best: Sequence[Candidate] | None = None,
    ) -> Answer:
        """What a finished search alone can answer; `degraded` says why no model did.

        With `within` only sentences of that stretch. `best` are the `sentences`, where somebody
        has them already.
        """
        shelf = Shelf(session, self.texts, result.found, page)
        if result.zone is Zone.ANSWERABLE:
            places = self._places(question, result, shelf, within, best)
            if places:
                return _grounded(result, [shelf.cite(p) for p in places], degraded)
        return self.refuse(session, question, result, degraded, page, best=best)

    def refuse(
        self,
        session: Session,
        question: str,
        result: SearchResult,
        degraded: str | None,
        page: OpenPage | None = None,
        *,
        sure: bool = False,
        best: Sequence[Candidate] | None = None,
    ) -> Answer:
        """The fixed sentence with the nearest passages; `sure` where a model said so too."""
        shelf = Shelf(session, self.texts, result.found, page)
        refused = sure or result.zone is Zone.ABSENT or not result.found
        nearest = [shelf.cite(p) for p in self._nearest(question, result, best)]
        kind = "refusal" if refused else "closest" if result.judged else "other_language"
        return Answer(
            answer=self.sentence(kind, result.language),
            sources=(),
            response_time=0.0,
            grounded=False,
            confidence=round(result.confidence, 4),
            mode=Mode.REFUSED if refused else Mode.CLOSEST,
            degraded=degraded,
            nearest=tuple(nearest),
            sentences=(),
        )

    def sentences(self, question: str, result: SearchResult) -> list[Candidate]:
        """The sentences of the best passages, the likeliest answer first."""
        ranked = [found.ranked for found in result.found]
        # What was searched for is what was encoded.
        return candidates(subject(question), result.question, self._pieces, ranked, self._model)

    def refusals(self) -> list[str]:
        """The fixed refusal in every language."""
        return list(self._fixed["refusal"].values())

    def sentence(self, kind: str, language: str) -> str:
        """A fixed sentence in the question's language, else in English."""
        sentences = self._fixed[kind]
        return sentences.get(language, sentences["en"])

    def _places(
        self,
        question: str,
        result: SearchResult,
        shelf: Shelf,
        within: Stretch | None,
        best: Sequence[Candidate] | None,
    ) -> list[Place]:
        """Where the answer stands: the best sentences, or the listing or table they belong to."""
        if wants_code(question) and within is None:
            listing = _listing(question, result.found)
            if listing is not None:
                return [_whole(listing)]
        best = self.sentences(question, result) if best is None else best
        if within is not None:
            best = [c for c in best if _inside(_place(result.found[c.passage], c), within)]
        if not best:
            return []
        chosen = [c for c in best[:_SENTENCES] if c.score >= best[0].score - _WORTH]
        places = [_place(result.found[c.passage], c) for c in chosen]
        widened = [shelf.widened(place) for place in places]
        return _in_reading_order(_without_overlaps(widened))

    def _nearest(
        self, question: str, result: SearchResult, best: Sequence[Candidate] | None
    ) -> list[Place]:
        """The passages that come closest, each by its best sentence, by the passages' ranks."""
        of: dict[int, Candidate] = {}
        for candidate in self.sentences(question, result) if best is None else best:
            of.setdefault(candidate.passage, candidate)
        places = [
            _place(found, of[n]) if n in of else _whole(found)
            for n, found in enumerate(result.found[: 2 * _NEAREST])
        ]
        return _without_overlaps(places)[:_NEAREST]


def _grounded(result: SearchResult, sources: Sequence[Source], degraded: str) -> Answer:
    return Answer(
        answer=_joined(sources),
        sources=tuple(sources),
        response_time=0.0,
        grounded=True,
        confidence=round(result.confidence, 4),
        mode=Mode.EXTRACTIVE,
        degraded=degraded,
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


def _inside(place: Place, within: Stretch) -> bool:
    return within.start <= place.start and place.end <= within.end


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
