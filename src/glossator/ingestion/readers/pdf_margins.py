"""What stands at the top or the foot of page after page: running heads, feet, page numbers."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence

from glossator.ingestion.readers.pdf_lines import Line

_DIGITS = re.compile(r"[0-9٠-٩۰-۹]+")
_ROMAN = re.compile(r"[ivxlcdm]{1,8}", re.IGNORECASE)
_PAGE_NUMBER = re.compile(
    r"(?:page|seite|p\.|صفحہ|صفحة)?\s*[-–—|·\[(]*\s*([0-9٠-٩۰-۹]{1,5})\s*[-–—|·\])]*"
    r"(?:\s*(?:of|/|von|از|من)\s*[0-9٠-٩۰-۹]{1,5})?",
    re.IGNORECASE,
)
_LOOKED_AT = 3  # Lines at either end of a page.
_REPEATS = 3
_WINDOW = 6  # Pages before and after; a chapter's running head ends with the chapter.
_HEAD_WORDS = 16
_NEAR = 4.0  # Points that the place of a running head may differ from page to page.

Columns = Sequence[Sequence[Line]]
_Places = dict[tuple[str, int], set[int]]


def without_margins(pages: Sequence[Columns]) -> list[list[list[Line]]]:
    """The pages' columns of lines without running heads, feet and page numbers.

    From the edge inwards a line goes if the same words, numbers apart, stand at the same
    height on two pages near it (on the other one of a document of two), or if it is nothing
    but the page's number. The first line that stays ends the search.
    """
    ends = [_ends(page) for page in pages]
    places: _Places = defaultdict(set)
    for number, sides in enumerate(ends):
        for line in (*sides[0], *sides[1]):
            for step in (0, 1):
                places[_key(line), round(line.base / _NEAR) + step].add(number)
    offsets = _numbering(ends)
    needed = min(_REPEATS, max(len(pages), 2))
    kept: list[list[list[Line]]] = []
    for number, (page, sides) in enumerate(zip(pages, ends, strict=True)):
        gone: set[int] = set()
        for side in sides:
            for at, line in enumerate(side):
                repeated = _repeated(line, number, places, needed)
                if not repeated and not _is_number(line, number, offsets, first=at == 0):
                    break
                gone.add(id(line))
        columns = [[line for line in column if id(line) not in gone] for column in page]
        kept.append([column for column in columns if column])
    return kept


def _ends(page: Columns) -> tuple[list[Line], list[Line]]:
    """The first lines from the top down and the last ones from the foot up."""
    every = sorted((line for column in page for line in column), key=lambda line: -line.base)
    half = (len(every) + 1) // 2
    return every[: min(_LOOKED_AT, half)], every[::-1][: min(_LOOKED_AT, len(every) - half)]


def _key(line: Line) -> str:
    bare = _DIGITS.sub("#", line.text).strip().casefold()
    return "#" if _ROMAN.fullmatch(bare) else bare


def _repeated(line: Line, page: int, places: _Places, needed: int) -> bool:
    key = _key(line)
    if key != "#" and not any(char.isalpha() for char in key):
        return False
    near = range(page - _WINDOW, page + _WINDOW + 1)
    return any(
        sum(1 for other in near if other in places[key, round(line.base / _NEAR) + step]) >= needed
        for step in (0, 1)
    )


def _value(line: Line) -> int | None:
    found = _PAGE_NUMBER.fullmatch(line.text.strip())
    return int(found[1]) if found else None


def _outer(line: Line) -> set[int]:
    """The numbers that a line begins or ends with, beside other words."""
    words = line.text.split()
    if not 2 <= len(words) <= _HEAD_WORDS:
        return set()
    return {int(word) for word in (words[0], words[-1]) if word.isdecimal() and len(word) < 6}


def _numbering(ends: Sequence[tuple[list[Line], list[Line]]]) -> tuple[set[int], set[int]]:
    """What to add to the index of a page for its printed number, if the pages agree on it.

    For numbers that stand alone, and for those at either end of a running head.
    """
    alone: Counter[int] = Counter()
    beside: Counter[int] = Counter()
    for number, sides in enumerate(ends):
        lines = (*sides[0], *sides[1])
        values = (_value(line) for line in lines)
        alone.update({value - number for value in values if value is not None})
        beside.update({value - number for side in sides for value in _outer_of(side)})
    few = len(ends) < _REPEATS
    return (
        {offset for offset, n in alone.items() if n >= _REPEATS or (few and offset == 1)},
        {offset for offset, n in beside.items() if n >= max(_REPEATS, 0.3 * len(ends))},
    )


def _outer_of(side: Sequence[Line]) -> set[int]:
    return _outer(side[0]) if side else set()


def _is_number(line: Line, page: int, offsets: tuple[set[int], set[int]], *, first: bool) -> bool:
    value = _value(line)
    if value is not None:
        return value - page in offsets[0]
    return first and any(number - page in offsets[1] for number in _outer(line))
