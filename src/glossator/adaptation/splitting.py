"""A chapter cut into parts that one call can take; pure.

The cuts are made at headings, and within a section too large for a call between blocks. Where a
cut lies depends on what stands around it, not on how the parts before it fell: an edit changes
the part it lies in, and mostly no other.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from glossator.adaptation.protect import Protected, protect
from glossator.adaptation.sizes import Sizes, tokens
from glossator.library.content import Block, BlockKind

_SENTENCE_END = re.compile(r"(?<=[.!?\u06d4\u061f\u3002])[\"')\]]*\s+|\n")
_ITEM = re.compile(r"^(?=(?:[-*+]|\d{1,9}[.)]) )", re.MULTILINE)
# A part this full, of what a call can take, ends at the next heading.
_FULL = 0.5
# One block of so many may end a full part inside a section.
_ONE_OF = 3


@dataclass(frozen=True, slots=True)
class Unit:
    """A block, or a piece of one too large for a call: what is adapted and checked as one.

    `block` is the block's index in the chapter; `start` and `end` lie in the chapter's text.
    """

    block: int
    kind: BlockKind
    start: int
    end: int
    text: str
    protected: Protected


@dataclass(frozen=True, slots=True)
class Part:
    """Units for one call. `path` is the headings above them, `following` the next heading.

    `shown` is listings of the part that help to understand it; they aren't adapted.
    """

    units: tuple[Unit, ...]
    path: tuple[str, ...]
    following: str
    shown: tuple[str, ...] = ()

    @property
    def fingerprint(self) -> str:
        """What the part's adapted text depends on, besides how it is adapted."""
        told = "\x00".join(
            [f"{unit.kind.value}\x01{unit.text}" for unit in self.units] + ["\x02", *self.shown]
        )
        return hashlib.sha256(told.encode("utf-8", "replace")).hexdigest()


@dataclass(frozen=True, slots=True)
class Rules:
    """Which blocks are adapted, how large parts are, and which names are kept.

    `shown_tokens` is what listings may take of a call; 0 where they aren't shown.
    """

    kinds: frozenset[BlockKind]
    sizes: Sizes
    keeps: re.Pattern[str] | None = None
    shortest: int = 1
    shown_tokens: int = 0


def parts(text: str, blocks: Sequence[Block], rules: Rules) -> tuple[Part, ...]:
    """The parts of a chapter in reading order; blocks that stay as they are, are in none."""
    found: list[Part] = []
    path: list[tuple[int, str]] = []
    began: tuple[str, ...] = ()
    units: list[Unit] = []
    shown: list[str] = []
    size = 0

    def close(following: str, *, last: bool = False) -> None:
        nonlocal units, shown, size
        # A heading goes with what follows it.
        carried = [] if last else _headings_at_end(units)
        units = units[: len(units) - len(carried)]
        if units:
            found.append(Part(tuple(units), began, following, tuple(shown)))
        units, shown = carried, []
        size = sum(rules.sizes.cost(unit.protected.text) + 4 for unit in units)

    for number, block in enumerate(blocks):
        source = text[block.start : block.end]
        if block.kind is BlockKind.HEADING:
            if size >= _FULL * rules.sizes.room:
                close(_words(source))
            _enter(path, source)
        for unit in _units(number, block, text, rules):
            cost = rules.sizes.cost(unit.protected.text) + 4
            full = size >= _FULL * rules.sizes.room and _may_end(source)
            if units and (full or size + cost > rules.sizes.room):
                close("")
            if not units or units[0].kind is BlockKind.HEADING:
                began = tuple(words for _, words in path)
            units.append(unit)
            size += cost
        if block.kind is BlockKind.CODE and units and _fits(source, shown, rules):
            shown.append(source)
    close("", last=True)
    return tuple(found)


def _headings_at_end(units: Sequence[Unit]) -> list[Unit]:
    at = len(units)
    while at and units[at - 1].kind is BlockKind.HEADING:
        at -= 1
    return list(units[at:])


def _units(number: int, block: Block, text: str, rules: Rules) -> Iterator[Unit]:
    if block.kind not in rules.kinds:
        return
    for start, end in _pieces(text, block, rules):
        source = text[start:end]
        protected = protect(source, rules.keeps)
        fits = rules.sizes.cost(protected.text) <= rules.sizes.room
        if fits and protected.has_words and len(source.split()) >= rules.shortest:
            yield Unit(number, block.kind, start, end, source, protected)


def _pieces(text: str, block: Block, rules: Rules) -> list[tuple[int, int]]:
    """The block's own stretch, or several where it is too large for a call."""
    source = text[block.start : block.end]
    # Not measured by its marks: a piece is then always smaller than its room.
    if rules.sizes.cost(source) <= rules.sizes.room:
        return [(block.start, block.end)]
    if block.kind is BlockKind.TABLE:
        ends = [match.end() for match in re.finditer(r"\n", source)]
    elif block.kind is BlockKind.LIST:
        ends = [match.start() for match in _ITEM.finditer(source)]
    else:
        ends = [match.end() for match in _SENTENCE_END.finditer(source)]
    joined: list[tuple[int, int]] = []
    at = last = 0
    for end in [*ends, len(source)]:
        if last > at and rules.sizes.cost(source[at:end]) > rules.sizes.room:
            joined.append((at, last))
            at = last
        last = end
    joined.append((at, len(source)))
    return [_trimmed(source, low, high, block.start) for low, high in joined if high > low]


def _trimmed(source: str, low: int, high: int, offset: int) -> tuple[int, int]:
    bare = source[low:high]
    left = len(bare) - len(bare.lstrip("\n"))
    right = len(bare.rstrip())
    return offset + low + left, offset + low + max(left, right)


def _may_end(source: str) -> bool:
    return int(hashlib.sha256(source.encode("utf-8", "replace")).hexdigest()[:4], 16) % _ONE_OF == 0


def _fits(source: str, shown: Sequence[str], rules: Rules) -> bool:
    return sum(tokens(each) for each in shown) + tokens(source) <= rules.shown_tokens


def _enter(path: list[tuple[int, str]], heading: str) -> None:
    depth = len(heading) - len(heading.lstrip("#"))
    while path and path[-1][0] >= depth:
        path.pop()
    path.append((depth, _words(heading)))


def _words(heading: str) -> str:
    return re.sub(r"[<>\n]", " ", heading.lstrip("# "))[:120].strip()
