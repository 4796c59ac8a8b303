"""PDF files: text with pages, headings, lists, tables, in the order of reading.

PDFium reads the file; nothing in it is followed, run or fetched: links, scripts, forms and
attachments are not looked at. A hostile file can still keep PDFium busy or crash it, so
whoever takes files from others calls this in a child process with limits of its own.
"""

from __future__ import annotations

import ctypes
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pypdfium2.raw as pdfium

from glossator.ingestion.canonical import assemble
from glossator.ingestion.languages import guess_language
from glossator.ingestion.readers import bidi, pdf_ocr
from glossator.ingestion.readers.pdf_columns import regions
from glossator.ingestion.readers.pdf_file import PDFIUM, opened, text_page
from glossator.ingestion.readers.pdf_headings import key, mark_headings
from glossator.ingestion.readers.pdf_lines import Line, lines, segments
from glossator.ingestion.readers.pdf_margins import without_margins
from glossator.ingestion.readers.pdf_outline import Entry, outline
from glossator.ingestion.readers.pdf_paragraphs import Paragraph, measures, paragraphs
from glossator.ingestion.readers.pdf_pieces import page_ranges, pieces_of, sensible_title
from glossator.ingestion.readers.pdf_text import MAX_CHARS
from glossator.ingestion.readers.pdf_unicode import readable
from glossator.ingestion.readers.pdf_words import Vocabulary
from glossator.ingestion.readers.prose import words_of_name
from glossator.ingestion.slugs import github_slugger
from glossator.ingestion.sources import (
    SCAN,
    DocumentSource,
    Problem,
    ReadLimits,
    SourceError,
    Tell,
    untold,
)

_NO_TITLES = frozenset({"contents", "tableofcontents", "abstract", "inhaltsverzeichnis", "فہرست"})


@dataclass(slots=True)
class _Pages:
    """What the pages gave: columns of lines per page, and which pages gave none."""

    columns: list[list[list[Line]]] = field(default_factory=list)
    silent: list[int] = field(default_factory=list)
    damaged: list[int] = field(default_factory=list)
    cut: list[int] = field(default_factory=list)
    recognised: dict[int, str] = field(default_factory=dict)
    ocr_missing: str = ""


def read(path: Path, limits: ReadLimits, tell: Tell = untold) -> DocumentSource:
    """The text of a PDF file.

    Raises `SourceError` with a sentence for what can't be read: no PDF, damaged, protected by
    a password, more pages or text than `limits` allow, too slow, or no text at all.
    """
    started = _spent()
    with PDFIUM, opened(path) as document:
        count = pdfium.FPDF_GetPageCount(document)
        if count > limits.pages:
            raise SourceError(path.name, _TOO_MANY.format(count=count, limit=limits.pages))
        entries = outline(document)
        title = _metadata(document, "Title")
        pages = _read_pages(document, count, path.name, limits, started, tell)
    return _document(path, pages, entries, title)


_TOO_MANY = "It has {count:,} pages, more than {limit:,}; split it and add the parts."
_TOO_LONG = "Its text has more than {limit:,} characters; split it and add the parts."
_TOO_SLOW = (
    "Reading it took more than {limit:.0f} seconds of work; it is too complex. "
    "Print it anew as PDF."
)
_EMPTY = "It has no pages; add the file that has them."
_NO_TEXT = "It holds no text at all; add a copy with text."


def _spent() -> float:
    """CPU seconds of this process and of the programs it ran: waiting is no file's fault."""
    return sum(os.times()[:4])


def _metadata(document: Any, tag: str) -> str:
    size = pdfium.FPDF_GetMetaText(document, tag.encode(), None, 0)
    if not 2 < size <= 2_000:
        return ""
    buffer = ctypes.create_string_buffer(size)
    pdfium.FPDF_GetMetaText(document, tag.encode(), buffer, size)
    return " ".join(readable(buffer.raw[: size - 2].decode("utf-16-le", "replace")).split())


def _read_pages(
    document: Any, count: int, name: str, limits: ReadLimits, started: float, tell: Tell
) -> _Pages:
    found = _Pages()
    chars = 0
    for number in range(count):
        page = pdfium.FPDF_LoadPage(document, number)
        columns: list[list[Line]] = []
        if page:
            try:
                columns = _columns(page, number, found)
            finally:
                pdfium.FPDF_ClosePage(page)
        else:
            found.damaged.append(number + 1)
        chars += sum(len(line.text) for column in columns for line in column)
        if chars > limits.document_chars:
            raise SourceError(name, _TOO_LONG.format(limit=limits.document_chars))
        if _spent() - started >= limits.seconds:
            raise SourceError(name, _TOO_SLOW.format(limit=limits.seconds))
        found.columns.append(columns)
        tell(number + 1, count)
    return found


def _columns(page: Any, number: int, found: _Pages) -> list[list[Line]]:
    with text_page(page) as text:
        spans = text.spans() if text else []
        if text and text.cut:
            found.cut.append(number + 1)
    if not any(char.isalnum() for span in spans for char in span.text):
        if pdfium.FPDFPage_CountObjects(page) > 0:
            _recognise(page, number, found)
        return []
    parts = segments(spans)
    rtl = bidi.mostly_rtl("".join(part.text for part in parts if part.rtl)) and (
        sum(part.chars for part in parts if part.rtl) * 2 > sum(part.chars for part in parts)
    )
    return [lines(region) for region in regions(parts, rtl=rtl)]


def _recognise(page: Any, number: int, found: _Pages) -> None:
    """Read a page without text by OCR where that is installed; note it where it isn't."""
    if not found.ocr_missing:
        try:
            text = pdf_ocr.recognise(page)
        except pdf_ocr.NoOcr as reason:
            found.ocr_missing = str(reason)
        else:
            if text:
                found.recognised[number + 1] = text
                return
    found.silent.append(number + 1)


def _document(path: Path, pages: _Pages, entries: list[Entry], title: str) -> DocumentSource:
    count = len(pages.columns)
    if not count:
        raise SourceError(path.name, _EMPTY)
    kept = without_margins(pages.columns)
    if not any(kept):
        kept = pages.columns
    usual = measures(kept)
    every = [
        paragraph
        for number, page in enumerate(kept, 1)
        for column in page
        for paragraph in paragraphs(column, number, usual)
    ]
    mark_headings(every, entries, usual, count)
    words = Vocabulary.of(line for page in kept for column in page for line in column)
    pieces = pieces_of(every, words, pages.recognised)
    problems = _problems(path.name, pages)
    if not pieces:
        said = " ".join(problem.message for problem in problems)
        raise SourceError(path.name, f"{_NO_TEXT} {said}".strip(), SCAN if pages.silent else "")
    content = assemble(pieces, github_slugger())
    return DocumentSource(
        kind="pdf",
        title=sensible_title(title, path.stem)
        or _largest(every, usual.size)
        or words_of_name(path.stem),
        content=content,
        language=guess_language(content.text),
        pages=count,
        problems=tuple(problems),
    )


def _largest(every: list[Paragraph], usual: float) -> str:
    """The largest text of the first page that has any, if it is larger than the rest."""
    first = min((paragraph.page for paragraph in every), default=0)
    large = [
        paragraph
        for paragraph in every
        if paragraph.page == first and len(paragraph.lines) <= 4 and paragraph.kind != "table"
    ]
    best = max(large, key=lambda paragraph: paragraph.size, default=None)
    if best is None or best.size < 1.15 * usual:
        return ""
    text = " ".join(" ".join(line.text for line in best.lines).split())
    if key(text) in _NO_TITLES:
        return ""
    return text if any(char.isalpha() for char in text) and len(text) <= 200 else ""


def _problems(name: str, pages: _Pages) -> list[Problem]:
    said: list[str] = []
    if pages.silent:
        holds = _told(
            pages.silent, "holds no text; it may be a scan", "hold no text; they may be scans"
        )
        remedy = pages.ocr_missing or "Text recognition found none there either."
        said.append(f"{holds}. {remedy}")
    if pages.damaged:
        said.append(_told(pages.damaged, "is damaged", "are damaged") + " and can't be read.")
    if pages.cut:
        over = f"more than {MAX_CHARS:,} characters; only the first ones were read."
        said.append(_told(pages.cut, "has", "have") + " " + over)
    if pages.recognised:
        were = _told(sorted(pages.recognised), "was", "were")
        said.append(f"{were} read by text recognition, which makes mistakes.")
    return [Problem(name, sentence) for sentence in said]


def _told(pages: list[int], one: str, more: str) -> str:
    return f"{page_ranges(pages)} {one if len(pages) == 1 else more}"
