"""Plain text in any encoding: its paragraphs, and headings where their form tells them."""

from __future__ import annotations

import re
from pathlib import Path

from glossator.ingestion.canonical import assemble
from glossator.ingestion.pieces import HeadingMark, Piece
from glossator.ingestion.readers.decoding import text_of_bytes
from glossator.ingestion.readers.files import bounded, broken_letters, file_bytes
from glossator.ingestion.readers.prose import words_of_name
from glossator.ingestion.slugs import github_slugger
from glossator.ingestion.sources import DocumentSource, ReadLimits, SourceError
from glossator.library.content import BlockKind

_GAP = re.compile(r"\n(?:[^\S\n]*\n)+")
_UNDERLINE = re.compile(r"(=|-|~|\*|\^|#)\1{2,}")
_DEPTHS = {"=": 1, "#": 1, "*": 1, "-": 2, "~": 3, "^": 4}
_NAMED = re.compile(
    r"(?P<part>part|book|teil|partie|parte|часть|حصہ)\s+[\dIVXLC]+\b.{0,80}"
    r"|(?P<chapter>chapter|section|kapitel|chapitre|capítulo|capitolo|глава|باب)\s+[\dIVXLC]+\b.{0,80}",
    re.IGNORECASE,
)
_NUMBERED = re.compile(r"(\d{1,3}(?:\.\d{1,3}){0,3})\.?[ \t]+[^\W\d_].{1,80}")
_BULLET = re.compile(r"[-*•‣·][ \t]+(?=\S)")
_LONGEST_HEADING = 100


def read(path: Path, limits: ReadLimits) -> DocumentSource:
    """The text at `path`. Raises `SourceError`."""
    data = file_bytes(path, limits)
    text = text_of_bytes(data, path.name)
    problems = broken_letters(text, data)
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\f", "\n\n").lstrip("\ufeff")
    if len(text) > limits.document_chars:
        sentence = f"It has more than {limits.document_chars:,} characters; split it."
        raise SourceError(path.name, sentence)
    pieces = [piece for part in _GAP.split(text) for piece in _pieces(part)]
    first = next((mark.text for piece in pieces for mark in piece.headings), None)
    document = DocumentSource(
        kind="text",
        title=first or words_of_name(path.stem),
        content=assemble(pieces, github_slugger()),
        problems=problems,
    )
    return bounded(document, path.name, limits)


def _pieces(part: str) -> list[Piece]:
    lines = [line.strip() for line in part.split("\n")]
    lines = [line for line in lines if line]
    if not lines:
        return []
    found: list[Piece] = []
    # Underlined, maybe overlined too.
    if len(lines) > 2 and _UNDERLINE.fullmatch(lines[0]) and lines[2] == lines[0]:
        lines = lines[1:]
    underline = _UNDERLINE.fullmatch(lines[1]) if len(lines) > 1 else None
    if underline and len(lines[0]) <= _LONGEST_HEADING and len(lines[1]) >= len(lines[0]) - 2:
        found.append(_heading(lines[0], _DEPTHS[underline[1]]))
        lines = lines[2:]
    elif len(lines) == 1 and (depth := _depth(lines[0])):
        return [_heading(lines[0], depth)]
    if lines:
        found += _body(lines)
    return found


def _body(lines: list[str]) -> list[Piece]:
    """A paragraph, and the list that it leads to or is."""
    first = next((at for at, line in enumerate(lines) if _BULLET.match(line)), None)
    if first is None or sum(bool(_BULLET.match(line)) for line in lines) < 2:
        return [Piece(BlockKind.PARAGRAPH, "\n".join(lines))]
    items: list[str] = []
    for line in lines[first:]:
        if _BULLET.match(line):
            items.append(_BULLET.sub("- ", line, count=1))
        else:
            items[-1] += f"\n  {line}"
    listed = Piece(BlockKind.LIST, "\n".join(items))
    return [Piece(BlockKind.PARAGRAPH, "\n".join(lines[:first])), listed] if first else [listed]


def _depth(line: str) -> int | None:
    """The depth of a heading that its wording or number tells, None where it tells none."""
    if len(line) > _LONGEST_HEADING or line.endswith((".", ",", ";", "!", "?")):
        return None
    if named := _NAMED.fullmatch(line):
        return 1 if named["part"] else 2
    if numbered := _NUMBERED.fullmatch(line):
        return min(numbered[1].count(".") + 2, 6)
    return None


def _heading(text: str, depth: int) -> Piece:
    return Piece(
        BlockKind.HEADING, f"{'#' * depth} {text}", headings=(HeadingMark(text, depth, None),)
    )
