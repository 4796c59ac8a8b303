"""Helpers of the tests of single files: write one, read it, look at what came out."""

from __future__ import annotations

from pathlib import Path

from glossator.ingestion.readers.registry import read_file
from glossator.ingestion.sources import DocumentSource, ReadLimits
from glossator.library.content import BlockKind

LIMITS = ReadLimits()


def read(folder: Path, name: str, content: bytes | str) -> DocumentSource:
    """What the reader of its kind makes of a file."""
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return read_file(path, LIMITS)


def blocks(document: DocumentSource) -> list[tuple[str, str]]:
    """Kinds and texts of all blocks."""
    text = document.content.text
    return [(each.kind.value, text[each.start : each.end]) for each in document.content.blocks]


def of_kind(document: DocumentSource, kind: BlockKind) -> list[str]:
    return [text for name, text in blocks(document) if name == kind]


def headings(document: DocumentSource) -> list[tuple[int, str]]:
    return [(each.depth, each.text) for each in document.content.headings]
