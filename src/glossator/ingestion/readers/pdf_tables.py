"""Tables that have no rules we could rely on: lines whose cells stand in the same columns."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

from glossator.ingestion.pieces import markdown_table
from glossator.ingestion.readers.pdf_lines import Cell, Line

_LEADERS = re.compile(r"(?:[ ]?[.·…]){4,}[ ]?")
_PAGE = re.compile(r"[0-9٠-٩۰-۹]{1,5}|[ivxlc]{1,6}")
_MAX_COLUMNS = 20
_MEAN_CELL = 60  # Characters; longer ones are columns of prose.
_FILLED = 0.6


def table_end(lines: Sequence[Line], start: int) -> int:
    """Where the run of lines ends that may be a table; `start` where none begins there."""
    if len(lines[start].cells) < 2 or lines[start].mono:
        return start
    end = start + 1
    last = start
    while end < len(lines):
        line = lines[end]
        pitch = lines[end - 1].base - line.base
        if not 0 <= pitch <= 3.0 * line.size or line.mono:
            break
        if len(line.cells) >= 2:
            last = end
        elif end - last > 1 or not _under(line, lines[last]):
            break
        end += 1
    return last + 1


def _under(line: Line, above: Line) -> bool:
    """Whether a line of one cell may go on with a cell of the line above, or name its rows."""
    return line.x1 - line.x0 < 0.6 * max(above.x1 - above.x0, 1.0)


def is_contents(lines: Sequence[Line]) -> bool:
    """Whether these lines are a table of contents: every one ends in a page, rising."""
    pages: list[int] = []
    leaders = 0
    for line in lines:
        leaders += has_leaders(line)
        bare = line.text.split()[-1] if line.text.split() else ""
        if not _PAGE.fullmatch(bare):
            return leaders * 2 > len(lines)
        if bare.isdecimal():
            pages.append(int(bare))
    rising = all(a <= b for a, b in pairwise(pages))
    return leaders * 2 > len(lines) or (rising and len(lines) >= 3 and len(lines[0].cells) <= 3)


def has_leaders(line: Line) -> bool:
    """Whether a row of dots leads to the line's end, as in a table of contents."""
    text = line.text
    return ("..." in text or ". ." in text) and _LEADERS.search(text) is not None


def without_leaders(text: str) -> str:
    """A line of a table of contents without its row of dots."""
    return _LEADERS.sub(" … ", text).strip(" …")


def as_table(lines: Sequence[Line]) -> str | None:
    """The lines as a Markdown table, None where their cells don't stand in columns."""
    usual = Counter(len(line.cells) for line in lines if len(line.cells) > 1)
    if not usual or sum(usual.values()) < (2 if max(usual) > 2 else 3):
        return None
    columns = _columns(lines, max(usual, key=lambda cells: (usual[cells] * cells, cells)))
    if not 2 <= len(columns) <= _MAX_COLUMNS:
        return None
    rows: list[list[str]] = []
    for line in lines:
        row = [""] * len(columns)
        for cell in line.cells:
            at = _column_of(cell, columns)
            row[at] = f"{row[at]} {cell.text}".strip()
        if line.rtl:
            row.reverse()
        filled = [at for at, text in enumerate(row) if text]
        if rows and len(filled) == 1 and filled[0] and rows[-1][filled[0]]:
            rows[-1][filled[0]] += " " + row[filled[0]]
        else:
            rows.append(row)
    cells = [text for row in rows for text in row if text]
    good = sum(1 for row in rows if sum(map(bool, row)) >= 2)
    if len(rows) < 2 or good < _FILLED * len(rows):
        return None
    if sum(map(len, cells)) > _MEAN_CELL * len(cells):
        return None
    return markdown_table(rows)


def _columns(lines: Sequence[Line], usual: int) -> list[tuple[float, float]]:
    """The stretches of the page's width that cells cover, from the left."""
    spans = sorted(
        (cell.x0, cell.x1) for line in lines if len(line.cells) >= usual for cell in line.cells
    )
    columns: list[list[float]] = []
    for x0, x1 in spans:
        if columns and x0 < columns[-1][1]:
            columns[-1][1] = max(columns[-1][1], x1)
        else:
            columns.append([x0, x1])
    return [(x0, x1) for x0, x1 in columns]


def _column_of(cell: Cell, columns: Sequence[tuple[float, float]]) -> int:
    overlaps = [min(cell.x1, x1) - max(cell.x0, x0) for x0, x1 in columns]
    return max(range(len(columns)), key=lambda at: overlaps[at])
