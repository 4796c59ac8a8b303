"""Spans to segments, and segments to the lines of a column with their cells."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from glossator.ingestion.readers.pdf_text import Span
from glossator.ingestion.readers.pdf_unicode import readable

_RAISED = str.maketrans("0123456789+-()n", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁽⁾ⁿ")
_NUMBER = re.compile(r"\d{1,4}")
_SCRIPT = 0.85  # Smaller than this share of its line's size: a superscript or a subscript.
_SPACE = 0.15
_RAISED_GAP = 0.4
_CELL = 1.0
_MONO_ADVANCE = 0.6


@dataclass(slots=True)
class Segment:
    """Text on one baseline without a wide gap; `chars` of its characters bold or typewriter."""

    text: str
    x0: float
    x1: float
    base: float
    size: float
    chars: int
    bold: int
    mono: int
    rtl: bool = False


@dataclass(slots=True)
class Cell:
    """A part of a line with a wide gap before and after it."""

    text: str
    x0: float
    x1: float


@dataclass(slots=True)
class Line:
    """A line of a column: where it stands (points), how it looks, and its cells from the left."""

    text: str
    x0: float
    x1: float
    base: float
    size: float
    bold: bool
    mono: bool
    rtl: bool
    cells: list[Cell] = field(default_factory=list)


def segments(spans: Iterable[Span]) -> list[Segment]:
    """Spans joined in content order as long as they go on along the same line."""
    found: list[Segment] = []
    current: Segment | None = None
    for span in spans:
        if current is not None and not span.rtl and not current.rtl and _goes_on(current, span):
            _append(current, span)
            continue
        current = _segment(span)
        found.append(current)
    for segment in found:
        segment.text = readable(segment.text)
    return [segment for segment in found if segment.text and not segment.text.isspace()]


def _segment(span: Span) -> Segment:
    chars = len(span.text)
    return Segment(
        span.text, span.x0, span.x1, span.base, span.size, chars,
        chars if span.font.bold else 0, chars if span.font.mono else 0, span.rtl,
    )  # fmt: skip


def _goes_on(current: Segment, span: Span) -> bool:
    size = max(current.size, span.size)
    gap = span.x0 - current.x1
    if not -0.5 * size < gap < _CELL * size:
        return False
    rise = span.base - current.base
    if abs(rise) <= 0.15 * size:
        return True
    # Letters set higher or lower within a word, such as TeX's own name, touch the others.
    if abs(rise) < 0.3 * size and gap < 0.05 * size:
        return True
    return min(current.size, span.size) < _SCRIPT * size and -0.45 * size < rise < 0.65 * size


def _append(current: Segment, span: Span) -> None:
    text, rise = span.text, span.base - current.base
    bare = text.strip()
    script = span.size < _SCRIPT * current.size and rise > 0.15 * current.size
    gap = span.x0 - current.x1
    if script and _NUMBER.fullmatch(bare) and gap < _RAISED_GAP * current.size:
        current.text = current.text.rstrip()
        text = text.replace(bare, bare.translate(_RAISED))
    elif not current.text[-1:].isspace() and (span.spaced or gap > _SPACE * span.size):
        current.text += " "
    chars = len(span.text)
    begun = _NUMBER.fullmatch(current.text.strip()) and span.size * _SCRIPT > current.size
    if begun or (span.size > current.size and chars >= current.chars):
        # What began with a small mark is a line of the larger size.
        current.text = _raised_start(current.text)
        current.size, current.base = span.size, span.base
    current.text += text
    current.x1 = max(current.x1, span.x1)
    current.chars += chars
    current.bold += chars if span.font.bold else 0
    current.mono += chars if span.font.mono else 0


def _raised_start(text: str) -> str:
    bare = text.strip()
    return bare.translate(_RAISED) + " " if _NUMBER.fullmatch(bare) else text


def lines(parts: Sequence[Segment]) -> list[Line]:
    """The lines of one column from the top down."""
    rows: list[list[Segment]] = []
    for segment in sorted(parts, key=lambda part: -part.base):
        if rows and _same_row(rows[-1], segment):
            rows[-1].append(segment)
        else:
            rows.append([segment])
    return [_line(row) for row in rows]


def _same_row(row: Sequence[Segment], segment: Segment) -> bool:
    main = max(row, key=lambda part: part.size)
    fall = abs(main.base - segment.base)
    small, large = sorted((main.size, segment.size))
    if fall <= 0.2 * large:
        return True
    if small < _SCRIPT * large and fall < 0.6 * large:
        # A raised or lowered mark that stands beside the text of the row.
        return any(
            -0.3 * large < segment.x0 - part.x1 < large or -large < segment.x1 - part.x0 < 0.3
            for part in row
        )
    return False


def _line(row: list[Segment]) -> Line:
    main = max(row, key=lambda part: (part.chars, part.size))
    rtl = sum(part.chars for part in row if part.rtl) * 2 > sum(part.chars for part in row)
    chars = sum(part.chars for part in row) or 1
    mono = sum(part.mono for part in row) >= 0.9 * chars
    row.sort(key=lambda part: part.x0, reverse=rtl)
    cells: list[Cell] = []
    text = ""
    end = 0.0
    for part in row:
        gap = (end - part.x1 if rtl else part.x0 - end) if cells else 0.0
        bare = part.text.strip()
        if part.size < _SCRIPT * main.size and part.base > main.base + 0.15 * main.size:
            bare = bare.translate(_RAISED) if _NUMBER.fullmatch(bare) else bare
        if cells and gap < _CELL * main.size:
            joint = "" if gap < _SPACE * main.size and not part.rtl else " "
            cells[-1].text += joint + bare
            cells[-1].x0 = min(cells[-1].x0, part.x0)
            cells[-1].x1 = max(cells[-1].x1, part.x1)
        else:
            blanks = max(round(gap / (_MONO_ADVANCE * main.size)), 1) if mono else 1
            joint = " " * blanks if cells else ""
            cells.append(Cell(bare, part.x0, part.x1))
        text += joint + bare
        end = part.x0 if rtl else part.x1
    return Line(
        text, min(part.x0 for part in row), max(part.x1 for part in row), main.base, main.size,
        sum(part.bold for part in row) >= 0.9 * chars, mono, rtl, cells,
    )  # fmt: skip
