"""Helpers of the PDF tests: write a file, read it, look at its blocks."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from glossator.ingestion.readers.pdf import read
from glossator.ingestion.sources import DocumentSource, ReadLimits
from glossator.library.content import BlockKind
from pdf_maker import Mark, Page, Text, make_pdf

LIMITS = ReadLimits()
_FILES = Path(__file__).resolve().parents[3] / "shared" / "data" / "files" / "pdf"
FILES: Path | None = _FILES if _FILES.is_dir() else None
"""The folder of real PDF files beside the repository, None where there is none."""

WORDS = (
    "the robot moves its arm along a path that the planner found before it began and the "
    "sensor tells where the hand is so that the controller can correct small errors on the way"
).split()


def prose(lines: int, width: int = 12, start: int = 0) -> list[str]:
    """`lines` lines of `width` words each; no sentence ends within."""
    return [
        " ".join(WORDS[(start + row * width + at) % len(WORDS)] for at in range(width))
        for row in range(lines)
    ]


def column(lines: Sequence[str], x: float, top: float, size: float = 11) -> list[Text]:
    """Lines below each other, the usual distance apart."""
    return [Text(x, top - 1.25 * size * row, line, size) for row, line in enumerate(lines)]


def document(
    folder: Path,
    pages: Sequence[Page | Sequence[Text]],
    *,
    outline: Sequence[Mark] = (),
    title: str | None = None,
    password: str | None = None,
    limits: ReadLimits = LIMITS,
) -> DocumentSource:
    """What the reader makes of such a file."""
    path = folder / "made-file.pdf"
    path.write_bytes(make_pdf(pages, outline=outline, title=title, password=password))
    return read(path, limits)


def blocks(source: DocumentSource, kind: BlockKind | None = None) -> list[str]:
    """The texts of the blocks (of one kind)."""
    content = source.content
    return [
        content.text[block.start : block.end]
        for block in content.blocks
        if kind in (None, block.kind)
    ]


def headings(source: DocumentSource) -> list[tuple[int, str]]:
    """(depth, text) of every heading."""
    return [(heading.depth, heading.text) for heading in source.content.headings]


def page_of(source: DocumentSource, words: str) -> int | None:
    """The page of the block that holds `words`."""
    at = source.content.text.index(words)
    return next(block.page for block in source.content.blocks if block.start <= at < block.end)
