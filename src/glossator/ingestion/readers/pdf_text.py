"""PDFium's text of one page as spans: stretches of one font with a place on the page.

PDFium keeps its text in content order and knows a box for every character. Asking for all
of them costs more than reading the page itself, so only the ends of stretches are asked
for, by functions bound to plain addresses. Lines with right-to-left letters are the
exception: there the place of every character decides the order (see `bidi`).

Places are in PDF points, the origin at the lower left corner of the page.
"""

from __future__ import annotations

import ctypes
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from glossator.ingestion.readers import bidi
from glossator.ingestion.readers import pdf_calls as calls
from glossator.ingestion.readers.pdf_fonts import PLAIN, Font, described

MAX_CHARS = 400_000
"""Characters of one page that are looked at; a page of a book has 3,000."""

_LINE_END = re.compile("\r\n?|\n|\ufffe|\x02")
_SOFT_END = ("\ufffe", "\x02")
_ADVANCE = 0.75  # More than this of the size per character: there is a gap within the stretch.
_GAP = 1.0  # Blank space of this many sizes parts cells and columns.
_MAX_SIZE = 2_000.0  # Points.
_FAR = 50_000.0  # Points; also keeps out what is no number.
_RTL_SPACE = 0.2  # Of the size; letters that belong together touch.
_TINY = 3


@dataclass(slots=True)
class Span:
    """Text in one font from `x0` to `x1` on the line `base`, `size` points high.

    `starts` says that PDFium saw a line begin here, `spaced` that a
    space stands before it, `rtl` that its order was made from the places of its letters.
    """

    text: str
    x0: float
    x1: float
    base: float
    size: float
    font: Font
    starts: bool = False
    rtl: bool = False
    spaced: bool = False


class TextPage:
    """The text of one open page. The handle stays the caller's to close."""

    def __init__(self, handle: Any) -> None:
        self._handle = ctypes.cast(handle, ctypes.c_void_p).value
        self._fonts: dict[int, Font] = {}
        self._looks: dict[int | None, tuple[float, Font] | None] = {}
        self._rect = np.zeros(4, np.float32)
        self._six = np.zeros(6, np.float32)
        self._two = np.zeros(2, np.float64)
        self._rect_at = self._rect.ctypes.data
        self._six_at = self._six.ctypes.data
        self._two_at = self._two.ctypes.data
        count = max(calls.count_chars(self._handle), 0)
        self.cut = count > MAX_CHARS
        self.text = self._whole(min(count, MAX_CHARS))

    def spans(self) -> list[Span]:
        """All upright stretches of text in content order."""
        return [
            span
            for start, stop, mark in self._lines()
            for span in self._line(start, stop, soft=mark in _SOFT_END)
        ]

    def box(self, at: int) -> tuple[float, float, float, float]:
        """Left, bottom, right and top of a character."""
        calls.loose_box(self._handle, at, self._rect_at)
        left, top, right, bottom = self._rect.tolist()
        return left, bottom, right, top

    def reading(self) -> Iterator[tuple[str, int]]:
        """Every character with its number, in the order in which `spans` has them."""
        for line in self.lines():
            yield from line

    def lines(self) -> Iterator[list[tuple[str, int]]]:
        """The same line by line, as PDFium saw lines begin."""
        for start, stop, _ in self._lines():
            if not bidi.has_rtl(self.text[start:stop]):
                yield [(self.text[at], at) for at in range(start, stop)]
                continue
            sizes = (place[2] for at in range(start, stop) if (place := self._place(at)))
            for run in self._rtl_runs(start, stop, next(sizes, 10.0)):
                yield [(c, g.index) for c, g in zip(run.text, run.glyphs, strict=True)]

    def _lines(self) -> Iterator[tuple[int, int, str]]:
        start = 0
        for found in _LINE_END.finditer(self.text):
            if found.start() > start:
                yield start, found.start(), found[0]
            start = found.end()
        if len(self.text) > start:
            yield start, len(self.text), ""

    def _whole(self, count: int) -> str:
        # One item per character, as the boxes have it, also where a code point is missing or
        # takes two units of UTF-16.
        units = np.zeros(count + 1, np.uint16)
        written = calls.text_of(self._handle, 0, count, units.ctypes.data) if count else 1
        raw = units[:count]
        if written - 1 == count and not ((raw & 0xF800) == 0xD800).any() and raw.all():
            return raw.tobytes().decode("utf-16-le", "replace")
        codes = [calls.unicode_of(self._handle, at) for at in range(count)]
        return "".join(_char(code) for code in codes)

    def _line(self, start: int, stop: int, *, soft: bool) -> Iterator[Span]:
        line = self.text[start:stop]
        if not line.strip():
            return
        tail = "-" if soft and not line.endswith("-") else ""
        if bidi.has_rtl(line):
            yield from self._rtl_line(start, stop)
            return
        spans = self._by_objects(start, stop)
        last: Span | None = None
        for number, span in enumerate(spans):
            span.starts = number == 0
            if last is not None:
                yield last
            last = span
        if last is not None:
            last.text += tail
            yield last

    def _by_objects(self, start: int, stop: int) -> Iterator[Span]:
        """The spans of a line, one or more for each text object on it."""
        tiny = 0
        for begin, end in self._stretches(start, stop):
            if tiny >= _TINY:
                # One object for every letter or two: going by words is much cheaper.
                yield from self._words(begin, stop)
                return
            tiny = tiny + 1 if end - begin < _TINY else 0
            text = self.text[begin:end]
            made = self._span(begin, end)
            if made is None:
                continue
            wide = made.x1 - made.x0 > _ADVANCE * made.size * len(text)
            if wide and " " in text.strip():
                yield from self._words(begin, end)
            else:
                yield made

    def _stretches(self, start: int, stop: int) -> Iterator[tuple[int, int]]:
        """Ranges of characters that one text object of the page holds."""
        last = self._object(stop - 1)
        while start < stop:
            mine = self._object(start)
            if mine == last:
                yield start, stop
                return
            # The end lies within (low, high]: by doubling steps, then by halves.
            low, step = start, 8
            while low + step < stop and self._object(low + step) == mine:
                low, step = low + step, step * 2
            high = min(low + step, stop - 1)
            while high - low > 1:
                middle = (low + high) // 2
                if self._object(middle) == mine:
                    low = middle
                else:
                    high = middle
            yield start, high
            start = high

    def _object(self, at: int) -> int | None:
        """The text object of a character; a space that PDFium made up counts to the one before."""
        return calls.object_of(self._handle, at) or (
            calls.object_of(self._handle, at - 1) if at else None
        )

    def _span(self, begin: int, end: int) -> Span | None:
        text = self.text[begin:end]
        blanks = len(text) - len(text.lstrip())
        begin, text = begin + blanks, text[blanks:]
        bare = text.rstrip()
        if not bare:
            return None
        place = self._place(begin)
        if place is None:
            return None
        x0, base, size, font = place
        calls.loose_box(self._handle, begin + len(bare) - 1, self._rect_at)
        right = float(self._rect[2])
        return Span(text, x0, max(right, x0), base, size, font, spaced=blanks > 0)

    def _words(self, begin: int, end: int) -> Iterator[Span]:
        """Words asked one by one, joined again where font, line and a small gap allow it."""
        current: Span | None = None
        for found in re.finditer(r"\S+\s*", self.text[begin:end]):
            word = self._span(begin + found.start(), begin + found.end())
            if word is None:
                continue
            if current and _joins(current, word):
                current.text += word.text
                current.x1 = word.x1
                continue
            if current:
                yield current
            current = word
        if current:
            yield current

    def _rtl_line(self, start: int, stop: int) -> Iterator[Span]:
        places = (self._place(at) for at in range(start, stop))
        place = next((found for found in places if found is not None), None)
        if place is None:
            return
        _, base, size, font = place
        for number, run in enumerate(self._rtl_runs(start, stop, size)):
            yield Span(run.text, run.left, run.right, base, size, font, number == 0, rtl=True)

    def _rtl_runs(self, start: int, stop: int, size: float) -> Iterator[bidi.Run]:
        """A line with right-to-left letters, put in order by the places of its characters."""
        glyphs: list[bidi.Glyph] = []
        for at in range(start, stop):
            char = self.text[at]
            # A space that PDFium made up has no object, and no place that could be relied on.
            if char in "\x00�" or calls.unmapped(self._handle, at):
                continue
            if char.isspace() and not calls.object_of(self._handle, at):
                continue
            calls.loose_box(self._handle, at, self._rect_at)
            left, _, right, _ = self._rect.tolist()
            glyphs.append(bidi.Glyph(char, left, right, at))
        return bidi.runs(glyphs, _RTL_SPACE * size, 2 * _GAP * size)

    def _look(self, text_object: int | None, at: int) -> tuple[float, Font] | None:
        """Size and font of a character's text object; None where it isn't upright."""
        if text_object in self._looks:
            return self._looks[text_object]
        size = self._size(at)
        pointer = calls.font_of(text_object) if text_object else None
        font = self._fonts.get(pointer, PLAIN) if pointer else PLAIN
        if pointer and font is PLAIN:
            font = self._fonts[pointer] = described(pointer)
        found = self._looks[text_object] = (size, font) if size else None
        return found

    def _size(self, at: int) -> float:
        """The size of an upright character in points, 0 for others."""
        if not calls.matrix_of(self._handle, at, self._six_at):
            return 0.0
        # The matrix is the text object's: good for size and turn, not for a character's place.
        a, b, c, d, _, _ = self._six.tolist()
        # Set on its head or from right to left: nobody prints a book like that.
        if a < 0 or d < 0 or abs(b) > abs(a):
            return 0.0
        size = float(calls.font_size(self._handle, at)) * math.hypot(c, d)
        return size if 0 < size < _MAX_SIZE else 0.0

    def _place(self, at: int) -> tuple[float, float, float, Font] | None:
        """Left, baseline, size and font of a character; None where it isn't upright."""
        look = self._look(self._object(at), at)
        if look is None or not calls.origin_of(self._handle, at, self._two_at, self._two_at + 8):
            return None
        x, y = self._two.tolist()
        return (x, y, *look) if abs(x) < _FAR and abs(y) < _FAR else None


def _joins(first: Span, second: Span) -> bool:
    return (
        first.font is second.font
        and abs(first.size - second.size) < 0.1
        and abs(first.base - second.base) < 0.5
        and -second.size < second.x0 - first.x1 < _GAP * second.size
    )


def _char(code: int) -> str:
    return "�" if code > 0x10FFFF or 0xD800 <= code <= 0xDFFF or code == 0 else chr(code)
