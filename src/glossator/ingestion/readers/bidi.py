"""From the order on paper to the order of reading, for lines with right-to-left letters.

A PDF places glyphs; in which order it lists them is its producer's affair. Read from left
to right by their places, a right-to-left line is the reverse of its text, but numbers and
foreign words in it are not. This undoes rule L2 of Unicode's bidirectional algorithm
(UAX 9) for one line. Two texts can look alike on paper: of those, a foreign word followed
by its number ("Python 3") is taken.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

_RTL = re.compile(
    "[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\U00010800-\U00010fff\U0001e800-\U0001efff]"
)
_MIRRORED = str.maketrans("()[]{}«»‹›", ")(][}{»«›‹")
_OPEN, _CLOSE = "([{", ")]}"
_SEPARATORS = frozenset(".,:/-+٫٬،'")
_TERMINATORS = frozenset("%٪°$€£#")


@dataclass(frozen=True, slots=True)
class Glyph:
    """A character with its left and right edge in points, and its number in PDFium's order."""

    char: str
    left: float
    right: float
    index: int = -1

    @property
    def middle(self) -> float:
        """Where the character stands on the line."""
        return (self.left + self.right) / 2


@dataclass(frozen=True, slots=True)
class Run:
    """A stretch of a line in reading order: one glyph for each character of `text`."""

    text: str
    glyphs: tuple[Glyph, ...]

    @property
    def left(self) -> float:
        """The left edge, in points."""
        return min(glyph.left for glyph in self.glyphs if glyph.index >= 0)

    @property
    def right(self) -> float:
        """The right edge, in points."""
        return max(glyph.right for glyph in self.glyphs if glyph.index >= 0)


def has_rtl(text: str) -> bool:
    """Whether any character of a right-to-left script is in `text`."""
    return not text.isascii() and _RTL.search(text) is not None


def mostly_rtl(text: str) -> bool:
    """Whether the right-to-left letters of `text` outnumber the others."""
    right = sum(1 for char in text if _kind(char) == "R")
    left = sum(1 for char in text if _kind(char) == "L")
    return right > 0 and right > left


def runs(glyphs: Sequence[Glyph], space: float, gap: float) -> Iterator[Run]:
    """Stretches of one line in reading order, cut where `gap` points are blank.

    A blank of more than `space` points between two glyphs counts as a space. Yields the
    rightmost stretch first where the line reads from right to left.
    """
    ordered = _visual(_one_way(glyphs))
    stretches: list[list[Glyph]] = []
    right = -1e9
    for glyph in ordered:
        blank = glyph.char.isspace()
        if not blank and (not stretches or glyph.left - right > gap):
            stretches.append([])
        elif not blank and glyph.left - right > space and not stretches[-1][-1].char.isspace():
            stretches[-1].append(Glyph(" ", right, glyph.left))
        if stretches and not (blank and stretches[-1][-1].char.isspace()):
            stretches[-1].append(Glyph(" ", glyph.left, glyph.left) if blank else glyph)
        if not blank:
            right = max(right, glyph.right)
    rtl = mostly_rtl("".join(glyph.char for glyph in ordered))
    for stretch in reversed(stretches) if rtl else stretches:
        while stretch[-1].char.isspace():
            stretch.pop()
        text, order = _reordered("".join(glyph.char for glyph in stretch), rtl=rtl)
        yield Run(text, tuple(stretch[at] for at in order))


def _one_way(glyphs: Sequence[Glyph]) -> list[Glyph]:
    """Without the right-to-left letters of glyphs that are said to stand for Latin ones too.

    Some producers give a whole cluster's text to its first glyph, over the script's border.
    """
    kinds: dict[tuple[float, float], set[str]] = {}
    for glyph in glyphs:
        kinds.setdefault((glyph.left, glyph.right), set()).add(_kind(glyph.char))
    return [
        glyph
        for glyph in glyphs
        if not {"L", "R"} <= kinds[glyph.left, glyph.right] or _kind(glyph.char) == "L"
    ]


def _visual(glyphs: Sequence[Glyph]) -> list[Glyph]:
    """From left to right; a mark drawn over a letter comes right before it."""
    keyed: list[tuple[float, int, int, Glyph]] = []
    marks: list[tuple[int, Glyph]] = []
    for at, glyph in enumerate(glyphs):
        beside = [*glyphs[max(at - 1, 0) : at], *glyphs[at + 1 : at + 2]]
        # Several characters of one glyph share its box; their order is PDFium's.
        shared = any(other.left == glyph.left and other.right == glyph.right for other in beside)
        if unicodedata.combining(glyph.char) and not shared:
            marks.append((at, glyph))
        else:
            keyed.append((glyph.middle, at, 1, glyph))
    letters = list(keyed)
    for at, mark in marks:
        x = mark.middle
        under = [item for item in letters if item[3].left < x < item[3].right]
        # PDFium cuts the box of a glyph for letter and mark into slices in the right order.
        base = min(under, key=lambda item: abs(item[0] - x), default=(x, at, 0, mark))
        keyed.append((base[0], base[1], 0, mark))
    keyed.sort(key=lambda item: item[:3])
    return [item[3] for item in keyed]


def logical(visual: str, *, rtl: bool) -> str:
    """The text of a line whose characters were read from left to right."""
    return _reordered(visual, rtl=rtl)[0]


def _reordered(visual: str, *, rtl: bool) -> tuple[str, list[int]]:
    levels = _levels(visual, rtl=rtl)
    order = list(range(len(visual)))
    for level in range(max(levels, default=0), 0, -1):
        start = 0
        while start < len(order):
            if levels[order[start]] < level:
                start += 1
                continue
            end = start
            while end < len(order) and levels[order[end]] >= level:
                end += 1
            order[start:end] = reversed(order[start:end])
            start = end
    text = "".join(visual[at] for at in order)
    return _brackets_right(text, [levels[at] for at in order]), order


def _kind(char: str) -> str:
    """`R`, `L`, `N` for digits, `M` for marks, else a blank for what has no direction."""
    direction = unicodedata.bidirectional(char)
    if direction in ("R", "AL"):
        return "R"
    if direction in ("EN", "AN"):
        return "N"
    if direction == "NSM":
        return "M"
    return "L" if direction == "L" else " "


def _levels(visual: str, *, rtl: bool) -> list[int]:
    kinds = _kinds(visual)
    base = 1 if rtl else 0
    levels = [base] * len(kinds)
    for at, kind in enumerate(kinds):
        if kind == "R":
            levels[at] = 1
        elif kind == "L":
            levels[at] = 2 if rtl else 0
        elif kind == "N":
            levels[at] = 2 if rtl or _beside_rtl(kinds, at) else 0
    for found in re.finditer(" +", "".join(kinds)):
        start, end = found.span()
        if start > 0 and end < len(kinds):
            level = _between(kinds[start - 1], kinds[end], levels[start - 1], levels[end], base)
            levels[start:end] = [level] * (end - start)
    return levels


def _kinds(visual: str) -> list[str]:
    """The kind of each character; separators and signs belong to the numbers beside them."""
    kinds = [_kind(char) for char in visual]
    for at in range(len(visual) - 1, -1, -1):
        char = visual[at]
        around = kinds[max(at - 1, 0) : at] + kinds[at + 1 : at + 2]
        if kinds[at] == "M":
            # A mark stands before its letter here, as the letter's other marks may.
            kinds[at] = kinds[at + 1] if at + 1 < len(kinds) else "R"
        elif (around == ["N", "N"] and char in _SEPARATORS) or (
            char in _TERMINATORS and "N" in around
        ):
            kinds[at] = "N"
    return kinds


def _beside_rtl(kinds: Sequence[str], at: int) -> bool:
    """Whether the next strong letter to the right of a number is a right-to-left one."""
    return next((kind for kind in kinds[at:] if kind in "RL"), "L") == "R"


def _between(left: str, right: str, below: int, above: int, base: int) -> int:
    if left == "L" and right in "LN":
        return below
    if left == right == "R" or (base not in (below, above) and "R" in left + right):
        return 1
    return base


def _brackets_right(text: str, levels: Sequence[int]) -> str:
    """Brackets within right-to-left text as they are read, whichever way they were listed.

    PDFium mirrors some and leaves others, so pairs that don't fit are turned in turns.
    """
    if not _misfits(text):
        return text
    swapped = "".join(
        char.translate(_MIRRORED) if level % 2 else char
        for char, level in zip(text, levels, strict=True)
    )
    if not _misfits(swapped):
        return swapped
    for pair in ("()", "[]", "{}"):
        places = [at for at, char in enumerate(text) if char in pair]
        if len(places) % 2 == 0:
            for turn, at in enumerate(places):
                text = text[:at] + pair[turn % 2] + text[at + 1 :]
    return text


def _misfits(text: str) -> int:
    depth = wrong = 0
    for char in text:
        if char in _OPEN:
            depth += 1
        elif char in _CLOSE:
            wrong += depth == 0
            depth = max(depth - 1, 0)
    return wrong + depth
