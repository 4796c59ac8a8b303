"""Lines of a column -> paragraphs, items of lists, listings and tables, still with their lines."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from glossator.ingestion.readers.pdf_lines import Line
from glossator.ingestion.readers.pdf_tables import as_table, has_leaders, is_contents, table_end

_BULLET = re.compile(r"[•●◦▪▫■□‣⁃∙·○➢➤✓◆–—*-]\s+(?=\S)")
_NUMBER = re.compile(r"(?:\(?(?:\d{1,3}|[a-zA-Z]|[ivx]{1,5})[.)]|[۰-۹٠-٩]{1,3}[.)۔-])\s+(?=\S)")
_LONE_MARK = re.compile(r"(?:[•●◦▪▫■□‣⁃∙○➢➤✓◆–—*-]|\(?(?:\d{1,3}|[a-z]|[ivx]{1,5})[.)])")
NOTE_MARKS = tuple("⁰¹²³⁴⁵⁶⁷⁸⁹†‡")
"""What a footnote begins with."""

_ENDS = tuple('.!?:;۔؟।。…"”')


@dataclass(slots=True)
class Paragraph:
    """A block in the making.

    `kind` is `text`, `item`, `code`, `table`, `contents`, or `heading` once `depth` is known.
    `table` is the finished Markdown of a table, `marker` what an item begins with,
    `fresh` says that a column of the page begins with it.
    """

    kind: str
    page: int
    lines: list[Line]
    marker: str = ""
    table: str = ""
    depth: int = 0
    fresh: bool = False

    @property
    def size(self) -> float:
        """Of the first line, in points."""
        return self.lines[0].size

    @property
    def bold(self) -> bool:
        """Whether every line is bold."""
        return all(line.bold for line in self.lines)


@dataclass(frozen=True, slots=True)
class Measures:
    """What is usual in a document: `size` of the text, `pitch` of its lines in sizes."""

    size: float
    pitch: float


def measures(pages: Sequence[Sequence[Sequence[Line]]]) -> Measures:
    """The commonest size by characters, and the commonest distance of its lines."""
    sizes: dict[float, int] = {}
    for page in pages:
        for column in page:
            for line in column:
                rounded = round(line.size * 2) / 2
                sizes[rounded] = sizes.get(rounded, 0) + len(line.text)
    size = max(sizes, key=lambda each: (sizes[each], each), default=10.0)
    pitches = [
        (above.base - below.base) / size
        for page in pages
        for column in page
        for above, below in pairwise(column)
        if abs(above.size - size) < 0.5 and abs(below.size - size) < 0.5
    ]
    usual = [pitch for pitch in pitches if 0.9 <= pitch <= 2.6]
    return Measures(size, float(np.median(usual)) if usual else 1.2)


def paragraphs(column: Sequence[Line], page: int, usual: Measures) -> Iterator[Paragraph]:
    """The paragraphs of one column of a page."""
    edges = _Edges.of(column)
    at = 0
    current: Paragraph | None = None
    fresh = True
    while at < len(column):
        end = table_end(column, at)
        made = _tabular(column[at:end], page) if end > at + 1 else None
        if made is None and has_leaders(column[at]):
            end = next(
                (n for n in range(at, len(column)) if not has_leaders(column[n])), len(column)
            )
            made = Paragraph("contents", page, list(column[at:end]))
        if made:
            if current:
                yield current
                current = None
            yield made
            at, fresh = end, False
            continue
        line = column[at]
        after = column[at + 1] if at + 1 < len(column) else None
        marker = _marker(line, edges)
        if current is not None and not marker and _continues(current, line, after, edges, usual):
            current.lines.append(line)
        else:
            if current:
                yield current
            kind = "item" if marker else "code" if line.mono else "text"
            current = Paragraph(kind, page, [line], marker, fresh=fresh)
            fresh = False
        at += 1
    if current:
        yield current


def _tabular(lines: Sequence[Line], page: int) -> Paragraph | None:
    # A list whose marks stand apart from its text looks like a table of two columns.
    if sum(1 for line in lines if _LONE_MARK.fullmatch(_first(line))) * 2 >= len(lines):
        return None
    if is_contents(lines):
        return Paragraph("contents", page, list(lines))
    table = as_table(lines)
    return Paragraph("table", page, list(lines), table=table) if table else None


def _first(line: Line) -> str:
    return line.cells[0].text


def _marker(line: Line, edges: _Edges) -> str:
    if line.mono:
        return ""
    found = _BULLET.match(line.text)
    if found:
        return "-"
    found = _NUMBER.match(line.text)
    if found and (len(line.text) > len(found[0]) + 1):
        mark = found[0].strip()
        # "A. Smith" in the middle of a sentence begins a line now and then.
        return mark if not mark[0].isupper() or edges.indented(line) else ""
    return ""


@dataclass(frozen=True, slots=True)
class _Edges:
    left: float
    right: float

    @classmethod
    def of(cls, column: Sequence[Line]) -> _Edges:
        prose = [line for line in column if len(line.cells) == 1] or list(column)
        return cls(
            float(np.percentile([line.x0 for line in prose], 10)),
            float(np.percentile([line.x1 for line in prose], 90)),
        )

    def indented(self, line: Line) -> bool:
        if line.rtl:
            return self.right - line.x1 > 0.8 * line.size
        return line.x0 - self.left > 0.8 * line.size


def _continues(
    current: Paragraph, line: Line, after: Line | None, edges: _Edges, usual: Measures
) -> bool:
    last = current.lines[-1]
    fall = last.base - line.base
    large = max(last.size, line.size)
    if abs(last.size - line.size) > 0.12 * large or fall <= 0:
        return False
    if current.kind == "code":
        return line.mono and fall < 3.2 * line.size
    if fall > 1.25 * usual.pitch * large + 0.5 or _looks_new(current, line, fall, usual):
        return False
    if _stops(last, line, edges):
        return False
    if current.kind == "item":
        return _hangs(current.lines[0], line)
    return not _steps(current, last, line, after)


def _looks_new(current: Paragraph, line: Line, fall: float, usual: Measures) -> bool:
    last = current.lines[-1]
    # A bold word may fill a line of its own; a bold line before plain text is a heading.
    if last.bold != line.bold and (current.bold or line.bold):
        return True
    # A paragraph whose line happens to hold a file's name alone goes on.
    far = fall > 1.1 * usual.pitch * max(last.size, line.size)
    if line.mono and (far or last.text.endswith((".", ":"))):
        return True
    return line.text.startswith(NOTE_MARKS)


def _hangs(first: Line, line: Line) -> bool:
    if line.rtl:
        return line.x1 < first.x1 + 0.5 * line.size
    return line.x0 > first.x0 - 0.5 * line.size


def _steps(current: Paragraph, last: Line, line: Line, after: Line | None) -> bool:
    """Whether a line is set in or out against the one above as a new paragraph's first is."""
    size = line.size
    left, right = line.x0 - last.x0, last.x1 - line.x1
    if abs(left - right) < size and abs(left) > size:
        return False  # Centred lines step on both sides.
    inset = right if line.rtl else left
    if inset < -0.8 * size:
        return len(current.lines) > 1
    if inset <= 0.8 * size:
        return False
    if len(current.lines) > 1 or after is None:
        return True
    if last.bold and line.bold and not after.bold:
        return False  # The second line of a numbered heading stands below its words.
    # One line and then lines set in alike: a hanging indent, not a new paragraph.
    back = after.x1 - line.x1 if line.rtl else line.x0 - after.x0
    return back > 0.5 * size


def _stops(last: Line, line: Line, edges: _Edges) -> bool:
    """Whether the line above ends early although the next word had room there."""
    room = last.x0 - edges.left if line.rtl else edges.right - last.x1
    word = line.text.split(" ", 1)[0]
    width = (line.x1 - line.x0) * len(word) / max(len(line.text), 1)
    if room < width + line.size:
        return False
    begins = word[:1].isupper() or not word[:1].isalpha() or line.rtl
    return last.text.rstrip().endswith(_ENDS) and begins
