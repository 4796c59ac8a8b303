"""Tables of HTML: data as Markdown tables, layout as the blocks in it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from glossator.ingestion.pieces import Piece, markdown_table
from glossator.ingestion.readers.html_tree import attribute, hidden
from glossator.ingestion.readers.mathml import elements, local
from glossator.library.content import BlockKind

if TYPE_CHECKING:
    from selectolax.lexbor import LexborNode

    from glossator.ingestion.readers.html_pieces import PieceWriter

MAX_COLUMNS = 100
_LAYOUT = frozenset((BlockKind.CODE, BlockKind.HEADING, BlockKind.TABLE))


def table_pieces(writer: PieceWriter, table: LexborNode, depth: int) -> Sequence[Piece]:
    """The pieces that a table makes: its caption, then the table or what it lays out."""
    rows: list[list[list[Piece]]] = []
    spans: list[list[int]] = []
    pieces: list[Piece] = []
    for row in _rows(table):
        if local(row) == "caption":
            pieces += writer.nested(row, depth)
            continue
        cells = [cell for cell in elements(row) if local(cell) in ("td", "th") and not hidden(cell)]
        rows.append([writer.nested(cell, depth) for cell in cells])
        spans.append([_span(cell) for cell in cells])
    filled = [(row, span) for row, span in zip(rows, spans, strict=True) if any(row)]
    width = max((sum(span) for _, span in filled), default=0)
    inner = [piece for row, _ in filled for cell in row for piece in cell]
    columns = sum(any(row[at : at + 1][0] for row, _ in filled if at < len(row))
                  for at in range(min(width, MAX_COLUMNS)))  # fmt: skip
    layout = (
        columns < 2
        or width > MAX_COLUMNS
        or attribute(table, "role") == "presentation"
        or any(piece.kind in _LAYOUT for piece in inner)
    )
    if layout:
        return [*pieces, *inner]
    texts = [_row_texts(row, span, width) for row, span in filled]
    page = next((piece.page for piece in inner), None)
    return [*pieces, Piece(BlockKind.TABLE, markdown_table(texts), page=page)]


def _rows(table: LexborNode) -> list[LexborNode]:
    found: list[LexborNode] = []
    for child in elements(table):
        if hidden(child):
            continue
        if local(child) in ("thead", "tbody", "tfoot"):
            found += [row for row in elements(child) if local(row) == "tr" and not hidden(row)]
        elif local(child) in ("tr", "caption"):
            found.append(child)
    return found


def _span(cell: LexborNode) -> int:
    value = attribute(cell, "colspan")
    return min(int(value), MAX_COLUMNS) if re.fullmatch(r"[1-9]\d{0,5}", value) else 1


def _row_texts(row: list[list[Piece]], span: list[int], width: int) -> list[str]:
    texts: list[str] = []
    for cell, count in zip(row, span, strict=True):
        lines = " ".join(piece.text for piece in cell)
        lines = lines.replace("$$\n", "$").replace("\n$$", "$")
        texts += [" ".join(lines.split()), *[""] * (count - 1)]
    return texts[:width]
