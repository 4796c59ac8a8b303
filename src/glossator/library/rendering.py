"""Canonical Markdown -> the HTML of a chapter: blocks, and the boxes, folds and tabs around them.

Pure. Every block is cleaned on its own (`markup.py`), so none can reach beyond its own end.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from html import escape

from glossator.library.content import Block, BlockKind, Container
from glossator.library.markup import BlockRenderer, Link, Picture

BOXES = frozenset({"note", "tip", "info", "warning", "danger", "example"})

_Row = tuple[Block, str]


def render_blocks(
    text: str,
    blocks: Sequence[Block],
    *,
    link: Link | None = None,
    picture: Picture | None = None,
    anchors: Mapping[int, str] | None = None,
) -> list[str]:
    """One clean HTML string per block of the canonical `text`.

    `link` leads relative links on, and `picture` finds the book's pictures; without them they are
    words only. `anchors` maps the start of a heading to the id it gets. Raises nothing: what
    cannot be read as Markdown is shown as it is.
    """
    renderer = BlockRenderer(link=link, picture=picture, anchors=anchors)
    return [renderer.render(text[block.start : block.end], block) for block in blocks]


def render_chapter(
    text: str,
    blocks: Sequence[Block],
    anchors: Mapping[int, str],
    *,
    link: Link | None = None,
    picture: Picture | None = None,
    told: Mapping[int, str] | None = None,
) -> str:
    """A chapter as HTML that may be put into a page as it is.

    Every block stands in `<div class="block" id="{block_id}" data-start data-end>` (code points
    of `text`), and neighbours that share a container in one `<aside>`, `<details>`,
    `<blockquote>` or `<section class="tab">`. `anchors` and `link` are as in `render_blocks`;
    `picture` finds the book's pictures, without it their words are shown; `told` gives blocks
    further attributes, by their start.
    """
    renderer = BlockRenderer(link=link, picture=picture, anchors=anchors)
    more = told or {}
    rows = [(b, _block(text, b, renderer, more.get(b.start, ""))) for b in blocks]
    return "\n".join(_level(rows, 0))


def _block(text: str, block: Block, renderer: BlockRenderer, told: str) -> str:
    source = text[block.start : block.end]
    return (
        f'<div class="block {block.kind.value}" id="{escape(block.block_id)}"'
        f' data-start="{block.start}" data-end="{block.end}"{told}>'
        f"{renderer.render(source, block)}</div>"
    )


def _level(rows: Sequence[_Row], depth: int) -> Iterator[str]:
    for container, run in _runs(rows, depth):
        if container is None:
            yield from (html for _, html in run)
        elif container.kind == "tab":
            panels = "\n".join(_tab(tab, part, depth + 1) for tab, part in _tabs(run, depth))
            yield f'<div class="tabs">\n{panels}\n</div>'
        else:
            yield _box(container, run, depth + 1)


def _at(row: _Row, depth: int) -> Container | None:
    containers = row[0].containers
    return containers[depth] if depth < len(containers) else None


def _runs(rows: Sequence[_Row], depth: int) -> Iterator[tuple[Container | None, list[_Row]]]:
    run: list[_Row] = []
    for row in rows:
        if run and not _joined(_at(run[-1], depth), _at(row, depth)):
            yield _at(run[0], depth), run
            run = []
        run.append(row)
    if run:
        yield _at(run[0], depth), run


def _joined(one: Container | None, other: Container | None) -> bool:
    if one is None or other is None:
        return one is other
    return (one.kind, one.group) == (other.kind, other.group)


def _tabs(run: Sequence[_Row], depth: int) -> Iterator[tuple[Container, list[_Row]]]:
    part: list[_Row] = []
    for row in run:
        if part and _at(part[0], depth) != _at(row, depth):
            yield part[0][0].containers[depth], part
            part = []
        part.append(row)
    yield part[0][0].containers[depth], part


def _tab(tab: Container, rows: Sequence[_Row], depth: int) -> str:
    title = escape(tab.title or "…")
    inner = "\n".join(_level(rows, depth))
    return f'<section class="tab" data-title="{title}">\n{inner}\n</section>'


def _box(container: Container, rows: Sequence[_Row], depth: int) -> str:
    first, html = rows[0]
    labelled = bool(container.title) and first.kind is BlockKind.PARAGRAPH
    if container.kind == "details":
        # The title stands as the first paragraph of the canonical text and can be quoted.
        inner = "\n".join(_level(rows[1:] if labelled else rows, depth))
        summary = html if labelled else escape(container.title or "…", quote=False)
        return f"<details>\n<summary>{summary}</summary>\n{inner}\n</details>"
    inner = "\n".join(_level(rows, depth))
    if container.kind == "quote":
        return f"<blockquote>\n{inner}\n</blockquote>"
    kind = container.kind if container.kind in BOXES else "note"
    labelled_class = " labelled" if labelled else ""
    return f'<aside class="{kind}{labelled_class}">\n{inner}\n</aside>'
