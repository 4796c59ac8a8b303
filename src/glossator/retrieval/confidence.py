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

import numpy as np

from glossator.retrieval.ranking import Ranked

SURELY = 0.7
SURELY_NOT = 0.3
_TOP = 3

FEATURES = (
    "maxsim1",
    "maxsim3",
    "worst",
    "sentence",
    "sentence3",
    "dense",
    "coverage",
    "maxsim_sentence",
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
    """What the model may look at, from the passages as ranked; zeros where nothing was found."""
    top = ranked[:_TOP]
    if not top:
        return dict.fromkeys(FEATURES, 0.0)
    sims = sorted((item.why.maxsim for item in ranked), reverse=True)[:_TOP]
    return {
        "maxsim1": sims[0],
        "maxsim3": float(np.mean(sims)),
        "worst": max(item.why.worst for item in top),
        "sentence": max(item.why.sentence for item in ranked),
        "sentence3": float(np.mean([item.why.sentence for item in top])),
        "dense": max(item.why.dense for item in ranked),
        "coverage": max(item.why.coverage for item in top),
        "maxsim_sentence": max(item.why.maxsim_sentence for item in top),
    }


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
