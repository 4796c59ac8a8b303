"""The canonical text of a chapter, and the blocks and headings that lie in it.

Every `start` and `end` in this program counts Unicode code points (Python string indexes)
in one chapter's canonical text, so that `text[start:end]` is the thing itself.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import StrEnum


class BlockKind(StrEnum):
    """What a block is. A block quote or an admonition is a container, not a block."""

    HEADING = "heading"
    PARAGRAPH = "paragraph"
    LIST = "list"
    TABLE = "table"
    FIGURE = "figure"
    CODE = "code"
    MATH = "math"


@dataclass(frozen=True, slots=True)
class Container:
    """Something that wraps blocks: an admonition, a tab, a fold, a quotation.

    `kind` is `note`, `tip`, `info`, `warning`, `danger`, `example`, `details`, `tab` or
    `quote`. `group` tells neighbouring containers apart and joins the tabs of one tab set:
    equal numbers within a chapter belong together.
    """

    kind: str
    title: str
    group: int


@dataclass(frozen=True, slots=True)
class Block:
    """One paragraph, heading, list, table, figure, listing or displayed formula.

    `block_id` depends on the kind and the words alone (and, among equal ones in a chapter,
    on which it is), so it stays when other blocks change. `language` is that of a code
    block. `containers` lists what wraps it, the outermost first. `page` is 1-based, None
    where the format has no pages.
    """

    block_id: str
    kind: BlockKind
    start: int
    end: int
    language: str | None = None
    containers: tuple[Container, ...] = ()
    page: int | None = None


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading: `text` without markup, `depth` 1 to 6, `anchor` as the author's site has it."""

    text: str
    depth: int
    anchor: str
    start: int


@dataclass(frozen=True, slots=True)
class CanonicalText:
    """A chapter's canonical Markdown with its blocks and headings, both in reading order.

    Blocks don't overlap and cover everything but the blank lines between them. The title
    is not repeated as a level 1 heading when the source has it only in its metadata.
    """

    text: str
    blocks: tuple[Block, ...]
    headings: tuple[Heading, ...]

    @property
    def words(self) -> int:
        """White-space separated words of the whole text."""
        return len(self.text.split())


def block_id(kind: BlockKind, text: str, seen: dict[str, int]) -> str:
    """The id of a block; `seen` counts the equal ones before it and is updated."""
    folded = " ".join(text.split())
    digest = hashlib.sha256(f"{kind.value}\n{folded}".encode("utf-8", "replace")).hexdigest()[:10]
    name = f"b-{digest}"
    seen[name] = seen.get(name, 0) + 1
    return name if seen[name] == 1 else f"{name}-{seen[name]}"


@dataclass(frozen=True, slots=True)
class Shown:
    """A picture as a page shows it: its address here, and its size in pixels where it is known."""

    address: str
    width: int | None
    height: int | None
