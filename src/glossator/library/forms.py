"""A chapter's form (retold or translated) as HTML: the blocks of the original in other words.

Pure. A block of a form has the id of the original's, and stands in its box, fold or tab.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from html import escape

from glossator.library.content import Block, BlockKind
from glossator.library.markup import BlockRenderer, Link, Picture
from glossator.library.objects import direction
from glossator.library.rendering import render_chapter
from glossator.library.variants import Aligned, State

_QUOTED = "> "


@dataclass(frozen=True, slots=True)
class FormHtml:
    """One block of a form to be shown: what it is, and which way it is written."""

    block_id: str
    html: str
    state: str
    language: str
    direction: str


def render_form(
    content: str,
    aligned: Sequence[Aligned],
    original: Sequence[Block],
    *,
    languages: tuple[str, str],
    anchors: Mapping[int, str],
    link: Link | None = None,
    picture: Picture | None = None,
) -> str:
    """A form as `rendering.render_chapter` gives a chapter.

    Every block tells its `data-state` (as `variants.State`), `lang` and `dir`; what was added
    has the id of the block that it explains with `-added` behind it. `languages` are the form's
    and the original's.
    """
    blocks, told = [], {}
    for block, state in _blocks(content, aligned, original):
        blocks.append(block)
        told[block.start] = _attributes(block, state, languages)
    return render_chapter(content, blocks, anchors, link=link, picture=picture, told=told)


def form_blocks(
    content: str,
    aligned: Sequence[Aligned],
    original: Sequence[Block],
    *,
    languages: tuple[str, str],
) -> list[FormHtml]:
    """Single blocks of a form; their relative links are words only."""
    renderer = BlockRenderer()
    found = []
    for block, state in _blocks(content, aligned, original):
        language = _language(block, state, languages)
        html = renderer.render(content[block.start : block.end], block)
        way = _direction(block, language)
        found.append(FormHtml(block.block_id, html, state.value, language, way))
    return found


def _blocks(
    content: str, aligned: Sequence[Aligned], original: Sequence[Block]
) -> Iterator[tuple[Block, State]]:
    """The form's blocks as the library renders blocks; an addition loses its mark of quotation."""
    known = {block.block_id: block for block in original}
    additions: dict[str, int] = {}
    for item in aligned:
        old = known.get(item.block_id)
        block = Block(item.block_id, item.kind, item.start, item.end)
        if old is not None:
            block = replace(block, language=old.language, containers=old.containers)
        if item.state is State.ADDED:
            number = additions[item.block_id] = additions.get(item.block_id, 0) + 1
            name = f"{item.block_id}-added" + (f"-{number}" if number > 1 else "")
            quoted = content.startswith(_QUOTED, item.start)
            start = item.start + (len(_QUOTED) if quoted else 0)
            block = replace(block, block_id=name, start=start, language=None)
        yield block, item.state


def _attributes(block: Block, state: State, languages: tuple[str, str]) -> str:
    language = _language(block, state, languages)
    way = _direction(block, language)
    return f' data-state="{state.value}" lang="{escape(language)}" dir="{way}"'


def _language(block: Block, state: State, languages: tuple[str, str]) -> str:
    form, original = languages
    return original if state is State.ORIGINAL or _is_source(block) else form


def _direction(block: Block, language: str) -> str:
    """Listings and formulas go from left to right everywhere."""
    return "ltr" if _is_source(block) else direction(language)


def _is_source(block: Block) -> bool:
    return block.kind in (BlockKind.CODE, BlockKind.MATH)
