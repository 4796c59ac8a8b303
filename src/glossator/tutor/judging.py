"""The verdict on a whole answer: each sentence with the quotes that carry it, if any do; pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from glossator.tutor.answers import Support
from glossator.tutor.proof import Prover, Spot
from glossator.tutor.statements import Stem, is_connective, is_listing, segments

FULL_STOPS = ".!?\u06d4\u3002"


@dataclass(frozen=True, slots=True)
class Citation:
    """Proven quotes at a place of the bare text, or for the stretch of it that begins `since`."""

    at: int
    spots: tuple[Spot, ...]
    since: int | None = None


@dataclass(frozen=True, slots=True)
class Judged:
    """A sentence of the answer and the indexes of its sources."""

    text: str
    support: Support
    sources: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Composed:
    """The answer as it may be shown; `refused` where there is nothing to show."""

    text: str
    spots: tuple[Spot, ...]
    sentences: tuple[Judged, ...]
    refused: bool


def refused() -> Composed:
    """No answer."""
    return Composed("", (), (), refused=True)


def judge(
    bare: str, citations: Sequence[Citation], ends: Iterable[int], prover: Prover, stem: Stem
) -> Composed:
    """The answer written with the numbers that held; refused where none did.

    `bare` is its text without citations; at `ends` a sentence ends also where its words don't
    tell ("… 80 ms [1]. It").
    """
    spans = _cut(segments(bare), ends)
    spots: list[Spot] = []
    sentences: list[Judged] = []
    insertions: list[tuple[int, str]] = []
    for (start, end), cited in zip(spans, _by_sentence(spans, citations), strict=True):
        text = bare[start:end]
        holds = bool(cited) and prover.supports(text, cited)
        own = cited if holds else prover.chosen(text)
        spots += [spot for spot in own if spot not in spots]
        indexes = tuple(spots.index(spot) for spot in own)
        if own:
            support = Support.SUPPORTED
            insertions.append(_marks(text, end, indexes))
        elif is_connective(text, stem):
            support = Support.CONNECTIVE
        else:
            support = Support.UNSUPPORTED
        sentences.append(Judged(text, support, indexes))
    if not spots:
        return refused()
    return Composed(_inserted(bare, insertions), tuple(spots), tuple(sentences), False)


def _by_sentence(
    spans: Sequence[tuple[int, int]], citations: Sequence[Citation]
) -> list[list[Spot]]:
    found: list[list[Spot]] = [[] for _ in spans]
    for citation in citations:
        if citation.since is not None:
            covered = [
                n
                for n, (start, end) in enumerate(spans)
                if start < citation.at and citation.since < end
            ]
        else:
            covered = [n for n, (start, _) in enumerate(spans) if start < citation.at][-1:]
        for n in covered:
            found[n] += [spot for spot in citation.spots if spot not in found[n]]
    return found


def _cut(spans: Sequence[tuple[int, int]], ends: Iterable[int]) -> list[tuple[int, int]]:
    inner = sorted(ends)
    found: list[tuple[int, int]] = []
    for start, end in spans:
        cuts = [start, *(at for at in inner if start < at < end), end]
        # What follows a cut begins with the blank between the sentences.
        found += [(a + (a > start), b) for a, b in pairwise(cuts)]
    return found


def _marks(sentence: str, end: int, indexes: Sequence[int]) -> tuple[int, str]:
    """Where a sentence's numbers go, and how: its full stop stays its end, "… its speed [1]."."""
    marks = "".join(f"[{index + 1}]" for index in indexes)
    if is_listing(sentence):
        return end, f"\n\n{marks}"
    return end - (len(sentence) - len(sentence.rstrip(FULL_STOPS))), f" {marks}"


def _inserted(text: str, insertions: Sequence[tuple[int, str]]) -> str:
    for at, marks in reversed(insertions):
        text = text[:at] + marks + text[at:]
    return text
