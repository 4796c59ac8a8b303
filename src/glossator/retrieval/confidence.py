"""How sure it is that the book holds the answer; pure.

A logistic model over features that carry over from one book to the next (MaxSim of the best
passages, the rarest word's MaxSim, cosines), fitted by `scripts/fit_confidence.py` on several
collections and kept with their provenance in confidence.json. Its output is stretched so that
the two thresholds fall on fixed numbers: from 0.7 on the book surely holds the answer, below
0.3 it surely doesn't, between them the scores can't tell.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from importlib import resources

from glossator.retrieval.ranking import Ranked

SURELY = 0.7
SURELY_NOT = 0.3
_TOP = 3

FEATURES = (
    "maxsim_best",
    "maxsim_top",
    "maxsim_mean",
    "worst_best",
    "worst_top",
    "coverage_best",
    "coverage_top",
    "sentence_maxsim_best",
    "sentence_maxsim_top",
    "pairs_best",
    "sentence_best",
    "sentence_top",
    "sentence_mean",
    "dense_best",
    "dense_top",
    "rarest",
    "maxsim_gap",
    "sentence_gap",
    "coverage_gap",
    "words_top",
    "words_gap",
)


class Zone(StrEnum):
    """What the confidence says: the book holds the answer, may hold it, or doesn't."""

    ANSWERABLE = "answerable"
    UNSURE = "unsure"
    ABSENT = "absent"


@dataclass(frozen=True, slots=True)
class Logistic:
    """`bias + weights . features` on the logit scale; the two thresholds lie on it too."""

    features: tuple[str, ...]
    weights: tuple[float, ...]
    bias: float
    absent_below: float
    answerable_from: float

    def confidence(self, values: dict[str, float]) -> float:
        """0 to 1; a logit on a threshold gives exactly 0.3 or 0.7."""
        logit = self.bias + sum(
            weight * values[name] for name, weight in zip(self.features, self.weights, strict=True)
        )
        return stretch(logit, self.absent_below, self.answerable_from)


def stretch(logit: float, low: float, high: float) -> float:
    """A logit to 0..1, increasing, with `low` on 0.3 and `high` on 0.7 (linear in the logit)."""
    span = max(high - low, 1e-6)
    at = (logit - low) / span
    spread = math.log(SURELY / (1 - SURELY)) - math.log(SURELY_NOT / (1 - SURELY_NOT))
    inner = math.log(SURELY_NOT / (1 - SURELY_NOT)) + at * spread
    return 1.0 / (1.0 + math.exp(-max(-40.0, min(40.0, inner))))


def zone(confidence: float) -> Zone:
    """The zone a confidence lies in."""
    if confidence >= SURELY:
        return Zone.ANSWERABLE
    return Zone.UNSURE if confidence >= SURELY_NOT else Zone.ABSENT


def features(ranked: Sequence[Ranked]) -> dict[str, float]:
    """What the model may look at; zeros where nothing was found.

    `…_top` is the first passage's, `…_best` the largest among the first three, `…_mean` their
    mean; the parts are those of `ranking.Why`. `rarest` is how far the weighted MaxSim lies above
    the worst piece's: a question whose rare word is lacking while the common ones are there.
    """
    top = [item.why for item in ranked[:_TOP]]
    if not top:
        return dict.fromkeys(FEATURES, 0.0)
    first = top[0]
    return {
        "maxsim_best": max(why.maxsim for why in top),
        "maxsim_top": first.maxsim,
        "maxsim_mean": sum(why.maxsim for why in top) / len(top),
        "worst_best": max(why.worst for why in top),
        "worst_top": first.worst,
        "coverage_best": max(why.coverage for why in top),
        "coverage_top": first.coverage,
        "sentence_maxsim_best": max(why.maxsim_sentence for why in top),
        "sentence_maxsim_top": first.maxsim_sentence,
        "pairs_best": max(why.pairs for why in top),
        "sentence_best": max(why.sentence for why in top),
        "sentence_top": first.sentence,
        "sentence_mean": sum(why.sentence for why in top) / len(top),
        "dense_best": max(why.dense for why in top),
        "dense_top": first.dense,
        "rarest": first.maxsim - first.worst,
        "maxsim_gap": max(w.maxsim for w in top) - _crowd([i.why.maxsim for i in ranked]),
        "sentence_gap": max(w.sentence for w in top) - _crowd([i.why.sentence for i in ranked]),
        "coverage_gap": max(w.coverage for w in top) - _crowd([i.why.coverage for i in ranked]),
        "words_top": math.log1p(max(w.words for w in top)),
        "words_gap": math.log1p(max(w.words for w in top))
        - math.log1p(_crowd([i.why.words for i in ranked])),
    }


def _crowd(values: Sequence[float]) -> float:
    rest = sorted(values, reverse=True)[4:14]
    return sum(rest) / len(rest) if rest else 0.0


def load(name: str = "confidence.json") -> Logistic:
    """The fitted model that is kept beside this module."""
    raw = json.loads(resources.files("glossator.retrieval").joinpath(name).read_text("utf-8"))
    return Logistic(
        features=tuple(raw["features"]),
        weights=tuple(raw["weights"]),
        bias=raw["bias"],
        absent_below=raw["absent_below"],
        answerable_from=raw["answerable_from"],
    )
