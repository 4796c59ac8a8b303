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
from glossator.library.embeddings import Passage
from glossator.retrieval.ranking import Ranked
from glossator.tutor.wanted import Wanted, coverage, of_kind, take_apart

PieceWeights = Callable[[NDArray[np.int32]], NDArray[np.float32]]

_PASSAGES = 8
# A cosine below this counts as this much in a product of them.
_FLOOR = 0.05
_HEADING_WORDS = 4
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
    wanted = take_apart(question, encoded, pieces(encoded.token_ids))
    found: dict[tuple[str, int], Candidate] = {}
    for n, item in enumerate(ranked[:_PASSAGES]):
        for values, start, end in sentence_features(wanted, encoded, ranked, n):
            key = (item.passage.document_id, item.passage.start + start)
            candidate = Candidate(n, start, end, model.score(values))
            if key not in found or found[key].score < candidate.score:
                found[key] = candidate
    return sorted(found.values(), key=lambda c: (-c.score, c.passage, c.start))


def sentence_features(
    wanted: Wanted, encoded: Encoded, ranked: Sequence[Ranked], n: int
) -> list[tuple[dict[str, float], int, int]]:
    """The features of each sentence of passage `n` with its place in the passage's text.

    `cosine`, `maxsim` (the weighted mean over the question's pieces of the nearest piece's
    cosine), `product` (their weighted geometric mean), `worst` (that of the piece which is
    lacking most), `asking` and `focus` (those of the question word and of what it asks for,
    `focus_new` among the pieces that the question doesn't have) are from the stored vectors;
    `…_gap` is how far the passage's best sentence is ahead, `around` the neighbours' MaxSim,
    `coverage` and `type` are of the words, `new` the share of pieces not in the question.
    """
    item = ranked[n]
    passage = item.passage
    if not len(passage.spans):
        return []
    nearest, fresh, new = _by_sentence(encoded, passage)
    total = max(float(wanted.weights.sum()), 1e-9)
    whole = nearest @ wanted.weights / total
    product = np.exp(np.log(np.clip(nearest, _FLOOR, 1.0)) @ wanted.weights / total)
    none = np.zeros(len(whole), np.float32)
    focus = list(wanted.focus)
    table = {
        "cosine": item.sentences,
        "cosine_gap": item.sentences.max() - item.sentences,
        "maxsim": whole,
        "maxsim_gap": whole.max() - whole,
        "product": product,
        "worst": _worst(nearest, wanted.weights) if len(wanted.weights) else none,
        "around": _neighbours(whole),
        "new": new,
        "asking": none if wanted.asking is None else nearest[:, wanted.asking],
        "focus": nearest[:, focus].mean(axis=1) if focus else none,
        "focus_new": fresh[:, focus].mean(axis=1) if focus else none,
    }
    same = {
        "passage": item.score,
        "maxsim_passage": item.why.maxsim,
        "log_rank": math.log1p(n),
    }
    rows: list[tuple[dict[str, float], int, int]] = []
    for at, (start, end) in enumerate(passage.spans.tolist()):
        values = {name: float(column[at]) for name, column in table.items()} | same
        rows.append((values | _of_words(wanted, passage.text[start:end], at), start, end))
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


def _by_sentence(
    encoded: Encoded, passage: Passage
) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
    """For each sentence [s] and piece of the question [q] the cosine of the nearest piece.

    The second is the same among pieces that the question doesn't have, the third [s] their
    share. Zeros for a sentence without pieces.
    """
    size = (len(passage.spans), len(encoded.token_ids))
    nearest, fresh = np.zeros(size, np.float32), np.zeros(size, np.float32)
    new = np.zeros(size[0], np.float32)
    if not len(passage.tokens) or not len(encoded.tokens):
        # A listing has none, and some encoders give none.
        return nearest, fresh, new
    products = passage.tokens.astype(np.float32) @ encoded.tokens.astype(np.float32).T / 16129.0
    unknown = ~np.isin(passage.token_ids, encoded.token_ids)
    for at in range(size[0]):
        mine = np.flatnonzero(passage.token_sentences == at)
        if len(mine):
            nearest[at] = products[mine].max(axis=0)
            fresh[at] = products[mine[unknown[mine]]].max(axis=0, initial=0.0)
            new[at] = unknown[mine].mean()
    return nearest, fresh, new


def _worst(nearest: NDArray[np.float32], weights: NDArray[np.float32]) -> NDArray[np.float32]:
    lacking = (weights * (1.0 - nearest)).argmax(axis=1)
    worst: NDArray[np.float32] = nearest[np.arange(len(nearest)), lacking]
    return worst


def _neighbours(whole: NDArray[np.float32]) -> NDArray[np.float32]:
    """The larger value of the ones before and behind each, 0 where there is none."""
    edged = np.concatenate(([0.0], whole, [0.0]))
    around: NDArray[np.float32] = np.maximum(edged[:-2], edged[2:])
    return around


def _of_words(wanted: Wanted, text: str, at: int) -> dict[str, float]:
    count = len(text.split())
    return {
        "coverage": coverage(wanted, text),
        "type": of_kind(wanted, text),
        "length": math.log1p(count),
        "first": float(at == 0),
        "question": float(text.rstrip("*_").endswith("?")),
        "heading_like": float(count < _HEADING_WORDS),
    }
