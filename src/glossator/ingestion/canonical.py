"""Neutral Markdown -> canonical text with blocks and headings.

Neutral Markdown is CommonMark with GitHub's tables and strike-through, formulas in dollars,
footnotes, raw HTML and the directives of `directives.py`. Every dialect is brought into this
form by its reader. The canonical text is made of the blocks alone, one blank line between
them: prefixes of quotations and frames of containers are gone, the titles of containers
stand as paragraphs in bold, entities are decoded. It is Markdown without raw HTML: whoever
renders it must not take the `<` in it for tags.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from glossator.ingestion.blocks import MAX_NESTING, BlockWriter, Shared
from glossator.ingestion.directives import markdown_parser
from glossator.ingestion.pieces import Piece
from glossator.ingestion.slugs import Slugger
from glossator.library.content import Block, BlockKind, CanonicalText, Heading, block_id

# Part of every fingerprint: raise it when readers or chunker change what they give for the
# same source, so that the next `add` makes the rows anew.
PIPELINE_VERSION = "3"


def build(
    markdown: str, *, slug: Slugger, indented_code: bool = True
) -> tuple[CanonicalText, list[str]]:
    """The canonical text of one chapter, and sentences on what was wrong in its source.

    `slug` gives the anchors of headings without an id of their own. `indented_code` says
    whether four blanks make a listing (not so in MDX). Raises nothing: what is nested too
    deeply to read comes out as plain paragraphs with a warning.
    """
    source = _normalised(markdown)
    md = markdown_parser(html=True, indented_code=indented_code, nesting=MAX_NESTING)
    env: dict[str, Any] = {}
    tokens = md.parse(source, env)
    if any(token.level >= MAX_NESTING - 1 for token in tokens):
        warning = "The text is nested too deeply to be read as Markdown; it is kept as plain text."
        return plain(source, slug=slug), [warning]
    shared = Shared.of(source, env)
    writer = BlockWriter(shared)
    writer.write(tokens)
    writer.finish()
    return assemble(writer.pieces, slug), shared.warnings


def plain(text: str, *, slug: Slugger) -> CanonicalText:
    """The canonical text of a text that is not Markdown: its paragraphs as they are."""
    pieces = []
    for part in re.split(r"\n(?:[^\S\n]*\n)+", _normalised(text)):
        lines = (line.strip() for line in part.split("\n"))
        body = "\n".join(line for line in lines if line)
        if body:
            pieces.append(Piece(BlockKind.PARAGRAPH, body))
    return assemble(pieces, slug)


def _normalised(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "\ufffd")


def assemble(pieces: Sequence[Piece], slug: Slugger) -> CanonicalText:
    """The canonical text of pieces in reading order, one blank line between them."""
    blocks: list[Block] = []
    headings: list[Heading] = []
    seen: dict[str, int] = {}
    offset = 0
    for piece in pieces:
        end = offset + len(piece.text)
        name = block_id(piece.kind, piece.text, seen)
        blocks.append(
            Block(name, piece.kind, offset, end, piece.language, piece.containers, piece.page)
        )
        for mark in piece.headings:
            anchor = slug(mark.text) if mark.anchor is None else mark.anchor
            headings.append(Heading(mark.text, mark.depth, anchor, offset + mark.start))
        offset = end + 2
    text = "\n\n".join(piece.text for piece in pieces)
    return CanonicalText(text, tuple(blocks), tuple(headings))
