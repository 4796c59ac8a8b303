"""Scores of passages for a question; pure.

First stage: 0.7 x mean(chunk cosine, best sentence's cosine) + 0.3 x BM25, each divided by
its maximum. Then the best 50 again by MaxSim: for every word piece of the question its
nearest piece in the passage, weighted by how rare the question's piece is. Weights and
the reason for each: docs/decisions/0005.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glossator.gateways.ports import Encoded, Hit
from glossator.library.embeddings import Outline, Passage


@dataclass(frozen=True, slots=True)
class Weights:
    """How the parts of a score add up, and how many candidates each stage looks at."""

    dense: float = 0.7
    words: float = 0.3
    first: float = 0.3
    maxsim: float = 0.7
    candidates: int = 100
    reranked: int = 50


@dataclass(frozen=True, slots=True)
class First:
    """A candidate after the first stage: cosines from -1 to 1, `words` as BM25, their sum."""

    chunk_id: int
    score: float
    dense: float
    sentence: float
    words: float


@dataclass(frozen=True, slots=True)
class Why:
    """What a passage's score came from: cosines and MaxSim from -1 to 1, `words` as BM25."""

    dense: float
    sentence: float
    words: float
    maxsim: float
    worst: float


@dataclass(frozen=True, slots=True)
class Ranked:
    """A passage, its score (comparable within one search only) and where it came from.

    `sentences` are the cosines of the passage's sentences to the question, in order.
    """

    passage: Passage
    score: float
    why: Why
    sentences: NDArray[np.float32]


def first_stage(
    vector: NDArray[np.float32],
    chunks: Sequence[int],
    outlines: Mapping[int, Outline],
    word_hits: Sequence[Hit],
    weights: Weights,
) -> list[First]:
    """Candidates by cosines and words, best first; `vector` [d] is the question's."""
    if not chunks:
        return []
    bm25 = {hit.chunk_id: hit.score for hit in word_hits}
    words = np.array([bm25.get(chunk, 0.0) for chunk in chunks])
    dense, best = np.zeros(len(chunks)), np.zeros(len(chunks))
    for n, chunk in enumerate(chunks):
        outline = outlines.get(chunk)
        if outline is not None:
            dense[n] = outline.vector @ vector
            best[n] = cosines(outline.sentences, vector).max(initial=-1.0)
    score = weights.dense * _scaled((dense + best) / 2) + weights.words * _scaled(words)
    return [
        First(chunks[n], *(float(part[n]) for part in (score, dense, best, words)))
        for n in np.lexsort((np.array(chunks), -score))
    ]


def second_stage(
    question: Encoded,
    pieces: NDArray[np.float32],
    first: Sequence[First],
    passages: Mapping[int, Passage],
    weights: Weights,
) -> list[Ranked]:
    """The candidates that have a passage, ranked anew; `pieces` [n] weighs the question's."""
    chosen = [item for item in first if item.chunk_id in passages]
    if not chosen:
        return []
    held = [passages[item.chunk_id] for item in chosen]
    whole, worst = maxsims(question, pieces, [passage.tokens for passage in held])
    final = weights.first * _scaled(np.array([item.score for item in chosen]))
    final = final + weights.maxsim * _scaled(whole)
    ranked = [
        Ranked(
            passage,
            float(final[n]),
            Why(item.dense, item.sentence, item.words, float(whole[n]), float(worst[n])),
            cosines(passage.sentences, question.vector),
        )
        for n, (item, passage) in enumerate(zip(chosen, held, strict=True))
    ]
    return sorted(ranked, key=lambda item: (-item.score, item.passage.chunk_id))


def cosines(rows: NDArray[np.int8], vector: NDArray[np.float32]) -> NDArray[np.float32]:
    """The cosine of each row [n, d] (at any scale) to a unit vector [d]."""
    if not rows.size:
        return np.zeros(0, dtype=np.float32)
    floats = rows.astype(np.float32)
    lengths = np.sqrt(np.einsum("ij,ij->i", floats, floats))
    result: NDArray[np.float32] = (floats @ vector) / np.maximum(lengths, 1e-9)
    return result


def maxsims(
    question: Encoded, pieces: NDArray[np.float32], tokens: Sequence[NDArray[np.int8]]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Per passage: the weighted mean over the question's pieces of the nearest piece's cosine,
    and the worst of them.

    The worst is that of the piece whose weight x (1 - cosine) is largest: a rare word of the
    question that the passage has nothing like. Zeros where there are no pieces.
    """
    whole = np.zeros(len(tokens), dtype=np.float32)
    worst = np.zeros(len(tokens), dtype=np.float32)
    filled = [n for n, rows in enumerate(tokens) if len(rows)]
    if not filled or not len(question.tokens):
        return whole, worst
    starts = np.cumsum([0, *(len(tokens[n]) for n in filled[:-1])])
    rows = np.concatenate([tokens[n] for n in filled]).astype(np.float32)
    products = question.tokens.astype(np.float32) @ rows.T
    nearest = np.maximum.reduceat(products, starts, axis=1) / (127.0 * 127.0)
    whole[filled] = (nearest * pieces[:, None]).sum(axis=0) / max(float(pieces.sum()), 1e-9)
    lacking = (pieces[:, None] * (1.0 - nearest)).argmax(axis=0)
    worst[filled] = nearest[lacking, np.arange(len(filled))]
    return whole, worst


def _scaled(scores: NDArray[Any]) -> NDArray[Any]:
    top = float(scores.max()) if scores.size else 0.0
    return scores / top if top > 0 else np.zeros_like(scores)
