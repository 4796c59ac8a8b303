"""Paragraphs that say which level of a list they are on -> one Markdown list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from glossator.ingestion.pieces import Piece, join_items
from glossator.ingestion.readers.phrases import line_starts
from glossator.library.content import BlockKind

MAX_LEVEL = 8


@dataclass(frozen=True, slots=True)
class Item:
    """A paragraph in a list: its level from 0, its number (None for a bullet), its words."""

    level: int
    number: int | None
    text: str


def list_piece(items: Sequence[Item], page: int | None = None) -> Piece:
    """The list that consecutive items make."""
    text, _ = join_items(_level(items, min(item.level for item in items)), tight=True)
    return Piece(BlockKind.LIST, text, page=page)


def _level(items: Sequence[Item], level: int) -> list[tuple[str, Sequence[Piece]]]:
    made: list[tuple[str, Sequence[Piece]]] = []
    index = 0
    while index < len(items):
        end = index + 1
        while end < len(items) and items[end].level > level:
            end += 1
        item = items[index]
        inner = items[index + 1 : end]
        marker = "- " if item.number is None else f"{item.number}. "
        pieces = [Piece(BlockKind.PARAGRAPH, line_starts(item.text))]
        if inner and level < MAX_LEVEL:
            text, _ = join_items(_level(inner, min(each.level for each in inner)), tight=True)
            pieces.append(Piece(BlockKind.LIST, text))
        made.append((marker, pieces))
        index = end
    return made
