"""Where on a page a quotation stands, for highlighting it in a viewer."""

from __future__ import annotations

import ctypes
import unicodedata
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pypdfium2.raw as pdfium

from glossator.ingestion.readers.pdf_file import PDFIUM, opened, text_page
from glossator.ingestion.readers.pdf_text import TextPage
from glossator.ingestion.sources import SourceError

Rectangle = tuple[float, float, float, float]

_PART = 20  # Letters and digits that a part of a quotation has at least.
_FINE = 1_000_000  # Steps that a page is divided into when turned into fractions.


def quote_rectangles(path: Path, page: int, quote: str) -> list[Rectangle]:
    """(x0, y0, x1, y1) of every line of `quote` on the 1-based `page`; empty where it isn't there.

    In PDF points, the origin at the lower left of the page as it is before any rotation, y
    growing upwards. Only letters and digits are compared, without regard to case and form:
    hyphens, ligatures and white space don't matter. Of a quotation that runs over the page's
    end the part on this page is found. Raises `SourceError` like `read`. Like `read` it takes
    a file that may be hostile: call it where that one is called.
    """
    with PDFIUM, opened(path) as document:
        loaded = page_of(document, path, page)
        try:
            return _found(loaded, quote)
        finally:
            pdfium.FPDF_ClosePage(loaded)


def quote_fractions(path: Path, page: int, quote: str) -> list[Rectangle]:
    """The same as (x, y, width, height) in fractions of the page as shown.

    After rotation and cropping, the origin at the upper left.
    """
    with PDFIUM, opened(path) as document:
        loaded = page_of(document, path, page)
        try:
            return [fraction(loaded, rectangle) for rectangle in _found(loaded, quote)]
        finally:
            pdfium.FPDF_ClosePage(loaded)


def quote_pages(path: Path, wanted: Sequence[tuple[int, str]]) -> list[tuple[int, list[Rectangle]]]:
    """The same for several quotations, each from the 1-based page it begins on; by page.

    What of a quotation isn't found there is looked for on the next page, where it is long enough
    that nothing else reads like it. Every page named is there, also with no rectangle.
    """
    pages: dict[int, list[Rectangle]] = {}
    with PDFIUM, opened(path) as document:
        count = pdfium.FPDF_GetPageCount(document)
        for page, quote in wanted:
            long = sum(char.isalnum() for char in quote) >= _PART
            for number in (page, page + 1) if long and page < count else (page,):
                loaded = page_of(document, path, number)
                try:
                    rectangles, whole = _located(loaded, quote)
                    places = [fraction(loaded, each) for each in rectangles]
                finally:
                    pdfium.FPDF_ClosePage(loaded)
                if number == page or places:
                    pages.setdefault(number, []).extend(places)
                if whole:
                    break
    return sorted(pages.items())


def page_of(document: Any, path: Path, page: int) -> Any:
    """The 1-based `page` of an open document, loaded; raises `SourceError`."""
    if not 1 <= page <= pdfium.FPDF_GetPageCount(document):
        raise SourceError(path.name, f"It has no page {page}.")
    loaded = pdfium.FPDF_LoadPage(document, page - 1)
    if not loaded:
        raise SourceError(path.name, f"Page {page} can't be read: it is damaged.")
    return loaded


def _found(page: Any, quote: str) -> list[Rectangle]:
    return _located(page, quote)[0]


def _located(page: Any, quote: str) -> tuple[list[Rectangle], bool]:
    """The rectangles on a page, and whether all of the quotation stands there."""
    wanted, _ = _letters((char, 0) for char in quote)
    with text_page(page) as text:
        if text is None or not wanted:
            return [], not wanted
        there, places = _letters(text.reading())
        parts = _parts(there, wanted)
        chars: list[int] = []
        for start, end in parts:
            chars += places[start:end]
        whole = sum(end - start for start, end in parts) >= len(wanted)
        return _rectangles(text, chars), whole


def _letters(chars: Any) -> tuple[str, list[int]]:
    """Letters and digits folded, and for each the number of the character that it came from."""
    folded: list[str] = []
    places: list[int] = []
    for char, at in chars:
        plain = char if char.isascii() else unicodedata.normalize("NFKC", char)
        for each in plain.casefold():
            if each.isalnum():
                folded.append(each)
                places.append(at)
    return "".join(folded), places


def _parts(there: str, wanted: str) -> list[tuple[int, int]]:
    """Where `wanted` stands: in one place, or in long parts in their order.

    A running foot or another column may stand between two parts, and what comes first or last
    may stand on another page.
    """
    whole = there.find(wanted)
    if whole >= 0:
        return [(whole, whole + len(wanted))]
    found: list[tuple[int, int]] = []
    begin = _tail(there, wanted)
    rest = wanted[begin:] if begin is not None else wanted
    while len(rest) >= _PART or (found and len(rest) >= _PART // 2):
        size = _longest(there, rest)
        if size < min(_PART, len(rest)):
            break
        at = there.find(rest[:size], found[-1][1] if found else 0)
        at = there.find(rest[:size]) if at < 0 else at
        found.append((at, at + size))
        rest = rest[size:]
    return found


def _longest(there: str, wanted: str) -> int:
    low, high = 0, len(wanted)
    while low < high:
        middle = (low + high + 1) // 2
        if wanted[:middle] in there:
            low = middle
        else:
            high = middle - 1
    return low


def _tail(there: str, wanted: str) -> int | None:
    """Where the part of `wanted` begins that stands here, if its beginning doesn't."""
    if wanted[:_PART] in there:
        return None
    low, high = 0, len(wanted)
    while low < high:
        middle = (low + high) // 2
        if wanted[middle:] in there:
            high = middle
        else:
            low = middle + 1
    return low if len(wanted) - low >= _PART else None


def _rectangles(text: TextPage, chars: list[int]) -> list[Rectangle]:
    """One rectangle for every stretch of characters on one line."""
    found: list[Rectangle] = []
    for at in dict.fromkeys(chars):
        x0, y0, x1, y1 = text.box(at)
        if found:
            a0, b0, a1, b1 = found[-1]
            high = max(y1 - y0, b1 - b0)
            same = min(y1, b1) - max(y0, b0) > 0.5 * min(y1 - y0, b1 - b0)
            if same and x0 < a1 + 2 * high and x1 > a0 - 2 * high:
                found[-1] = (min(a0, x0), min(b0, y0), max(a1, x1), max(b1, y1))
                continue
        found.append((x0, y0, x1, y1))
    return [each for each in found if each[2] > each[0] and each[3] > each[1]]


def fraction(page: Any, rectangle: Rectangle) -> Rectangle:
    """A rectangle of a page's own points as (x, y, width, height), see `quote_fractions`."""
    xs: list[float] = []
    ys: list[float] = []
    for x, y in (rectangle[:2], rectangle[2:]):
        across, down = ctypes.c_int(), ctypes.c_int()
        pdfium.FPDF_PageToDevice(page, 0, 0, _FINE, _FINE, 0, x, y, across, down)
        xs.append(min(max(across.value / _FINE, 0.0), 1.0))
        ys.append(min(max(down.value / _FINE, 0.0), 1.0))
    return min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys)
