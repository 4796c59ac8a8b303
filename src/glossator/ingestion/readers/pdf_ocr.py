"""Text recognition for pages without text, where the extra `glossator[ocr]` is installed."""

from __future__ import annotations

import math
from typing import Any

import pypdfium2.raw as pdfium

from glossator.ingestion.readers.pdf_file import pixels
from glossator.ingestion.readers.tesseract import LANGUAGES

_DPI = 250
_MAX_PIXELS = 25_000_000
_SECONDS = 60

_INSTALL = (
    "To have such pages read, install `glossator[ocr]` and the program Tesseract with its "
    "languages `eng` and `urd`, or add a copy with text."
)


class NoOcr(Exception):
    """Text recognition can't be used here; the message says what to do."""


def recognise(page: Any) -> str:
    """The text of an open page's picture, "" where there is none.

    Raises `NoOcr` where the extra, the program or its languages are missing. At most 60 s.
    """
    try:
        import pytesseract
        from PIL import Image
    except ImportError as error:
        raise NoOcr(_INSTALL) from error
    try:
        there = [name for name in LANGUAGES if name in pytesseract.get_languages()]
        if not there:
            raise NoOcr(_INSTALL)
        width, height, data = _picture(page)
        picture = Image.frombytes("L", (width, height), data)
        text = pytesseract.image_to_string(picture, lang="+".join(there), timeout=_SECONDS)
    except (pytesseract.TesseractNotFoundError, OSError) as error:
        raise NoOcr(_INSTALL) from error
    except (pytesseract.TesseractError, RuntimeError):
        # One page that Tesseract gives up on, or that took too long, is not worth the others.
        return ""
    return str(text).strip()


def _picture(page: Any) -> tuple[int, int, bytes]:
    """The page drawn in grey: width and height in pixels, and its bytes."""
    width, height = pdfium.FPDF_GetPageWidthF(page), pdfium.FPDF_GetPageHeightF(page)
    scale = _DPI / 72
    if width * height * scale * scale > _MAX_PIXELS:
        scale = math.sqrt(_MAX_PIXELS / (width * height))
    across, down = max(int(width * scale), 1), max(int(height * scale), 1)
    try:
        return across, down, pixels(page, across, down, pdfium.FPDFBitmap_Gray, 1)
    except MemoryError:
        return 1, 1, b"\xff"
