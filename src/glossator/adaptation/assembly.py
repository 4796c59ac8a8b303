"""A chapter put together from its original and the texts that passed; pure."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from glossator.adaptation.splitting import Unit
from glossator.library.content import Block, BlockKind
from glossator.library.plain import plain
from glossator.library.variants import Aligned, State

_ADDED = "➕"


@dataclass(frozen=True, slots=True)
class Made:
    """What became of a unit: its text, or None with the reason; `added` stands behind it."""

    text: str | None
    added: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Assembled:
    """The whole chapter. `completeness` is the share of characters, among those that should be
    adapted, that are; `originals` lists the blocks that stayed, with reasons.
    """

    content: str
    blocks: tuple[Aligned, ...]
    completeness: float
    originals: tuple[dict[str, str], ...]


def assemble(
    text: str, blocks: Sequence[Block], units: Sequence[Unit], made: Mapping[Unit, Made]
) -> Assembled:
    """Every block in its place: adapted, or as it was. Units that aren't in `made` stay too."""
    by_block: dict[int, list[Unit]] = {}
    for unit in units:
        by_block.setdefault(unit.block, []).append(unit)
    out: list[str] = []
    aligned: list[Aligned] = []
    originals: list[dict[str, str]] = []
    at, wanted, done = 0, 0, 0
    for number, block in enumerate(blocks):
        own = by_block.get(number, [])
        results = [made.get(unit) for unit in own]
        size = sum(len(unit.text) for unit in own)
        wanted += size
        state = State.KEPT
        body = text[block.start : block.end]
        if own and all(each is not None and each.text is not None for each in results):
            state, done = State.ADAPTED, done + size
            body = _filled(text, block, own, [each.text or "" for each in results if each])
        elif own:
            state = State.ORIGINAL
            why = next((each.reason for each in results if each and each.reason), "it wasn't made")
            originals.append({"block_id": block.block_id, "reason": why})
        aligned.append(
            Aligned(block.block_id, block.kind, at, at + len(body), block.start, block.end, state)
        )
        out.append(body)
        at += len(body) + 2
        if state is State.ADAPTED:
            for each in results:
                if each is not None and each.added:
                    addition = _addition(each.added)
                    end = at + len(addition)
                    kind = BlockKind.PARAGRAPH
                    aligned.append(
                        Aligned(block.block_id, kind, at, end, block.start, block.end, State.ADDED)
                    )
                    out.append(addition)
                    at = end + 2
    share = done / wanted if wanted else 1.0
    return Assembled("\n\n".join(out), tuple(aligned), round(share, 4), tuple(originals))


def headings(
    original: Sequence[Mapping[str, Any]], blocks: Sequence[Aligned], content: str
) -> list[dict[str, Any]]:
    """The headings where they stand now, in their new words; their anchors stay."""
    own = [block for block in blocks if block.state is not State.ADDED]
    starts = [block.original_start for block in own]
    found: list[dict[str, Any]] = []
    for heading in original:
        block = own[max(bisect_right(starts, heading["start"]) - 1, 0)]
        stands = block.kind is BlockKind.HEADING
        words = plain(content[block.start : block.end]) if stands else heading["text"]
        found.append({**heading, "text": words, "start": block.start})
    return found


def _filled(text: str, block: Block, units: Sequence[Unit], texts: Sequence[str]) -> str:
    """The block with its units' stretches replaced; what lies between them stays."""
    parts: list[str] = []
    at = block.start
    for unit, new in zip(units, texts, strict=True):
        parts += [text[at : unit.start], new]
        at = unit.end
    return "".join([*parts, text[at : block.end]])


def _addition(text: str) -> str:
    """An addition as a quotation that begins with its sign: no reader takes it for the book's."""
    lines = " ".join(text.split())
    return f"> {_ADDED} {lines}"
