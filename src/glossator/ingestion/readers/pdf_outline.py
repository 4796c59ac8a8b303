"""A PDF's outline, however broken: cycles, thousands of entries, pages that aren't there."""

from __future__ import annotations

import ctypes
from dataclasses import dataclass
from typing import Any

import pypdfium2.raw as pdfium

from glossator.ingestion.readers.pdf_unicode import readable

MAX_ENTRIES = 20_000
_MAX_DEPTH = 32
_MAX_TITLE = 1_000


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry: `depth` from 1, `page` 0-based, `top` in points or None where none is given."""

    title: str
    depth: int
    page: int
    top: float | None


def outline(document: Any, most: int = MAX_ENTRIES) -> list[Entry]:
    """The entries that lead to a page, in order, of the first `most`. Raises nothing."""
    found: list[Entry] = []
    seen: set[int] = set()
    todo: list[tuple[Any, int]] = [(pdfium.FPDFBookmark_GetFirstChild(document, None), 1)]
    while todo and len(seen) < most:
        mark, depth = todo.pop()
        address = ctypes.cast(mark, ctypes.c_void_p).value
        if not address or address in seen:
            continue
        seen.add(address)
        entry = _entry(document, mark, depth)
        if entry is not None:
            found.append(entry)
        todo.append((pdfium.FPDFBookmark_GetNextSibling(document, mark), depth))
        if depth < _MAX_DEPTH:
            todo.append((pdfium.FPDFBookmark_GetFirstChild(document, mark), depth + 1))
    return found


def _entry(document: Any, mark: Any, depth: int) -> Entry | None:
    size = pdfium.FPDFBookmark_GetTitle(mark, None, 0)
    if not 2 < size <= 2 * _MAX_TITLE + 2:
        return None
    buffer = ctypes.create_string_buffer(size)
    pdfium.FPDFBookmark_GetTitle(mark, buffer, size)
    title = " ".join(readable(buffer.raw[: size - 2].decode("utf-16-le", "replace")).split())
    target = pdfium.FPDFBookmark_GetDest(document, mark)
    page = pdfium.FPDFDest_GetDestPageIndex(document, target) if target else -1
    if page < 0 or not title:
        return None
    return Entry(title, depth, page, _top(target))


def _top(target: Any) -> float | None:
    has_x, has_y, has_zoom = (ctypes.c_int() for _ in range(3))
    x, y, zoom = (ctypes.c_float() for _ in range(3))
    known = pdfium.FPDFDest_GetLocationInPage(target, has_x, has_y, has_zoom, x, y, zoom)
    return float(y.value) if known and has_y.value else None
