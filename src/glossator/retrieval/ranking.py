"""Scores of passages for a question; pure.

First stage, over all candidates: 0.7 x mean(chunk's cosine, best sentence's cosine) + 0.3 x BM25,
each divided by its maximum. Second stage, over the best 40: a weighted sum that adds MaxSim (for
every word piece of the question its nearest piece in the passage, weighted by how rare the
question's piece is), the same within the best sentence, and exact matches. The weights are fitted
by `scripts/fit_ranking.py` and kept with their provenance in ranking.json.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from itertools import accumulate
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glossator.gateways.ports import Encoded, Hit
from glossator.library.embeddings import Outline, Passage

# The second stage's features, in the order of its weights; each is divided by its
# maximum over the candidates before it is weighed.
FEATURES = ("dense", "sentence", "words", "maxsim", "worst", "coverage", "maxsim_sentence", "pairs")


# In `token_sentences`: the piece is of the heading path and of no sentence.
_HEADING = 255


@dataclass(frozen=True, slots=True)
class Weights:
    """How the parts of a score add up, and how many candidates each stage looks at.

    `second` belongs to `FEATURES`.
    """

    second: tuple[float, ...]
    dense: float = 0.7
    words: float = 0.3
    candidates: int = 70
    reranked: int = 40


@dataclass(frozen=True, slots=True)
class First:
    """A candidate after the first stage: cosines from -1 to 1, `words` as BM25, their sum.

    `sentences` [n] are the cosines of its sentences, in order.
    """

    chunk_id: int
    score: float
    dense: float
    sentence: float
    words: float
    sentences: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Why:
    """What a passage's score came from; all on their own scale, comparable between searches.

    `dense` and `sentence` are cosines, `words` BM25. `maxsim` is the weighted mean over the
    question's pieces of the nearest piece's cosine, `maxsim_sentence` the same within the best
    sentence, `worst` that of the piece which is lacking most (weight x (1 - cosine)).
    `coverage` is the weighted share of the question's pieces that stand in the passage, `pairs`
    that of its neighbouring pairs.
    """

    dense: float
    sentence: float
    words: float
    maxsim: float
    worst: float
    coverage: float
    maxsim_sentence: float
    pairs: float


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
    limit: int | None = None,
) -> list[First]:
    """The `limit` best candidates by cosines and words; `vector` [d] is the question's."""
    if not chunks:
        return []
    bm25 = {hit.chunk_id: hit.score for hit in word_hits}
    words = np.array([bm25.get(chunk, 0.0) for chunk in chunks])
    dense, best = np.zeros(len(chunks)), np.zeros(len(chunks))
    every = np.zeros(0, dtype=np.float32)
    held = [outlines.get(chunk) for chunk in chunks]
    ends = list(accumulate(0 if item is None else len(item.sentences) for item in held))
    starts = [0, *ends[:-1]]
    known = [item for item in held if item is not None]
    if known:
        there = np.array([item is not None for item in held])
        dense[there] = np.array([item.vector for item in known]) @ vector
        every = cosines(np.concatenate([item.sentences for item in known]), vector)
        best[there] = -1.0
    if len(every):
        begins = np.array(starts)
        filled = begins < np.array(ends)
        best[filled] = np.maximum.reduceat(every, begins[filled])
    score = weights.dense * _scaled((dense + best) / 2) + weights.words * _scaled(words)
    order = np.lexsort((np.array(chunks), -score))[:limit].tolist()
    table = np.column_stack((score, dense, best, words))[order].tolist()
    return [
        First(chunks[n], total, own, sentence, word, every[starts[n] : ends[n]])
        for n, (total, own, sentence, word) in zip(order, table, strict=True)
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
    values = np.column_stack(
        [
            [item.dense for item in chosen],
            [item.sentence for item in chosen],
            [item.words for item in chosen],
            piece_features(question, pieces, held),
        ]
    )
    final = scaled_features(values) @ np.array(weights.second)
    ranked = [
        Ranked(passage, score, Why(*why), item.sentences)
        for passage, score, why, item in zip(
            held, final.tolist(), values.tolist(), chosen, strict=True
        )
    ]
    return sorted(ranked, key=lambda item: (-item.score, item.passage.chunk_id))


def scaled_features(values: NDArray[Any]) -> NDArray[Any]:
    """Columns as in `FEATURES`, each divided by its maximum where that is positive."""
    top = values.max(axis=0)
    return values / np.where(top > 0, top, 1.0)


def load() -> Weights:
    """The fitted weights that are kept beside this module."""
    raw = json.loads(resources.files("glossator.retrieval").joinpath("ranking.json").read_text())
    return Weights(second=tuple(raw["weights"]))


def cosines(rows: NDArray[np.int8], vector: NDArray[np.float32]) -> NDArray[np.float32]:
    """The cosine of each row [n, d] (at any scale) to a unit vector [d]."""
    if not rows.size:
        return np.zeros(0, dtype=np.float32)
    floats = rows.astype(np.float32)
    lengths = np.sqrt(np.einsum("ij,ij->i", floats, floats))
    result: NDArray[np.float32] = (floats @ vector) / np.maximum(lengths, 1e-9)
    return result


def piece_features(
    question: Encoded, weights: NDArray[np.float32], passages: Sequence[Passage]
) -> NDArray[np.float32]:
    """`maxsim`, `worst`, `coverage`, `maxsim_sentence` and `pairs` of each passage, [n, 5].

    Zeros where a passage or the question has no word pieces.
    """
    result = np.zeros((len(passages), 5), dtype=np.float32)
    filled = [n for n, passage in enumerate(passages) if len(passage.tokens)]
    if not filled or not len(question.tokens):
        return result
    held = [passages[n] for n in filled]
    ends = list(accumulate(len(passage.tokens) for passage in held))
    starts = np.array([0, *ends[:-1]])
    rows = np.concatenate([passage.tokens for passage in held]).astype(np.float32)
    sentences = np.concatenate([passage.token_sentences for passage in held])
    # A sentence's pieces lie together, and no sentence goes on in the next passage.
    new = np.ones(len(sentences), dtype=np.bool_)
    new[1:] = sentences[1:] != sentences[:-1]
    new[starts] = True
    begins = np.flatnonzero(new)
    firsts = np.searchsorted(begins, starts)
    # Whole numbers up to 64 x 127 x 127: exact in float32, so that they may be divided last.
    products = rows @ question.tokens.astype(np.float32).T
    by_sentence = np.maximum.reduceat(products, begins, axis=0).T / np.float32(127 * 127)
    nearest = np.maximum.reduceat(by_sentence, firsts, axis=1)
    total = max(float(weights.sum()), 1e-9)
    lacking = (weights[:, None] * (1.0 - nearest)).argmax(axis=0)
    whole = (weights / total) @ by_sentence
    whole[sentences[begins] == _HEADING] = 0.0
    result[filled, 0] = weights @ nearest / total
    result[filled, 1] = nearest[lacking, np.arange(len(filled))]
    result[filled, 3] = np.maximum(np.maximum.reduceat(whole, firsts), 0.0)
    ids = np.concatenate([passage.token_ids for passage in held])
    result[filled, 2], result[filled, 4] = _exact(question.token_ids, weights, ids, starts)
    return result


def _exact(
    question: NDArray[np.int32],
    weights: NDArray[np.float32],
    ids: NDArray[np.uint16],
    starts: NDArray[np.int64],
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """The weighted shares of the question's pieces, and of its pairs, that stand in each."""
    same = question[:, None] == ids[None, :]
    both = np.zeros((len(question) - 1, len(ids)), dtype=np.bool_)
    both[:, :-1] = same[:-1, :-1] & same[1:, 1:]
    # The pair across the border of two passages is none.
    both[:, starts[1:] - 1] = False
    return _share(same, weights, starts), _share(both, weights[:-1] + weights[1:], starts)


def _share(
    there: NDArray[np.bool_], worth: NDArray[np.float32], starts: NDArray[np.int64]
) -> NDArray[np.float32]:
    """The share of `worth` [n] whose row of `there` [n, pieces] has a hit in each passage."""
    hit = np.logical_or.reduceat(there, starts, axis=1)
    share: NDArray[np.float32] = worth @ hit / max(float(worth.sum()), 1e-9)
    return share


def _scaled(scores: NDArray[Any]) -> NDArray[Any]:
    top = float(scores.max()) if scores.size else 0.0
    return scores / top if top > 0 else np.zeros_like(scores)
