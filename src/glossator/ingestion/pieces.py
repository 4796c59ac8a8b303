"""The parts of a canonical text before they have a place in it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from glossator.library.content import BlockKind, Container


@dataclass(frozen=True, slots=True)
class HeadingMark:
    """A heading within a piece, `start` code points in; `anchor` None where none is written."""

    text: str
    depth: int
    anchor: str | None
    start: int = 0


@dataclass(frozen=True, slots=True)
class Piece:
    """A block before it has a place: its text, the headings in it, its page (1-based) if any."""

    kind: BlockKind
    text: str
    language: str | None = None
    containers: tuple[Container, ...] = ()
    headings: tuple[HeadingMark, ...] = ()
    page: int | None = None


def indented(text: str, indent: str) -> str:
    """`text` with every line after its first indented; blank lines stay empty."""
    return re.sub(r"\n(?=[^\n])", f"\n{indent}", text)


def fenced(code: str, language: str | None) -> str:
    """A fence around `code` that nothing in it can close; empty where there is no code."""
    body = re.sub(r"^(?:[^\S\n]*\n)+", "", code).rstrip()
    if not body:
        return ""
    longest = max((len(run) for run in re.findall(r"`{3,}", body)), default=2)
    fence = "`" * (longest + 1)
    return f"{fence}{language or ''}\n{body}\n{fence}"


def join_items(
    items: Sequence[tuple[str, Sequence[Piece]]], *, tight: bool
) -> tuple[str, tuple[HeadingMark, ...]]:
    """One Markdown list of (marker, pieces) items, and the headings in it where they now lie."""
    gap = "\n" if tight else "\n\n"
    parts: list[str] = []
    marks: list[HeadingMark] = []
    length = 0
    for marker, pieces in items:
        indent = " " * len(marker)
        for number, piece in enumerate(pieces):
            lead = marker if number == 0 else indent
            lead = (gap if parts else "") + lead
            for mark in piece.headings:
                inside = len(indented(piece.text[: mark.start], indent))
                if mark.start and piece.text[mark.start - 1] == "\n":
                    inside += len(indent)
                start = length + len(lead) + inside
                marks.append(HeadingMark(mark.text, mark.depth, mark.anchor, start))
            parts.append(lead + indented(piece.text, indent))
            length += len(parts[-1])
    return "".join(parts), tuple(marks)


def markdown_table(rows: Sequence[Sequence[str]], alignments: Sequence[str] = ()) -> str:
    """A Markdown table; the first row is its head. `alignments` are `left`, `center`, `right`."""
    width = max((len(row) for row in rows), default=0)
    if not width:
        return ""
    rules = {"left": ":---", "center": ":---:", "right": "---:"}
    aligned = [rules.get(alignment, "---") for alignment in alignments[:width]]
    divider = aligned + ["---"] * (width - len(aligned))
    escaped = [
        [cell.replace("|", "\\|") for cell in row] + [""] * (width - len(row)) for row in rows
    ]
    lines = [f"| {' | '.join(row)} |" for row in escaped]
    lines.insert(1, f"| {' | '.join(divider)} |")
    return "\n".join(lines)
