"""A text set as a printed course: pages with running heads, headings by size alone, no outline."""

from __future__ import annotations

import textwrap

from format_maker import Part, Text
from glossator.library.content import BlockKind
from glossator.library.plain import plain
from pdf_maker import Page, make_pdf
from pdf_maker import Text as Line

_LEFT, _TOP, _BOTTOM = 72.0, 770.0, 80.0
_BODY = 10.5
_SIZES = {1: 22.0, 2: 15.0, 3: 12.5}
# Columns of Helvetica at the body's size between the margins, half an em each.
_COLUMNS = 84


class Layout:
    """Puts lines below each other, and begins a new page where one is full."""

    def __init__(self) -> None:
        self.pages: list[list[Line]] = []
        self._y = 0.0
        self._head = ""

    def chapter(self, title: str) -> None:
        """Begin a chapter on a page of its own."""
        self._head = title
        self._page()

    def add(self, part: Part) -> None:
        """Set one part of the text."""
        if part.kind is BlockKind.HEADING:
            size = _SIZES.get(part.depth, 11.5)
            self._lines([part.words], size, font="B", above=1.6 * size)
        elif part.kind is BlockKind.CODE:
            self._lines(part.code.split("\n"), 9.0, font="C", x=_LEFT + 12)
        elif part.kind is BlockKind.MATH:
            self._lines(part.code.split("\n"), _BODY, x=_LEFT + 60)
        elif part.kind is BlockKind.LIST:
            self._list(part)
        elif part.kind is BlockKind.TABLE:
            self._table(part)
        else:
            self._lines(textwrap.wrap(words_of(part.markdown), _COLUMNS), _BODY)

    def _list(self, part: Part) -> None:
        self._gap(6)
        for number, (level, numbered, markdown) in enumerate(part.items, 1):
            mark = f"{number}." if numbered else "•"
            lines = textwrap.wrap(words_of(markdown), _COLUMNS - 6 - 3 * level)
            x = _LEFT + 14 + 16 * level
            for at, line in enumerate(lines):
                self._step(1.25 * _BODY)
                if at == 0:
                    self._put(x - 14, mark, _BODY)
                self._put(x, line, _BODY)

    def _table(self, part: Part) -> None:
        self._gap(6)
        rows = [[words_of(cell) for cell in row] for row in part.rows]
        width = 450 / max(len(row) for row in rows)
        for number, row in enumerate(rows):
            self._gap(3)
            cells = [textwrap.wrap(cell, max(8, int(width / 5))) or [""] for cell in row]
            for at in range(max(len(cell) for cell in cells)):
                self._step(1.2 * 9.5)
                for column, cell in enumerate(cells):
                    if at < len(cell):
                        font = "B" if number == 0 else "H"
                        self._put(_LEFT + column * width, cell[at], 9.5, font)

    def _lines(
        self, lines: list[str], size: float, *, font: str = "H", x: float = _LEFT, above: float = 7
    ) -> None:
        self._gap(above)
        for line in lines:
            self._step(1.25 * size)
            self._put(x, line, size, font)

    def _gap(self, points: float) -> None:
        self._y -= points

    def _step(self, points: float) -> None:
        self._y -= points
        if self._y < _BOTTOM:
            self._page()
            self._y -= points

    def _put(self, x: float, text: str, size: float, font: str = "H") -> None:
        if text:
            printable = text.encode("cp1252", "ignore").decode("cp1252") == text
            self.pages[-1].append(Line(x, self._y, text, size, font if printable else "U"))

    def _page(self) -> None:
        number = len(self.pages) + 1
        self.pages.append([Line(_LEFT, 805, self._head, 9), Line(290, 40, str(number), 9)])
        self._y = _TOP


def words_of(markdown: str) -> str:
    """The words as they are printed; formulas too."""
    return plain(markdown) if markdown else ""


def pdf(text: Text) -> bytes:
    """The text as a PDF file of A4 pages."""
    layout = Layout()
    for chapter in text:
        layout.chapter(chapter[0].words)
        for part in chapter:
            layout.add(part)
    return make_pdf([Page(texts) for texts in layout.pages], title="A course")
