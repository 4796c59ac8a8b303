"""A PDF's pages for a viewer: their sizes, the words of one with their places, its picture.

Like `pdf.read` this takes a file that may be hostile: call it where that one is called.
"""

from __future__ import annotations

import ctypes
import math
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import pypdfium2.raw as pdfium

from glossator.ingestion.readers.pdf_file import PDFIUM, opened, pixels, text_page
from glossator.ingestion.readers.pdf_quotes import fraction, page_of
from glossator.ingestion.readers.pdf_text import TextPage
from glossator.ingestion.readers.pdf_unicode import readable
from glossator.ingestion.readers.png import png
from glossator.ingestion.sources import SourceError

Word = tuple[str, float, float, float, float]

MOST_WORDS = 20_000
"""Of one page; a page of a newspaper has 5,000."""
MOST_PIXELS = 10_000_000
"""Of a picture: 40 MB while it is drawn."""
_A4 = (595.0, 842.0)
_LONGEST = 200_000.0  # Points; also keeps out what is no number.

_T = TypeVar("_T")


def page_sizes(path: Path) -> dict[str, Any]:
    """`sizes`: [width, height] in points of every page as shown, A4 where it has none.

    `direction` is `rtl` where the file itself says that its pages go from right to left. Raises
    `SourceError` like `read`.
    """
    with PDFIUM, opened(path) as document:
        count = pdfium.FPDF_GetPageCount(document)
        return {
            "sizes": [_size(document, number) for number in range(count)],
            "direction": "rtl" if _name(document, b"Direction") == "R2L" else "ltr",
        }


def page_words(path: Path, page: int) -> list[list[Word]]:
    """The lines of the 1-based `page` in the order of reading, each a list of its words.

    A word is its text with x, y, width and height as fractions of the page as shown, from its
    upper left. Raises `SourceError` like `read`, and where there is no such page.
    """
    return _on(path, page, _words)


def page_picture(path: Path, page: int, width: int) -> bytes:
    """The 1-based `page` as a PNG, `width` pixels wide, less where that takes `MOST_PIXELS`.

    Forms and annotations are drawn as they lie there; nothing is followed, run or fetched. A font
    that the file doesn't bring is drawn by PDFium's own. Raises as `page_words` does.
    """
    return _on(path, page, lambda loaded: png(*_drawn(loaded, width)))


def unlocked(path: Path, password: str, to: Path) -> None:
    """Write a copy of a protected file that anybody may open.

    Raises `SourceError` where the password doesn't open it, and like `read`.
    """
    with PDFIUM, opened(path, password) as document, to.open("wb") as file:

        def write(_: Any, data: Any, size: int) -> int:
            file.write(ctypes.string_at(data, size))
            return 1

        kind = dict(pdfium.FPDF_FILEWRITE._fields_)["WriteBlock"]
        out = pdfium.FPDF_FILEWRITE(version=1, WriteBlock=kind(write))
        if not pdfium.FPDF_SaveAsCopy(document, ctypes.byref(out), pdfium.FPDF_REMOVE_SECURITY):
            raise SourceError(path.name, "It opens, but can't be copied without its password.")


def _on(path: Path, page: int, look: Callable[[Any], _T]) -> _T:
    with PDFIUM, opened(path) as document:
        loaded = page_of(document, path, page)
        try:
            return look(loaded)
        finally:
            pdfium.FPDF_ClosePage(loaded)


def _size(document: Any, number: int) -> tuple[float, float]:
    size = pdfium.FS_SIZEF()
    if not pdfium.FPDF_GetPageSizeByIndexF(document, number, ctypes.byref(size)):
        return _A4
    sides = (round(size.width, 2), round(size.height, 2))
    return sides if all(1 <= side <= _LONGEST for side in sides) else _A4


def _name(document: Any, key: bytes) -> str:
    buffer = ctypes.create_string_buffer(32)
    written = pdfium.FPDF_VIEWERREF_GetName(document, key, buffer, len(buffer))
    return buffer.value.decode("ascii", "replace") if 0 < written <= len(buffer) else ""


def _words(page: Any) -> list[list[Word]]:
    found: list[list[Word]] = []
    left = MOST_WORDS
    with text_page(page) as text:
        for line in text.lines() if text else ():
            words = [_word(page, text, word) for word in _apart(line)] if text else []
            if words:
                found.append(words[:left])
                left -= len(found[-1])
            if left <= 0:
                break
    return found


def _apart(line: list[tuple[str, int]]) -> Iterator[list[tuple[str, int]]]:
    word: list[tuple[str, int]] = []
    for char, at in [*line, (" ", -1)]:
        if not char.isspace():
            word.append((char, at))
        elif word:
            yield word
            word = []


def _word(page: Any, text: TextPage, word: list[tuple[str, int]]) -> Word:
    boxes = [text.box(at) for _, at in word]
    around = (
        min(box[0] for box in boxes), min(box[1] for box in boxes),
        max(box[2] for box in boxes), max(box[3] for box in boxes),
    )  # fmt: skip
    x, y, width, height = (round(side, 5) for side in fraction(page, around))
    return readable("".join(char for char, _ in word)), x, y, width, height


def _drawn(page: Any, width: int) -> tuple[int, int, bytes]:
    """Width and height in pixels, and the pixels: blue, green, red and a byte without meaning."""
    across, down = pdfium.FPDF_GetPageWidthF(page), pdfium.FPDF_GetPageHeightF(page)
    if not (1 <= across <= _LONGEST and 1 <= down <= _LONGEST):
        across, down = _A4
    scale = min(width / across, math.sqrt(MOST_PIXELS / (across * down)))
    wide, high = max(int(across * scale), 1), max(int(down * scale), 1)
    return wide, high, pixels(page, wide, high, pdfium.FPDFBitmap_BGRx, 4)
