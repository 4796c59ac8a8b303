"""The sentences of the book that answer a question best, without a model; pure.

A logistic model over a few features of each sentence, fitted by `scripts/fit_extractive.py`
and kept with its provenance in extractive.json.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import resources

import numpy as np
from numpy.typing import NDArray

from glossator.gateways.ports import Encoded
from glossator.retrieval.ranking import Ranked

PieceWeights = Callable[[NDArray[np.int32]], NDArray[np.float32]]

_PASSAGES = 8
_NUMBER_ASKED = re.compile(
    r"\b(when|how (many|much|long|far|fast|often|old|large|big|high|deep)|what (year|date|number|"
    r"percent\w*|size|rate|speed|range|value)|which (year|version))\b",
    re.IGNORECASE,
)
_PERSON_ASKED = re.compile(r"\b(who|whose|whom)\b", re.IGNORECASE)
_REASON_ASKED = re.compile(r"\b(why|what (causes?|reason))\b", re.IGNORECASE)
_CODE_ASKED = re.compile(
    r"\b(code|commands?|snippet|syntax|script|listing|implement\w*)\b",
    re.IGNORECASE,
)
_COMMAND_ASKED = re.compile(r"\bcommands?\b", re.IGNORECASE)
_SHELL = re.compile(r"(```|~~~)\s*(bash|sh|shell|console|zsh|powershell|bat|cmd)\b")
_CODE_REQUEST = re.compile(
    r"^\s*(please\s+)?((can|could) you\s+)?(show|give|write|print|display)( me| us)?\s+"
    r"(the |some |an? )?(\w+ )?(code|snippet|listing|script|example)s?\s+"
    r"(of|for|to|that)\s+(an? |the )?",
    re.IGNORECASE,
)
_DIGIT = re.compile(r"\d|\b(one|two|three|four|five|six|seven|eight|nine|ten|hundred|thousand)\b")
_NAME = re.compile(r"(?<=[a-z,] )[A-Z][a-z]+")
_REASON = re.compile(
    r"\b(because|since|due to|so that|therefore|as a result|in order to|to avoid)\b"
)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A sentence: which passage (index in the ranking), its place in the passage's text, score."""

    passage: int
    start: int
    end: int
    score: float


@dataclass(frozen=True, slots=True)
class SentenceModel:
    """Weights by feature name; the score is the logit."""

    features: tuple[str, ...]
    weights: tuple[float, ...]
    bias: float

    def score(self, values: dict[str, float]) -> float:
        """The logit of "this sentence holds the answer"."""
        return self.bias + sum(
            w * values[name] for name, w in zip(self.features, self.weights, strict=True)
        )


def candidates(
    question: str,
    encoded: Encoded,
    pieces: PieceWeights,
    ranked: Sequence[Ranked],
    model: SentenceModel,
) -> list[Candidate]:
    """All sentences of the best passages, best first; one that two chunks share counts once."""
    found: dict[tuple[str, int], Candidate] = {}
    for n, item in enumerate(ranked[:_PASSAGES]):
        for values, start, end in sentence_features(question, encoded, pieces, ranked, n):
            key = (item.passage.document_id, item.passage.start + start)
            candidate = Candidate(n, start, end, model.score(values))
            if key not in found or found[key].score < candidate.score:
                found[key] = candidate
    return sorted(found.values(), key=lambda c: (-c.score, c.passage, c.start))


def sentence_features(
    question: str, encoded: Encoded, pieces: PieceWeights, ranked: Sequence[Ranked], n: int
) -> list[tuple[dict[str, float], int, int]]:
    """The features of each sentence of passage `n` with its place in the passage's text."""
    item = ranked[n]
    passage = item.passage
    weights = pieces(encoded.token_ids)
    total = max(float(weights.sum()), 1e-9)
    nearest = (
        encoded.tokens.astype(np.float32) @ passage.tokens.astype(np.float32).T / 16129.0
        if passage.tokens.size
        else np.zeros((len(weights), 0), np.float32)
    )
    ids = passage.token_ids.astype(np.int32)
    same = encoded.token_ids[:, None] == ids[None, :]
    wholes = [
        _weighted(nearest[:, passage.token_sentences == at], weights, total)
        for at in range(len(passage.spans))
    ]
    rows: list[tuple[dict[str, float], int, int]] = []
    for at, (start, end) in enumerate(passage.spans.tolist()):
        mine = passage.token_sentences == at
        text = passage.text[start:end]
        values = {
            "cosine": float(item.sentences[at]),
            "maxsim": wholes[at],
            "around": max(wholes[max(at - 1, 0) : at] + wholes[at + 1 : at + 2], default=0.0),
            "worst": _worst(nearest[:, mine], weights),
            "pairs": _pairs(encoded.token_ids, ids[mine], weights),
            "new": float(1.0 - same[:, mine].any(axis=0).mean()) if mine.any() else 0.0,
            "coverage": _weighted(same[:, mine].astype(np.float32), weights, total),
            "passage": item.score,
            "maxsim_passage": item.why.maxsim,
            "log_rank": math.log1p(n),
            "length": math.log1p(len(text.split())),
            "type": _answer_type(question, text),
            "question": float(text.rstrip("*_").endswith("?")),
            "heading_like": float(len(text.split()) < 4),
        }
        rows.append((values, start, end))
    return rows


def wants_code(question: str) -> bool:
    """Whether the question asks for a listing."""
    return _CODE_ASKED.search(question) is not None


def fits(question: str, listing: str) -> bool:
    """Whether a listing is of the kind asked for: a command stands in a shell's."""
    return _COMMAND_ASKED.search(question) is None or _SHELL.match(listing) is not None


def subject(question: str) -> str:
    """What the question is about: without "show me the code of", which no passage holds."""
    rest = _CODE_REQUEST.sub("", question).strip()
    return rest if wants_code(question) and rest.strip("?.! ") else question


def load(name: str = "extractive.json") -> SentenceModel:
    """The fitted model that is kept beside this module."""
    raw = json.loads(resources.files("glossator.tutor").joinpath(name).read_text("utf-8"))
    return SentenceModel(tuple(raw["features"]), tuple(raw["weights"]), raw["bias"])


def _weighted(matrix: NDArray[np.float32], weights: NDArray[np.float32], total: float) -> float:
    if not matrix.size:
        return 0.0
    return float((matrix.max(axis=1) * weights).sum() / total)


def _worst(matrix: NDArray[np.float32], weights: NDArray[np.float32]) -> float:
    if not matrix.size:
        return 0.0
    nearest = matrix.max(axis=1)
    return float(nearest[(weights * (1.0 - nearest)).argmax()])


def _pairs(
    question: NDArray[np.int32], sentence: NDArray[np.int32], weights: NDArray[np.float32]
) -> float:
    """The weighted share of the question's neighbouring pieces that stand together."""
    there = set(zip(sentence[:-1].tolist(), sentence[1:].tolist(), strict=True))
    worth = weights[:-1] + weights[1:]
    hits = [
        pair in there for pair in zip(question[:-1].tolist(), question[1:].tolist(), strict=True)
    ]
    return float(worth @ np.array(hits, dtype=np.float32) / max(float(worth.sum()), 1e-9))


def _answer_type(question: str, text: str) -> float:
    if _NUMBER_ASKED.search(question):
        return float(_DIGIT.search(text) is not None)
    if _PERSON_ASKED.search(question):
        return float(_NAME.search(text) is not None)
    if _REASON_ASKED.search(question):
        return float(_REASON.search(text) is not None)
    return 0.5
