"""The structure of a block with marks, and its numbers: what a good text shares with its source.

Pure. The structure is that of Markdown's blocks (lists, items, tables, headings) without their
words; each run of words in it is a slot, and a mark may move within its slot only.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from dataclasses import dataclass

from markdown_it import MarkdownIt

from glossator.adaptation.protect import MARK, marks_in
from glossator.library.content import BlockKind

_NUMBER = re.compile(r"\d+(?:[.,٫٬'’\u00a0\u202f]\d+)*")
_ITEM_NUMBER = re.compile(r"^[ \t]*\d{1,9}[.)]", re.MULTILINE)
_THOUSANDS = re.compile(r"\d{1,3}(?:\D\d{3})+")
_CELLS = re.compile(r"(?<!\\)\|")
_NAMED = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
    "sixteen seventeen eighteen nineteen twenty"
).split()
_ALSO = {
    "first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "once": 1, "twice": 2, "both": 2,
    "half": 2, "thirty": 30, "forty": 40, "fifty": 50, "hundred": 100, "thousand": 1000,
    "million": 1_000_000, "double": 2, "single": 1, "pair": 2, "dozen": 12, "an": 1, "a": 1,
}  # fmt: skip
_WORD = re.compile(r"[a-z]+")


@dataclass(frozen=True, slots=True)
class Shape:
    """`frame` is the structure's parts in order, `slots` the marks of each run of words."""

    frame: tuple[str, ...]
    slots: tuple[tuple[str, ...], ...]


class Shapes:
    """Reads shapes; one parser for all texts of a run."""

    def __init__(self) -> None:
        parser = MarkdownIt("commonmark", {"html": False}).enable("table")
        self._parser = parser.disable(["code", "reference", "lheading"])

    def of(self, text: str, kind: BlockKind) -> Shape:
        """The shape of a block, or of a piece of one."""
        if kind is BlockKind.TABLE:
            return _table(text)
        frame: list[str] = []
        slots: list[tuple[str, ...]] = []
        for token in self._parser.parse(text):
            if token.type == "inline":
                slots.append(marks_in(token.content))
            elif token.nesting >= 0:
                start = f"@{token.attrs.get('start', 1)}" if token.tag == "ol" else ""
                frame.append(f"{token.level} {token.type} {token.tag}{start}")
        return Shape(tuple(frame), tuple(slots))


def _table(text: str) -> Shape:
    """Row by row and cell by cell: a piece of a table is no table to a parser."""
    frame: list[str] = []
    slots: list[tuple[str, ...]] = []
    for line in text.strip().split("\n"):
        cells = _CELLS.split(line.strip())
        rule = "rule" if not re.search(r"[^\s|:-]", line) else "row"
        frame.append(f"{rule} {len(cells)}")
        slots += [marks_in(cell) for cell in cells]
    return Shape(tuple(frame), tuple(slots))


def numbers(text: str) -> Counter[str]:
    """The numbers of a text outside of its marks, in European digits, without separators of
    thousands; those of a list's items aside.
    """
    bare = _ITEM_NUMBER.sub("", MARK.sub(" ", text))
    return Counter(_plain(match[0]) for match in _NUMBER.finditer(bare))


def wrong_numbers(source: str, said: str) -> str | None:
    """What is wrong with the numbers of `said`, in words; None where nothing is.

    A number that the source writes out in English words may stand there in digits.
    """
    wanted, found = numbers(source), numbers(said)
    missing = wanted - found
    spelled = {str(value) for word, value in _spelled().items() if word in _words_of(source)}
    extra = Counter({n: c for n, c in (found - wanted).items() if n not in spelled})
    told = [f"{number} is missing" for number in missing]
    told += [f"{number} doesn't stand in the text" for number in extra]
    return "; ".join(told) or None


def _spelled() -> dict[str, int]:
    return {**{word: value for value, word in enumerate(_NAMED)}, **_ALSO}


def _words_of(source: str) -> frozenset[str]:
    return frozenset(_WORD.findall(source.lower()))


def _plain(number: str) -> str:
    digits = "".join(
        str(unicodedata.digit(sign, -1)) if sign.isdigit() and unicodedata.digit(sign, -1) >= 0
        else sign
        for sign in number
    )  # fmt: skip
    if _THOUSANDS.fullmatch(digits):
        return re.sub(r"\D", "", digits)
    return re.sub(r"\D", ".", digits)
