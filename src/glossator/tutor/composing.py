"""A model's stream made into an answer in which every citation is proven; pure.

Text flows on at once; a citation becomes a number in brackets, the index (from 1) of a proven
source, or nothing. At the end each sentence is judged, and the answer written once more with
the numbers that held; where nothing held, there is no answer.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from glossator.gateways.chat import BlockEnded, Cited, ModelEvent, Words
from glossator.tutor.judging import FULL_STOPS, Citation, Composed, judge, refused
from glossator.tutor.markers import Mark, MarkReader
from glossator.tutor.proof import Prover, Spot
from glossator.tutor.statements import Stem, segments

_SPACE_AT_END = re.compile(r"\s+\Z")
_CLOSING = tuple(".,;:!?)\u3002\u06d4\u060c")
_WORD = re.compile(r"\w+")
# So many of our own instruction's words in a row are no accident.
_LEAK = 9


@dataclass(frozen=True, slots=True)
class Shown:
    """A piece of text to send on."""

    text: str


@dataclass(frozen=True, slots=True)
class NewSource:
    """A source proven for the first time; its index is its place among the new ones."""

    spot: Spot


@dataclass(slots=True)
class _Block:
    start: int
    quotes: list[Cited] = field(default_factory=list)


class Composer:
    """Takes a model's events and gives what a reader may see of them.

    `refusals` are the sentences that mean "not in the book", `rules` our own instructions,
    which no answer may recite.
    """

    def __init__(
        self,
        prover: Prover,
        stem: Stem,
        *,
        refusals: Sequence[str] = (),
        rules: str = "",
        links: Sequence[str] = (),
        native: bool = False,
    ) -> None:
        self._prover = prover
        self._stem = stem
        self._refusals = _all_letters(tuple(refusals))
        self._reader = MarkReader(links, marks=not native)
        self._bare = ""
        self._gap = ""
        self._waiting: list[Mark] = []
        self._citations: list[Citation] = []
        self._ends: set[int] = set()
        self._spots: list[Spot] = []
        self._blocks: dict[int, _Block] = {}
        self._block = 0
        self._opening: list[Shown | NewSource] | None = []
        self._rules = _shingles(rules, tuple(refusals))
        self._said: list[str] = []
        self._half = ""
        self.leaked = False

    def take(self, event: ModelEvent) -> list[Shown | NewSource]:
        """What an event lets through."""
        shown: list[Shown | NewSource] = []
        match event:
            case Words(text, block):
                self._begin(block)
                for piece in self._reader.feed(text):
                    shown += self._piece(piece)
            case Cited(block=block):
                self._blocks.setdefault(block, _Block(len(self._bare))).quotes.append(event)
            case BlockEnded(block):
                for piece in self._reader.finish():
                    shown += self._piece(piece)
                shown += self._end_block(block)
            case _:
                pass
        return self._past_refusal(shown)

    def finish(self) -> tuple[list[Shown | NewSource], Composed]:
        """The last pieces to show, and the whole answer, judged."""
        shown: list[Shown | NewSource] = []
        for piece in self._reader.finish():
            shown += self._piece(piece)
        shown += self._resolve()
        for block in list(self._blocks):
            shown += self._end_block(block)
        shown = self._past_refusal(shown)
        if self._opening:
            shown = [*self._opening, *shown] if not self._is_refusal() else []
        return shown, self._judged()

    def _begin(self, block: int) -> None:
        if block not in self._blocks:
            self._blocks[block] = _Block(len(self._bare))
        elif not self._bare[self._blocks[block].start :]:
            self._blocks[block].start = len(self._bare)
        self._block = block

    def _piece(self, piece: str | Mark) -> Iterator[Shown | NewSource]:
        if isinstance(piece, Mark):
            self._waiting.append(piece)
            return
        if not piece.strip():
            self._gap += piece
            return
        cited = bool(self._waiting)
        yield from self._resolve()
        body = piece.strip()
        lead = piece[: len(piece) - len(piece.lstrip())]
        if not cited:
            gap = self._gap + lead
        elif lead or body.startswith(_CLOSING):
            # The blank before a citation and the one after it are one.
            gap = lead if "\n" not in self._gap else self._gap
        else:
            gap = self._gap
        ending = _SPACE_AT_END.search(piece)
        self._gap = ending.group() if ending else ""
        if not self._bare:
            gap = ""
        if cited and body.startswith(tuple(FULL_STOPS)):
            self._ends.add(len(self._bare) + 1)
        self._bare += gap + body
        self._listen(gap + body)
        if not self.leaked:
            yield Shown(gap + body)

    def _resolve(self) -> Iterator[Shown | NewSource]:
        """Prove the citations that wait, now that no other follows them."""
        if not self._waiting:
            return
        marks, self._waiting = self._waiting, []
        at = len(self._bare)
        if self._bare.endswith(tuple(FULL_STOPS)):
            self._ends.add(at)
        statement = self._statement(at)
        quoted = [
            spot
            for mark in marks
            for number in mark.numbers[:1]
            for quote in mark.quotes
            if (spot := self._prover.locate(quote, number)) is not None
        ]
        spots = quoted if quoted and self._prover.supports(statement, quoted) else []
        if not spots:
            numbers = dict.fromkeys(number for mark in marks for number in mark.numbers)
            spots = [spot for n in numbers for spot in self._prover.chosen(statement, n)]
        yield from self._cite(Citation(at, tuple(dict.fromkeys(spots))))

    def _cite(self, citation: Citation) -> Iterator[Shown | NewSource]:
        self._citations.append(citation)
        for spot in citation.spots:
            if spot not in self._spots:
                self._spots.append(spot)
                yield NewSource(spot)
        if citation.spots:
            marks = "".join(f"[{self._spots.index(spot) + 1}]" for spot in citation.spots)
            yield Shown(f" {marks}" if self._bare and not self._bare[-1].isspace() else marks)

    def _end_block(self, number: int) -> Iterator[Shown | NewSource]:
        block = self._blocks.pop(number, None)
        if self._bare.endswith(tuple(FULL_STOPS)):
            self._ends.add(len(self._bare))
        if block is None or not block.quotes:
            return
        said = self._bare[block.start :]
        located = (self._prover.locate(each.quote, each.material) for each in block.quotes)
        spots = tuple(dict.fromkeys(spot for spot in located if spot is not None))
        if spots and self._prover.supports(said, spots):
            yield from self._cite(Citation(len(self._bare), spots, since=block.start))

    def _statement(self, at: int) -> str:
        """The words that a citation at the end stands for: from the last one or the sentence's."""
        paragraph = self._bare.rfind("\n\n", 0, at) + 1
        spans = segments(self._bare[paragraph:at])
        start = paragraph + spans[-1][0] if spans else paragraph
        start = max([start, *(end for end in self._ends if end < at)])
        cited = [c.at for c in self._citations if start < c.at < at and c.spots]
        return self._bare[max([start, *cited]) : at]

    def _past_refusal(self, shown: list[Shown | NewSource]) -> list[Shown | NewSource]:
        """Hold the beginning back as long as it may become the refusal."""
        if self._opening is None:
            return shown
        self._opening += shown
        if self._may_be_refusal():
            return []
        held, self._opening = self._opening, None
        return held

    def _may_be_refusal(self) -> bool:
        said = _letters(self._bare)
        return not said or any(
            sentence.startswith(said) or said.startswith(sentence) for sentence in self._refusals
        )

    def _is_refusal(self) -> bool:
        said = _letters(self._bare)
        return not said or any(said.startswith(sentence) for sentence in self._refusals)

    def _listen(self, text: str) -> None:
        """Notice our own rules being recited."""
        if not self._rules:
            return
        heard = self._half + text.lower()
        words = _WORD.findall(heard)
        self._half = words.pop() if words and heard[-1].isalnum() else ""
        for word in words:
            self._said.append(word)
            # Only a few words of an answer end a run of nine of the rules' own.
            runs = self._rules.get(word)
            if runs is not None and tuple(self._said[-_LEAK:]) in runs:
                self.leaked = True

    def _judged(self) -> Composed:
        if self.leaked or self._is_refusal():
            return refused()
        return judge(self._bare, self._citations, self._ends, self._prover, self._stem)


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, text.lower()))


# Both are the same for nearly every answer of an installation.
@lru_cache(maxsize=64)
def _all_letters(sentences: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(_letters(sentence) for sentence in sentences)


@lru_cache(maxsize=64)
def _shingles(rules: str, refusals: tuple[str, ...]) -> Mapping[str, frozenset[tuple[str, ...]]]:
    """Runs of words that give the rules away, by their last word.

    The refusal, which the rules ask for, gives nothing away.
    """
    for sentence in refusals:
        rules = rules.replace(sentence, "\0")
    found: dict[str, set[tuple[str, ...]]] = {}
    for part in rules.split("\0"):
        words = _WORD.findall(part.lower())
        for n in range(len(words) - _LEAK + 1):
            run = tuple(words[n : n + _LEAK])
            found.setdefault(run[-1], set()).add(run)
    return {word: frozenset(runs) for word, runs in found.items()}
