"""Whether what a model says stands in the sources: quotes word for word, statements by words.

Pure. A quote is looked for in the passage it was given for, then in the other passages, then in
the whole texts they come from: a right quote with a wrong place is moved to its place. What can't
be found is no citation. A statement is supported by quotes only if its numbers and code stand in
them and, where both are of one language, they share a word that says something.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from glossator.tutor.statements import (
    Stem,
    code,
    is_listing,
    language,
    numbers,
    quoted,
    telling,
)
from glossator.tutor.verbatim import Folded, fold, folded_quote

# Shorter than this a quote would be found everywhere and prove nothing.
_FEWEST_WORDS = 2
_FEWEST_LETTERS = 8
# A statement's share of telling words that a passage's sentences must hold: where the model named
# the passage without quoting it, and where it named none.
_NAMED = 0.34
_UNNAMED = 0.75
_MOST_SENTENCES = 3


@dataclass(frozen=True, slots=True)
class Evidence:
    """A passage the model was given: `text` is its document's text[start:...].

    `sentences` are the places (start, end) of its sentences in `text`.
    """

    number: int
    document_id: str
    start: int
    text: str
    sentences: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Spot:
    """A proven quote: start..end (code points) of a document's canonical text."""

    document_id: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class _Sentence:
    """A sentence's place in its passage, and what it says that can be compared."""

    start: int
    end: int
    stems: frozenset[str]
    numbers: frozenset[str]


class Prover:
    """Finds and weighs quotes for one answer."""

    def __init__(self, evidence: Sequence[Evidence], texts: Mapping[str, str], stem: Stem) -> None:
        self._evidence = {item.number: item for item in evidence}
        self._texts = texts
        self._stem = stem
        self._whole: dict[str, Folded] = {}

    def locate(self, quote: str, number: int | None = None) -> Spot | None:
        """Where a quote stands; the passage `number` is looked at first."""
        wanted = folded_quote(quote)
        letters = sum(character.isalnum() for character in wanted)
        if letters < _FEWEST_LETTERS or len(wanted.split()) < _FEWEST_WORDS:
            return None
        order = sorted(self._evidence.values(), key=lambda item: item.number != number)
        for item in order:
            place = _folded(item.text).find(wanted)
            if place is not None:
                return Spot(item.document_id, item.start + place[0], item.start + place[1])
        for document in dict.fromkeys(item.document_id for item in order):
            if document not in self._whole:
                self._whole[document] = fold(self._texts[document])
            place = self._whole[document].find(wanted)
            if place is not None:
                return Spot(document, *place)
        return None

    def chosen(self, statement: str, number: int | None = None) -> list[Spot]:
        """The passage's own sentences that carry a statement made without a quote; often none."""
        if number is not None and number not in self._evidence:
            return []
        if is_listing(statement):
            spot = self.locate(code(statement)[0], number)
            return [spot] if spot else []
        said = telling(statement, self._stem)
        if not said:
            return []
        items = self._evidence.values() if number is None else [self._evidence[number]]
        counted = numbers(statement)
        best: list[_Sentence] = []
        spots: list[Spot] = []
        for item in items:
            found = _covering(said, counted, _cut(item.text, item.sentences, self._stem))
            if _covered(said, found) > _covered(said, best):
                best = found
                spots = [
                    Spot(item.document_id, item.start + one.start, item.start + one.end)
                    for one in found
                ]
        share = _covered(said, best)
        enough = _NAMED if number is not None else _UNNAMED
        shared = share * len(said)
        if share < enough or (shared < 2 and len(said) > 1):
            return []
        return spots if self.supports(statement, spots) else []

    def supports(self, statement: str, spots: Iterable[Spot]) -> bool:
        """Whether quotes hold what of a statement can be checked."""
        quotes = [self._texts[spot.document_id][spot.start : spot.end] for spot in spots]
        if not quotes:
            return False
        together = "\n".join(quotes)
        if not numbers(statement) <= numbers(together, words=True):
            return False
        folded = folded_quote(together)
        literal = [folded_quote(part) for part in (*code(statement), *quoted(statement))]
        if any(part not in folded for part in literal):
            return False
        said = telling(statement, self._stem)
        if len(said) < _FEWEST_WORDS or language(statement) != language(together):
            return True
        return bool(said & telling(together, self._stem))

    def text(self, spot: Spot) -> str:
        """The words of a quote."""
        return self._texts[spot.document_id][spot.start : spot.end]


# The same passages come up for many questions. Some 3 and 15 MB at most.
@lru_cache(maxsize=1_024)
def _folded(passage: str) -> Folded:
    return fold(passage)


@lru_cache(maxsize=1_024)
def _cut(passage: str, sentences: tuple[tuple[int, int], ...], stem: Stem) -> tuple[_Sentence, ...]:
    return tuple(
        _Sentence(
            start,
            end,
            telling(passage[start:end], stem),
            numbers(passage[start:end], words=True),
        )
        for start, end in sentences
    )


def _covering(
    said: frozenset[str], counted: frozenset[str], sentences: Sequence[_Sentence]
) -> list[_Sentence]:
    """Up to three sentences, each adding most of what the statement says and none yet holds."""
    chosen: list[_Sentence] = []
    left, missing = set(said), set(counted)
    while len(chosen) < _MOST_SENTENCES and sentences:
        best = max(sentences, key=lambda s: len(left & s.stems) + 2 * len(missing & s.numbers))
        gain = len(left & best.stems)
        small = chosen and gain < max(1, 0.2 * len(said)) and not missing & best.numbers
        if small or (not gain and not missing & best.numbers):
            break
        chosen.append(best)
        left -= best.stems
        missing -= best.numbers
    return sorted(chosen, key=lambda item: item.start)


def _covered(said: frozenset[str], sentences: Iterable[_Sentence]) -> float:
    held: set[str] = set()
    for sentence in sentences:
        held |= sentence.stems
    return len(said & held) / len(said)
