"""The pictures that a book's chapters show, taken from its own folder: nothing is fetched.

A file counts as what its first bytes say it is; what isn't a picture that every browser shows,
or is beyond the limits, is a problem of the book, and the reader shows its words instead.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from glossator.ingestion.readers.folder import SourceFolder
from glossator.ingestion.sources import (
    BookSource,
    ChapterSource,
    LaterText,
    Picture,
    SourceError,
)
from glossator.library.links import picture_addresses, picture_paths

MOST_BYTES, MOST_PICTURES, MOST_IN_ALL = 5_000_000, 2_000, 120_000_000
"""Bytes of one picture, pictures of one book, and their bytes together."""
_MOST_PIXELS = 80_000_000
"""A picture of more would fill the memory of a telephone that shows it."""
_LARGE = f"This picture is larger than {MOST_BYTES:,} bytes, so its words are shown instead."
_WIDE = "This picture has too many pixels to be shown on every device; make it smaller."
_UNKNOWN = "It is no PNG, JPEG, GIF, WebP or SVG, so its words are shown instead."
_FULL = f"The book shows more than {MOST_PICTURES:,} pictures or {MOST_IN_ALL:,} bytes of them."

_SVG = re.compile(
    rb"(?:\xef\xbb\xbf)?(?:\s|<\?xml[^>]{0,500}\?>|<!--.{0,4000}?-->|<!DOCTYPE svg[^>[]{0,500}>)*"
    rb"<svg(?P<more>[^>]{0,4000})>",
    re.DOTALL,
)
_LENGTH = rb"""\b%s\s*=\s*["']\s*(\d{1,5}(?:\.\d{1,6})?)\s*(?:px)?\s*["']"""
_VIEW = re.compile(rb"""\bviewBox\s*=\s*["']\s*[-\d.]+[\s,]+[-\d.]+[\s,]+([\d.]+)[\s,]+([\d.]+)""")
_HEAD = 100_000
# Start-of-frame marks of JPEG; the others in this range are tables.
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}

Size = tuple[int, int] | None


def with_pictures(folder: SourceFolder, books: Sequence[BookSource]) -> list[BookSource]:
    """The books with the pictures that their chapters name, as far as the folder holds them."""
    known: dict[str, Picture | None] = {}
    told = []
    for book in books:
        before = len(folder.problems)
        pictures = tuple(_of(folder, book, known))
        problems = (*book.problems, *folder.problems[before:])
        told.append(replace(book, pictures=pictures, problems=problems))
    return told


def _of(
    folder: SourceFolder, book: BookSource, known: dict[str, Picture | None]
) -> Iterator[Picture]:
    seen: set[str] = set()
    size = 0
    for path in _paths(folder, (*book.chapters, *book.translations)):
        if path in seen:
            continue
        seen.add(path)
        if path not in known:
            known[path] = _read(folder, path)
        picture = known[path]
        if picture is None:
            continue
        size += len(picture.data)
        if len(seen) > MOST_PICTURES or size > MOST_IN_ALL:
            folder.note(path, _FULL)
            return
        yield picture


def _paths(folder: SourceFolder, chapters: Iterable[ChapterSource]) -> Iterator[str]:
    for chapter in chapters:
        for address in _addresses(chapter):
            paths = picture_paths(chapter.source_path, address)
            found = next((path for path in paths if folder.exists(path)), None)
            if found is not None:
                yield found


def _addresses(chapter: ChapterSource) -> Sequence[str]:
    content = chapter.content
    if isinstance(content, LaterText):
        return content.pictures
    return picture_addresses(content.text)


def _read(folder: SourceFolder, path: str) -> Picture | None:
    try:
        data = folder.data(path, most=MOST_BYTES)
    except SourceError as error:
        folder.note(path, _LARGE if "larger" in error.message else error.message)
        return None
    found = kind_of(data)
    if found is None:
        folder.note(path, _UNKNOWN)
        return None
    media_type, size = found
    if size is not None and size[0] * size[1] > _MOST_PIXELS:
        folder.note(path, _WIDE)
        return None
    return Picture(path, media_type, data, *(size or (None, None)))


def kind_of(data: bytes) -> tuple[str, Size] | None:
    """A picture's media type, and its width and height in pixels where they are told."""
    if data.startswith(b"\x89PNG\r\n\x1a\n") and data[12:16] == b"IHDR" and len(data) >= 24:
        return "image/png", _size(*struct.unpack(">II", data[16:24]))
    if data.startswith((b"GIF87a", b"GIF89a")) and len(data) >= 10:
        return "image/gif", _size(*struct.unpack("<HH", data[6:10]))
    if data.startswith(b"\xff\xd8\xff"):
        return "image/jpeg", _jpeg(data)
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return "image/webp", _webp(data)
    if (svg := _SVG.match(data[:_HEAD])) is not None:
        return "image/svg+xml", _svg(svg["more"])
    return None


def _size(width: int, height: int) -> Size:
    return (width, height) if 0 < width < 100_000 and 0 < height < 100_000 else None


def _jpeg(data: bytes) -> Size:
    at = 2
    while at + 9 < len(data) and data[at] == 0xFF:
        mark, length = data[at + 1], int.from_bytes(data[at + 2 : at + 4], "big")
        if mark in _FRAMES:
            height, width = struct.unpack(">HH", data[at + 5 : at + 9])
            return _size(width, height)
        if length < 2:
            return None
        at += 2 + length
    return None


def _webp(data: bytes) -> Size:
    kind = data[12:16]
    if kind == b"VP8X" and len(data) >= 30:
        wide, high = data[24:27], data[27:30]
        return _size(int.from_bytes(wide, "little") + 1, int.from_bytes(high, "little") + 1)
    if kind == b"VP8 " and len(data) >= 30:
        width, height = struct.unpack("<HH", data[26:30])
        return _size(width & 0x3FFF, height & 0x3FFF)
    if kind == b"VP8L" and len(data) >= 25:
        bits = int.from_bytes(data[21:25], "little")
        return _size((bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1)
    return None


def _svg(attributes: bytes) -> Size:
    found = [re.search(_LENGTH % name, attributes) for name in (b"width", b"height")]
    if all(found):
        width, height = (round(float(each[1])) for each in found if each)
        return _size(width, height)
    view = _VIEW.search(attributes)
    if view is None:
        return None
    try:
        return _size(round(float(view[1])), round(float(view[2])))
    except ValueError:
        return None
