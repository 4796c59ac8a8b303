"""What came of one question, and the figures over many; pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from glossator.insight.questions import Question, folded
from glossator.retrieval.confidence import SURELY, SURELY_NOT
from glossator.retrieval.questions import STOP_WORDS

_WORD = re.compile(r"[^\W_]+")
# An answer of so many words is looked for as it stands; of a longer one its words are counted.
_SHORT = 5
THRESHOLDS = tuple(n / 20 for n in range(1, 20))
REFUSED, CLOSEST = "refused", "closest"


@dataclass(frozen=True, slots=True)
class Cited:
    """The place of a citation."""

    chapter: str | None
    heading: str
    section: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """A question with what search and the tutor made of it.

    `place` is the rank from 1 of the first passage that holds the evidence, None for nowhere;
    with `judged` False the question names none. `in_context` says whether a model would read it.
    Of an answer: whether it cites the right chapter and heading, whether the evidence and its
    quotes share a stretch, how many of its sentences are proven, whether each quote stands in
    the book word for word. `contains` and `words` (0 to 1) compare it with the expected answer;
    `best` says the same of the best 1, 2 and 3 sentences without a model. None stands where the
    set has nothing to compare with. `verdict` is a judge's; `degraded` says why a model that was to
    answer didn't. Times in milliseconds.
    """

    id: str
    question: str
    style: str
    answerable: bool
    mode: str
    confidence: float
    judged: bool
    place: int | None
    in_context: bool | None
    cited: tuple[Cited, ...]
    chapter: bool | None
    heading: bool | None
    evidence: bool | None
    sentences: int
    supported: int
    quotes_stand: bool
    contains: bool | None
    words: float | None
    best: tuple[bool, ...] | None
    answer: str
    cpu_ms: float
    wall_ms: float
    cost_usd: float = 0.0
    input_tokens: int = 0
    output_tokens: int = 0
    verdict: str | None = None
    why: str | None = None
    degraded: str | None = None

    @property
    def answered(self) -> bool:
        """Whether it was answered, rightly or not."""
        return self.mode not in (REFUSED, CLOSEST)


def contains(text: str, question: Question) -> bool | None:
    """Whether a text holds one of the expected short answers; None where there is none."""
    short = [part for part in expected(question) if len(part.split()) <= _SHORT]
    if not short:
        return None
    inside = f" {_plain(text)} "
    return any(f" {_plain(part)} " in inside for part in short)


def words(text: str, question: Question, stem: Callable[[str], str]) -> float | None:
    """The share of the expected answer's telling words that a text has; of the best alternative."""
    said = _stems(text, stem)
    shares = [
        len(wanted & said) / len(wanted)
        for wanted in (_stems(part, stem) for part in expected(question))
        if wanted
    ]
    return max(shares, default=None)


def expected(question: Question) -> tuple[str, ...]:
    """The answers that a set gives."""
    return (*question.answers, *([question.answer] if question.answer else []))


def figures(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """All figures of a run; a share is None where nothing could be counted."""
    asked = [each for each in outcomes if each.answerable]
    absent = [each for each in outcomes if not each.answerable]
    found = [each for each in asked if each.judged]
    answered = [each for each in asked if each.answered]
    verdicts = [each.verdict for each in outcomes if each.verdict is not None]
    return {
        "questions": len(outcomes),
        "answerable": len(asked),
        "unanswerable": len(absent),
        "retrieval": {
            "n": len(found),
            **{f"top{n}": share(_within(each, n) for each in found) for n in (1, 5, 10)},
            "mrr": mean(0.0 if each.place is None else 1 / each.place for each in found),
            "in_context": share(each.in_context for each in found),
        },
        "citation": {
            "n": len(answered),
            "chapter": share(each.chapter for each in answered),
            "heading": share(each.heading for each in answered),
            "evidence": share(each.evidence for each in answered),
            "proven": _proven(each for each in outcomes if each.answered),
            "quotes_stand": share(each.quotes_stand for each in outcomes if each.cited),
        },
        "refusal": {
            "answered": share(each.answered for each in asked),
            "left_open": share(each.mode == CLOSEST for each in asked),
            "wrongly_refused": share(each.mode == REFUSED for each in asked),
            "kept": share(each.mode != REFUSED for each in asked),
            "refused": share(each.mode == REFUSED for each in absent),
            "absent_left_open": share(each.mode == CLOSEST for each in absent),
            "wrongly_answered": share(each.answered for each in absent),
            "curve": curve(outcomes),
            "absent": {
                style: _absent([each for each in absent if each.style == style], asked)
                for style in sorted({each.style for each in absent})
            },
        },
        "answers": {
            "contains": share(each.contains for each in asked),
            "words": mean(each.words for each in asked),
            **{
                f"best{n}": share(each.best[n - 1] for each in asked if each.best)
                for n in (1, 2, 3)
            },
            "judged": {name: verdicts.count(name) for name in sorted(set(verdicts))},
        },
        "degraded": dict(Counter(each.degraded for each in outcomes if each.degraded)),
        "cost": {
            "usd": round(sum(each.cost_usd for each in outcomes), 6),
            "input_tokens": sum(each.input_tokens for each in outcomes),
            "output_tokens": sum(each.output_tokens for each in outcomes),
        },
        "latency": {
            **{f"cpu_ms_p{q}": _at([each.cpu_ms for each in outcomes], q) for q in (50, 95)},
            **{f"wall_ms_p{q}": _at([each.wall_ms for each in outcomes], q) for q in (50, 95)},
        },
    }


def curve(outcomes: Sequence[Outcome]) -> list[dict[str, float | None]]:
    """What a single threshold on confidence would do, at each of `THRESHOLDS` and the two set ones.

    `kept` of the answerable, `refused` of the others, and their mean.
    """
    rows = []
    for threshold in sorted({*THRESHOLDS, SURELY, SURELY_NOT}):
        kept = share(each.confidence >= threshold for each in outcomes if each.answerable)
        refused = share(each.confidence < threshold for each in outcomes if not each.answerable)
        both = None if kept is None or refused is None else (kept + refused) / 2
        rows.append({"threshold": threshold, "kept": kept, "refused": refused, "balanced": both})
    return rows


def _absent(some: Sequence[Outcome], asked: Sequence[Outcome]) -> dict[str, Any]:
    """One kind of absent questions; `balanced` with the answerable ones at the best threshold."""
    rows = curve([*some, *asked])
    return {
        "n": len(some),
        "refused": share(each.mode == REFUSED for each in some),
        "left_open": share(each.mode == CLOSEST for each in some),
        "wrongly_answered": share(each.answered for each in some),
        "balanced": max(
            (row["balanced"] for row in rows if row["balanced"] is not None), default=None
        ),
    }


def share(values: Iterable[bool | None]) -> float | None:
    """The share of True among those that aren't None."""
    return mean(None if value is None else float(value) for value in values)


def mean(values: Iterable[float | None]) -> float | None:
    """The mean of those that aren't None."""
    counted = [value for value in values if value is not None]
    return round(sum(counted) / len(counted), 4) if counted else None


def as_object(outcome: Outcome) -> dict[str, Any]:
    """An outcome as JSON has it."""
    return asdict(outcome)


def _within(outcome: Outcome, n: int) -> bool:
    return outcome.place is not None and outcome.place <= n


def _proven(outcomes: Iterable[Outcome]) -> float | None:
    counted = [(each.supported, each.sentences) for each in outcomes]
    total = sum(sentences for _, sentences in counted)
    return round(sum(supported for supported, _ in counted) / total, 4) if total else None


def _at(values: Sequence[float], percent: int) -> float | None:
    """The nearest-rank percentile."""
    ordered = sorted(values)
    return round(ordered[max(0, -(-len(ordered) * percent // 100) - 1)], 1) if ordered else None


def _plain(text: str) -> str:
    return " ".join(_WORD.findall(folded(text)))


def _stems(text: str, stem: Callable[[str], str]) -> frozenset[str]:
    every = _WORD.findall(folded(text))
    return frozenset(stem(word) for word in every if word not in STOP_WORDS)
