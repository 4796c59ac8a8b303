"""A PDF file open in PDFium, and the pages in it."""

from __future__ import annotations

import ctypes
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import pypdfium2.raw as pdfium

from glossator.ingestion.readers.pdf_text import TextPage
from glossator.ingestion.sources import PASSWORD, SourceError

PDFIUM = threading.Lock()
"""PDFium's state belongs to the process, not to a document: one caller at a time."""

_NOT_PDF = "It isn't a PDF file, whatever its name says; add the original again."
_DAMAGED = "It is damaged and can't be opened; open it elsewhere, save it anew and add that file."
_PROTECTED = "It is protected by a password; save a copy without one and add that."
_WRONG = "This password doesn't open the file."
_FOREIGN = "It is protected in a way that can't be opened here; save an unprotected copy."
_HEADER = re.compile(rb"%PDF-\d")
_HEADER_WITHIN = 1024  # Bytes that may stand before a PDF's mark, as readers allow.


@cache
def no_system_fonts() -> Any:
    """Have PDFium use its own fonts where a file brings none; the result must stay alive.

    Left to itself it reads every font of the machine for the first such file. Places and
    texts don't depend on them.
    """
    none = pdfium.FPDF_SYSFONTINFO(version=1)
    pdfium.FPDF_SetSystemFontInfo(none)
    return none


@contextmanager
def opened(path: Path, password: str | None = None) -> Iterator[Any]:
    """An open PDFium document. Hold `PDFIUM` around all use of it.

    Raises `SourceError` where the file is no PDF, damaged, or needs another password, which is
    then its reason.
    """
    try:
        with path.open("rb") as file:
            head = file.read(_HEADER_WITHIN + 8)
    except OSError as error:
        raise SourceError(path.name, "The file can't be opened.") from error
    if not _HEADER.search(head):
        raise SourceError(path.name, _NOT_PDF)
    no_system_fonts()
    given = None if password is None else password.encode() + b"\x00"
    document = pdfium.FPDF_LoadDocument(str(path).encode() + b"\x00", given)
    if not document:
        code = pdfium.FPDF_GetLastError()
        if code == pdfium.FPDF_ERR_PASSWORD:
            raise SourceError(path.name, _WRONG if given else _PROTECTED, PASSWORD)
        sentence = _FOREIGN if code == pdfium.FPDF_ERR_SECURITY else _DAMAGED
        raise SourceError(path.name, sentence)
    try:
        yield document
    finally:
        pdfium.FPDF_CloseDocument(document)


@contextmanager
def text_page(page: Any) -> Iterator[TextPage | None]:
    """The text of an open page; None where PDFium finds none."""
    handle = pdfium.FPDFText_LoadPage(page)
    try:
        yield TextPage(handle) if handle else None
    finally:
        if handle:
            pdfium.FPDFText_ClosePage(handle)


def pixels(page: Any, across: int, down: int, form: int, depth: int) -> bytes:
    """The page drawn on white: `down` rows of `across` pixels of `depth` bytes, as `form` says.

    Raises `MemoryError` where there is no room for the picture.
    """
    bitmap = pdfium.FPDFBitmap_CreateEx(across, down, form, None, 0)
    if not bitmap:
        raise MemoryError
    try:
        pdfium.FPDFBitmap_FillRect(bitmap, 0, 0, across, down, 0xFFFFFFFF)
        pdfium.FPDF_RenderPageBitmap(bitmap, page, 0, 0, across, down, 0, pdfium.FPDF_ANNOT)
        stride = pdfium.FPDFBitmap_GetStride(bitmap)
        raw = ctypes.string_at(pdfium.FPDFBitmap_GetBuffer(bitmap), stride * down)
    finally:
        pdfium.FPDFBitmap_Destroy(bitmap)
    # A row of the picture takes a multiple of four bytes; the rest is cut off.
    row = depth * across
    if stride == row:
        return raw
    return b"".join(raw[start : start + row] for start in range(0, stride * down, stride))
