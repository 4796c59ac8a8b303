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
import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from importlib import resources

from glossator.retrieval.questions import question_words
from glossator.retrieval.ranking import Ranked

SURELY = 0.7
SURELY_NOT = 0.3
# What is said where nothing can be: neither the one nor the other.
MIDDLE = 0.5
_TOP = 3

FEATURES = (
    "maxsim_best",
    "maxsim_top",
    "worst_best",
    "coverage_best",
    "sentence_maxsim_best",
    "pairs_best",
    "sentence_best",
    "sentence_mean",
    "dense_top",
    "maxsim_gap",
    "sentence_gap",
    "coverage_gap",
    "words_gap",
    "names",
    "together",
    "known",
)
# Not the first word: that one is capitalised in every question.
_NAME = re.compile(r"(?<=[\w,;'\"(] )[\"'(]?([A-Z][\w-]+)")


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


def features(question: str, ranked: Sequence[Ranked]) -> dict[str, float]:
    """What the model may look at; zeros where nothing was found.

    `…_top` is the first passage's, `…_best` the largest among the first three, `…_mean` their
    mean, `…_gap` how far the best stands out from the 5th to 14th; the parts are those of
    `ranking.Why`. `names` is the share of the question's capitalised words that stand in one of
    the first three passages, `together` the largest share of its telling words in one passage,
    `known` the share that any passage has.
    """
    top = [item.why for item in ranked[:_TOP]]
    if not top:
        return dict.fromkeys(FEATURES, 0.0)
    whys = [item.why for item in ranked]
    first = top[0]
    stems = [word[: max(4, len(word) - 3)] for word in question_words(question)]
    names = [name.lower() for name in _NAME.findall(question)]
    texts = [f"{' '.join(i.passage.heading_path)} {i.passage.text}".lower() for i in ranked]
    return {
        "maxsim_best": max(why.maxsim for why in top),
        "maxsim_top": first.maxsim,
        "worst_best": max(why.worst for why in top),
        "coverage_best": max(why.coverage for why in top),
        "sentence_maxsim_best": max(why.maxsim_sentence for why in top),
        "pairs_best": max(why.pairs for why in top),
        "sentence_best": max(why.sentence for why in top),
        "sentence_mean": sum(why.sentence for why in top) / len(top),
        "dense_top": first.dense,
        "maxsim_gap": _gap([why.maxsim for why in whys]),
        "sentence_gap": _gap([why.sentence for why in whys]),
        "coverage_gap": _gap([why.coverage for why in whys]),
        "words_gap": _gap([math.log1p(why.words) for why in whys]),
        "names": max(_share(names, text) for text in texts[:_TOP]),
        "together": max(_share(stems, text) for text in texts[:_TOP]),
        "known": _share(stems, "\n".join(texts)),
    }


def _gap(values: Sequence[float]) -> float:
    """The best of the first three over the mean of the 5th to 14th largest."""
    rest = sorted(values, reverse=True)[4:14]
    return max(values[:_TOP]) - (sum(rest) / len(rest) if rest else 0.0)


def _share(words: Sequence[str], text: str) -> float:
    return sum(word in text for word in words) / len(words) if words else 1.0


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
