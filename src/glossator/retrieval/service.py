"""One search: the question's words and vector against a scope, in one hop to the database."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from glossator.foundation.journal import lap
from glossator.foundation.traffic import Traffic
from glossator.gateways.ports import Embedder, Encoded, LexicalIndex, Scope
from glossator.library.active import ActiveIndex, Tools
from glossator.library.embeddings import DocumentFacts, versions
from glossator.retrieval.confidence import MIDDLE, Logistic, Zone, features, zone
from glossator.retrieval.questions import language_of, question_words
from glossator.retrieval.ranking import Ranked, Weights, first_stage, second_stage

PieceWeights = Callable[[NDArray[np.int32]], NDArray[np.float32]]


@dataclass(frozen=True, slots=True)
class Found:
    """A ranked passage with its document; `similarity` 0 to 1 is comparable between searches."""

    ranked: Ranked
    document: DocumentFacts
    similarity: float


@dataclass(frozen=True, slots=True)
class SearchResult:
    """What a search found, best first.

    `confidence` 0 to 1 and its `zone` say whether the scope holds the answer. `judged` is
    False where the question's or the passages' language isn't one the encoder reads: then
    the zone is always UNSURE.
    """

    question: Encoded
    words: tuple[str, ...]
    language: str
    found: tuple[Found, ...]
    confidence: float
    zone: Zone
    judged: bool


class Search:
    """The search service; its only state is what the tools of `index` keep in memory."""

    def __init__(
        self,
        index: ActiveIndex,
        words: LexicalIndex,
        piece_weights: PieceWeights,
        model: Logistic,
        weights: Weights,
        traffic: Traffic | None = None,
    ) -> None:
        self._traffic = traffic or Traffic()
        self._index = index
        self._words = words
        self._piece_weights = piece_weights
        self._model = model
        self._weights = weights

    def search(
        self, session: Session, scope: Scope, question: str, *, at_least: int = 0
    ) -> SearchResult:
        """The best passages of the scope for a question; never cut by a threshold.

        There are 40 of them, or `at_least` so many if the scope has them.
        """
        # Documents that are being embedded step aside meanwhile.
        with self._traffic.question():
            return self._searched(session, scope, question, at_least)

    def reads(self, language: str) -> bool:
        """Whether the encoder was made for questions in a language."""
        return language in self._index.latest().languages

    def _searched(
        self, session: Session, scope: Scope, question: str, at_least: int
    ) -> SearchResult:
        lap("scope")
        tools = self._index.tools(session)
        encoded = tools.embedder.encode([question], tokens=True)[0]
        lap("encode")
        words = question_words(question)
        language = language_of(question)
        ranked, documents = self._ranked(session, tools, scope, encoded, words, at_least)
        found = tuple(
            Found(item, documents[item.passage.chunk_id], similarity(item))
            for item in ranked
            if _inside(scope, documents.get(item.passage.chunk_id))
        )
        confidence = self._confidence(tools.embedder, question, ranked)
        judged = _reads(tools.embedder, language, found)
        lap("ranking")
        return SearchResult(
            question=encoded,
            words=tuple(words),
            language=language,
            found=found,
            confidence=confidence,
            zone=zone(confidence) if judged or not found else Zone.UNSURE,
            judged=judged,
        )

    def _confidence(self, embedder: Embedder, question: str, ranked: Sequence[Ranked]) -> float:
        """In the middle where the thresholds were fitted on another encoder's vectors."""
        if not ranked:
            return 0.0
        if not embedder.calibrated:
            return MIDDLE
        return self._model.confidence(features(question, ranked))

    def _ranked(
        self,
        session: Session,
        tools: Tools,
        scope: Scope,
        encoded: Encoded,
        words: Sequence[str],
        at_least: int,
    ) -> tuple[list[Ranked], dict[int, DocumentFacts]]:
        """The passages, best first, and the document of each by its chunk id."""
        count = max(self._weights.candidates, at_least)
        dense = tools.vectors.search(session, scope, encoded.vector, count)
        lap("vectors")
        lexical = self._words.search(session, scope, words, count)
        lap("words")
        wanted = list(dict.fromkeys(hit.chunk_id for hit in (*dense, *lexical)))
        current = versions(session, scope.collections)
        outlines = tools.chunks.outlines(session, current, wanted)
        limit = max(self._weights.reranked, at_least)
        first = first_stage(encoded.vector, wanted, outlines, lexical, self._weights, limit)
        held = tools.chunks.passages(session, current, [item.chunk_id for item in first])
        pieces = self._piece_weights(encoded.token_ids)
        passages = {chunk: item.passage for chunk, item in held.items()}
        ranked = second_stage(encoded, pieces, first, passages, self._weights)
        return ranked, {chunk: item.document for chunk, item in held.items()}


def _reads(embedder: Embedder, language: str, found: Sequence[Found]) -> bool:
    """Whether the encoder was made for the question's language and for the best passages'."""
    if language not in embedder.languages:
        return False
    top = [item.document.language.split("-")[0] for item in found[:3]]
    return any(tag in embedder.languages for tag in top) or not top


def _inside(scope: Scope, document: DocumentFacts | None) -> bool:
    """The scope once more, on what was found: an index that let something through must not matter.

    A document that was deleted meanwhile is outside too.
    """
    return (
        document is not None
        and document.collection_id in scope.collections
        and (scope.documents is None or document.id in scope.documents)
    )


def similarity(item: Ranked) -> float:
    """How near a passage is to the question, 0 to 1: the mean of its best sentence and MaxSim."""
    return round(max(0.0, min(1.0, (item.why.sentence + item.why.maxsim) / 2)), 4)
