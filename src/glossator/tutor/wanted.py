"""What a question looks for: its telling words, its question word and the kind of answer; pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from glossator.gateways.ports import Encoded
from glossator.retrieval.questions import STOP_WORDS

_WORD = re.compile(r"[^\W_]+")
_ASKING = frozenset("what which who whom whose when where why how".split())
# How far behind the question word the noun stands that it asks for: "what northern province".
_REACH = 3
_FOCUS = 2

_DATE_ASKED = re.compile(
    r"\b(when|(what|which) (year|date|day|month|decade|century|version))\b", re.IGNORECASE
)
_NUMBER_ASKED = re.compile(
    r"\bhow (many|much|long|far|fast|often|old|large|big|high|deep|tall|wide|heavy)\b"
    r"|\b(what|which) (percent\w*|proportion|fraction|number|amount|size|rate|speed|range|value"
    r"|population|age|temperature|distance|length|height|share)\b",
    re.IGNORECASE,
)
_PERSON_ASKED = re.compile(r"\b(who|whom|whose)\b", re.IGNORECASE)
_PLACE_ASKED = re.compile(
    r"\bwhere\b|\b(what|which) (country|city|state|place|region|county|town|continent|location"
    r"|river|area|nation|province|island)\b",
    re.IGNORECASE,
)
_REASON_ASKED = re.compile(r"\b(why|(what|which) (causes?|caused|reason))\b", re.IGNORECASE)

_NUMBER_WORDS = (
    "one two three four five six seven eight nine ten eleven twelve hundred thousand million "
    "billion half third quarter once twice"
)
_NUMBER = re.compile(rf"\d[\d.,]*|\b({_NUMBER_WORDS.replace(' ', '|')})\b", re.IGNORECASE)
_DATE = re.compile(
    r"\b\d{3,4}s?\b|\b\d{1,2}(st|nd|rd|th) century|\bcentur(y|ies)\b|\b(January|February|March"
    r"|April|May|June|July|August|September|October|November|December)\b|\b\d+(\.\d+)+\b"
)
# Not a sentence's first word: that one is always capitalised.
_NAME = re.compile(r"(?<=[\w,;'\"(] )[\"'(]?([A-Z][\w-]+)")
_REASON = re.compile(
    r"\b(because|since|due to|so that|therefore|thus|as a result|in order to|to avoid|caused?"
    r"|causes|reasons?)\b"
)


class Kind(StrEnum):
    """What an answer must hold."""

    DATE = "date"
    NUMBER = "number"
    PERSON = "person"
    PLACE = "place"
    REASON = "reason"
    OTHER = "other"


_KINDS = (
    (Kind.DATE, _DATE_ASKED),
    (Kind.NUMBER, _NUMBER_ASKED),
    (Kind.PERSON, _PERSON_ASKED),
    (Kind.PLACE, _PLACE_ASKED),
    (Kind.REASON, _REASON_ASKED),
)
_HELD = {
    Kind.DATE: _DATE,
    Kind.NUMBER: _NUMBER,
    Kind.PERSON: _NAME,
    Kind.PLACE: _NAME,
    Kind.REASON: _REASON,
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """A question taken apart.

    `weights` [n] tells how rare each of its word pieces is. `stems` are the beginnings of its
    telling words, `worth` how rare the rarest piece of each is. `asking` is the number of the
    question word's first piece, None without one; `focus` those of the one or two telling
    words behind it, which name what is asked for ("what northern province").
    """

    kind: Kind
    words: frozenset[str]
    weights: NDArray[np.float32]
    stems: tuple[str, ...]
    worth: NDArray[np.float32]
    asking: int | None
    focus: tuple[int, ...]


def take_apart(question: str, encoded: Encoded, weights: NDArray[np.float32]) -> Wanted:
    """`encoded` is the encoder's reading of this very question, `weights` [n] of its pieces."""
    places = [match.span() for match in _WORD.finditer(question)]
    words = [question[start:end].lower() for start, end in places]
    pieces = [_touching(encoded.spans, start, end) for start, end in places]
    worth: dict[str, float] = {}
    for word, held in zip(words, pieces, strict=True):
        if word not in STOP_WORDS and held:
            rarest = max(float(weights[n]) for n in held)
            worth[_stem(word)] = max(rarest, worth.get(_stem(word), 0.0))
    asking = next((n for n, word in enumerate(words) if word in _ASKING and pieces[n]), None)
    return Wanted(
        kind=next((kind for kind, pattern in _KINDS if pattern.search(question)), Kind.OTHER),
        words=frozenset(words),
        weights=weights,
        stems=tuple(worth),
        worth=np.array(list(worth.values()), dtype=np.float32),
        asking=None if asking is None else pieces[asking][0],
        focus=() if asking is None else _focus(words, pieces, asking),
    )


def coverage(wanted: Wanted, text: str) -> float:
    """The share of the question's telling words, by their rarity, that stand in a text."""
    total = float(wanted.worth.sum())
    if total <= 0:
        return 0.0
    inside = " " + " ".join(_WORD.findall(text.lower()))
    there = np.array([f" {stem}" in inside for stem in wanted.stems])
    return float(wanted.worth[there].sum()) / total


def of_kind(wanted: Wanted, text: str) -> float:
    """1 where a text holds something of the kind asked for that the question doesn't name.

    0 where it holds nothing of it, 0.5 where the question asks for no certain kind.
    """
    pattern = _HELD.get(wanted.kind)
    if pattern is None:
        return 0.5
    named = (match.group().strip("\"'(").lower() for match in pattern.finditer(text))
    return float(any(name not in wanted.words for name in named))


def _focus(words: Sequence[str], pieces: Sequence[tuple[int, ...]], asking: int) -> tuple[int, ...]:
    near = range(asking + 1, min(asking + 1 + _REACH, len(words)))
    telling = [n for n in near if words[n] not in STOP_WORDS and words[n].isalpha()]
    return tuple(piece for n in telling[:_FOCUS] for piece in pieces[n])


def _touching(spans: NDArray[np.int32], start: int, end: int) -> tuple[int, ...]:
    return tuple(np.flatnonzero((spans[:, 0] < end) & (spans[:, 1] > start)).tolist())


def _stem(word: str) -> str:
    return word[: max(4, len(word) - 3)]
