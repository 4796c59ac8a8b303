"""Pages without text: told by their numbers, read by OCR where it is there, never silent."""

from __future__ import annotations

import ctypes
import shutil
import sys
from pathlib import Path

import pypdfium2.raw as pdfium
import pytest
from pdf_tools import column, document, page_of, prose

from glossator.ingestion.readers.pdf_pieces import page_ranges
from glossator.ingestion.sources import SourceError
from pdf_maker import Page, Text, make_pdf

GREY = (2, 2, b"\x80\xff\xff\x80")


@pytest.fixture
def no_ocr(monkeypatch: pytest.MonkeyPatch) -> None:
    # As where the extra isn't installed: importing it fails.
    monkeypatch.setitem(sys.modules, "pytesseract", None)


def drawn(texts: list[Text]) -> tuple[int, int, bytes]:
    """A picture of a page with these texts, as a scanner would give it."""
    data = make_pdf([texts])
    document = pdfium.FPDF_LoadMemDocument(data, len(data), None)
    page = pdfium.FPDF_LoadPage(document, 0)
    width, height = 1_240, 1_754
    bitmap = pdfium.FPDFBitmap_CreateEx(width, height, pdfium.FPDFBitmap_Gray, None, 0)
    pdfium.FPDFBitmap_FillRect(bitmap, 0, 0, width, height, 0xFFFFFFFF)
    pdfium.FPDF_RenderPageBitmap(bitmap, page, 0, 0, width, height, 0, 0)
    stride = pdfium.FPDFBitmap_GetStride(bitmap)
    raw = ctypes.string_at(pdfium.FPDFBitmap_GetBuffer(bitmap), stride * height)
    pdfium.FPDFBitmap_Destroy(bitmap)
    pdfium.FPDF_ClosePage(page)
    pdfium.FPDF_CloseDocument(document)
    return (
        width,
        height,
        b"".join(raw[row * stride : row * stride + width] for row in range(height)),
    )


@pytest.mark.usefixtures("no_ocr")
def test_pages_without_text_are_told_by_their_numbers(tmp_path: Path) -> None:
    text = Page(column(prose(6), 70, 700))
    scan = Page(picture=GREY)
    source = document(tmp_path, [text, text, *[scan] * 7, text, scan])
    (problem,) = source.problems
    assert problem.message == (
        "Pages 3 to 9 and 11 hold no text; they may be scans. To have such pages read, install "
        "`glossator[ocr]` and the program Tesseract with its languages `eng` and `urd`, or add "
        "a copy with text."
    )
    assert source.pages == 11


@pytest.mark.usefixtures("no_ocr")
def test_a_file_of_scans_alone_is_an_error_that_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"holds no text at all.*Pages 1 to 3.*glossator\[ocr\]"):
        document(tmp_path, [Page(picture=GREY)] * 3)


def test_a_file_of_empty_pages_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="holds no text at all"):
        document(tmp_path, [Page()] * 3)


def test_a_missing_program_says_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("pytesseract", reason="The extra `ocr` isn't installed.")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SourceError, match="the program Tesseract"):
        document(tmp_path, [Page(picture=GREY)])


def test_a_scan_is_read_where_tesseract_is_there(tmp_path: Path) -> None:
    pytest.importorskip("pytesseract", reason="The extra `ocr` isn't installed.")
    if shutil.which("tesseract") is None:
        pytest.skip("The program Tesseract isn't installed.")
    lines = ["The controller moves the arm along", "the planned path without any help."]
    scan = Page(picture=drawn([Text(60, 700 - 30 * at, line, 20) for at, line in enumerate(lines)]))
    source = document(tmp_path, [column(prose(6), 70, 700), scan])
    assert page_of(source, "moves the arm along the planned path without any help.") == 2
    assert "Page 2 was read by text recognition" in source.problems[0].message


@pytest.mark.parametrize(
    ("pages", "said"),
    [
        ([4], "Page 4"),
        ([3, 4], "Pages 3 and 4"),
        ([3, 4, 5], "Pages 3 to 5"),
        ([1, 3, 4, 5, 9], "Pages 1, 3 to 5 and 9"),
        (list(range(1, 99, 2)), "Pages 1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23 and 37 more"),
    ],
)
def test_ranges_of_pages(pages: list[int], said: str) -> None:
    assert page_ranges(pages).startswith(said)
