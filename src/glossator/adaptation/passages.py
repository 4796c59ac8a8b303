"""Some blocks of a chapter in another form: what a reader has marked; pure.

A passage is planned, paid, checked and cached as a chapter is. Only where the whole chapter is
kept in that form already, its blocks are taken from there.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import replace

from glossator.adaptation.wanted import Adapted
from glossator.foundation.errors import BadRequest
from glossator.library.content import Block

MOST_BLOCKS = 20


def among(blocks: Sequence[Block], names: Collection[str]) -> tuple[Block, ...]:
    """The blocks with these ids in the order of the text; raises `BadRequest` for others."""
    found = tuple(block for block in blocks if block.block_id in names)
    if len(found) != len(set(names)):
        raise BadRequest("The chapter has no such block. Reload the chapter and try again.")
    return found


def mark(made_from: str, blocks: Sequence[Block]) -> str:
    """The fingerprint of the state that a passage is made from."""
    told = "\x00".join([made_from, *(block.block_id for block in blocks)])
    return hashlib.sha256(told.encode()).hexdigest()


def of_form(kept: Adapted, names: Collection[str]) -> Adapted:
    """The same blocks of a chapter's form; raises `BadRequest` as `among`."""
    own = [block for block in kept.blocks if block.block_id in names]
    if len({block.block_id for block in own}) != len(set(names)):
        raise BadRequest("The chapter has no such block. Reload the chapter and try again.")
    at, parts, blocks = 0, [], []
    for block in own:
        text = kept.content[block.start : block.end]
        blocks.append(replace(block, start=at, end=at + len(text)))
        parts.append(text)
        at += len(text) + 2
    originals = tuple(row for row in kept.originals if row["block_id"] in names)
    content = "\n\n".join(parts)
    return replace(kept, content=content, blocks=tuple(blocks), headings=(), originals=originals)
