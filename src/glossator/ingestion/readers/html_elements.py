"""What single elements of HTML become; `html_pieces` walks the tree and asks here."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from glossator.ingestion.pieces import Piece, fenced, join_items
from glossator.ingestion.readers import phrases
from glossator.ingestion.readers.html_tables import table_pieces
from glossator.ingestion.readers.html_tree import (
    attribute,
    classes,
    code_language,
    dropped,
    types,
)
from glossator.ingestion.readers.mathml import latex_of, local
from glossator.library.content import BlockKind

if TYPE_CHECKING:
    from selectolax.lexbor import LexborNode

    from glossator.ingestion.readers.html_pieces import PieceWriter

_PERMALINKS = frozenset(("headerlink", "hash-link", "anchor-link", "header-anchor", "permalink"))
_BACKLINKS = frozenset(("footnote-back", "footnote-backref", "reversefootnote", "mw-cite-backlink"))
_SUPERSCRIPTS = str.maketrans("0123456789+-=()ni", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ⁿⁱ")
_SUBSCRIPTS = str.maketrans("0123456789+-=()", "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎")
_ORDINALS = frozenset("st nd rd th er re e o a os as ème eme ª º tm sm".split())


def _on_heading(writer: PieceWriter, node: LexborNode, depth: int) -> None:
    writer.flush()
    for extra in node.css("a"):
        if classes(extra) & _PERMALINKS or extra.text().strip() in ("¶", "#", "§", "›"):
            extra.decompose()
    anchor = attribute(node, "id")
    if not anchor:
        inner = node.css_first("[id]")
        anchor = attribute(inner, "id") if inner is not None else ""
    parent = node.parent
    if not anchor and parent is not None and local(parent) == "section":
        anchor = attribute(parent, "id")
    writer.heading(writer.inline(node, depth), int(local(node)[1]), anchor)


def _on_break(writer: PieceWriter, _node: LexborNode, _depth: int) -> None:
    writer.run.append(phrases.BREAK)


def _on_code(writer: PieceWriter, node: LexborNode, _depth: int) -> None:
    writer.run.append(phrases.code(node.text(deep=True)))


def _on_listing(writer: PieceWriter, node: LexborNode, _depth: int) -> None:
    writer.flush()
    for gutter in node.css(".lineno, .linenos, .linenodiv, .line-number, .copy-button"):
        gutter.decompose()
    for line_break in node.css("br"):
        line_break.replace_with("\n")
    language = code_language(node)
    writer.add(BlockKind.CODE, fenced(node.text(deep=True), language), language)


def _on_image(writer: PieceWriter, node: LexborNode, _depth: int) -> None:
    if "mwe-math-fallback-image-inline" not in classes(node):
        words = attribute(node, "alt") or attribute(node, "title")
        part = writer.state.plan.picture(attribute(node, "src"))
        writer.run.append(phrases.image(words, part))


def _on_drawing(writer: PieceWriter, node: LexborNode, _depth: int) -> None:
    label = node.css_first("title") or node.css_first("desc")
    words = [part.text(deep=True) for part in node.css("text")]
    if label is not None and label.text().strip():
        writer.run.append(phrases.image(label.text(deep=True)))
    writer.run.append(phrases.literal(" ".join([" ", *words])))


def _on_math(writer: PieceWriter, node: LexborNode, _depth: int) -> None:
    parent = node.parent
    outer = attribute(parent, "class") if parent is not None else ""
    block = attribute(node, "display") == "block" or attribute(node, "mode") == "display"
    writer.formula(latex_of(node), display=block and "inline" not in outer)


def _on_script(writer: PieceWriter, node: LexborNode, depth: int) -> None:
    label = _reference_in(writer, node)
    if label is not None:
        writer.run.append(phrases.raw(f"[^{label}]"))
        return
    inner = writer.sub()
    inner.children(node, depth + 1)
    text = phrases.finished("".join(inner.run), " ")
    table = _SUPERSCRIPTS if local(node) == "sup" else _SUBSCRIPTS
    small = text.translate(table)
    if not text:
        return
    if all(ord(char) in table for char in text):
        writer.run.append(small)
    elif (
        text.lower().strip(".") in _ORDINALS
        or (local(node) == "sub" and len(text) == 1)
        or phrases.literal(text) != text
        or " " in text
        or text[0] in "[(*†‡"
    ):
        writer.run.append(phrases.raw(text))
    else:
        sign = "^" if table is _SUPERSCRIPTS else "_"
        writer.run.append(phrases.raw(sign + text))


def _reference_in(writer: PieceWriter, node: LexborNode) -> str | None:
    links = node.css("a[href]")
    if len(links) != 1:
        return None
    return writer.state.plan.reference(attribute(links[0], "href"))


def _on_link(writer: PieceWriter, node: LexborNode, depth: int) -> None:
    target = attribute(node, "href")
    said = types(node)
    if "backlink" in said or classes(node) & _BACKLINKS or node.text().strip() in ("↩", "↩︎"):
        return
    label = writer.state.plan.reference(target) if target else None
    if label is not None and ("noteref" in said or len(node.text().strip()) <= 8):
        writer.run.append(phrases.raw(f"[^{label}]"))
        return
    start, before = len(writer.run), len(writer.pieces)
    if not writer.run:
        writer.start_page = writer.state.page
    writer.children(node, depth + 1)
    if len(writer.pieces) != before or not target:
        return
    if target.startswith("#") and target[1:] not in writer.state.linked:
        return
    words = "".join(writer.run[start:])
    writer.run[start:] = [phrases.link(words, target)]


def _on_list(writer: PieceWriter, node: LexborNode, depth: int) -> None:
    writer.flush()
    items: list[tuple[str, Sequence[Piece]]] = []
    start = attribute(node, "start")
    number = int(start) if re.fullmatch(r"\d{1,6}", start) else 1
    child = node.child
    while child is not None:
        item = child
        child = child.next
        if dropped(item):
            continue
        label = writer.note_label(item)
        if label is not None:
            writer.note(item, label, depth)
            continue
        inside = local(item) not in ("ul", "ol")
        pieces = (
            writer.nested(item, depth, in_list=True) if inside else _list_of(writer, item, depth)
        )
        if pieces:
            items.append((f"{number}. " if local(node) == "ol" else "- ", pieces))
            number += 1
    if any(piece.headings for _, pieces in items for piece in pieces):
        # Headings give a text its order; a list that holds some only arranges sections.
        for _, made in items:
            writer.adopt(made)
        return
    tight = all(piece.kind is BlockKind.LIST for _, pieces in items for piece in pieces[1:])
    text, marks = join_items(items, tight=tight)
    writer.add(BlockKind.LIST, text, headings=marks)


def _list_of(writer: PieceWriter, node: LexborNode, depth: int) -> list[Piece]:
    inner = writer.sub(in_list=True)
    _on_list(inner, node, depth + 1)
    return inner.pieces


def _on_table(writer: PieceWriter, node: LexborNode, depth: int) -> None:
    writer.flush()
    writer.adopt(table_pieces(writer, node, depth))


def _on_details(writer: PieceWriter, node: LexborNode, depth: int) -> None:
    writer.flush()
    summary = node.css_first("summary")
    title = writer.inline(summary, depth) if summary is not None else ""
    if summary is not None:
        summary.decompose()
    writer.within("details", title or "…", node, depth)


_Handler = Callable[["PieceWriter", "LexborNode", int], None]

HANDLERS: dict[str, _Handler] = {
    **{f"h{depth}": _on_heading for depth in range(1, 7)},
    **dict.fromkeys(("code", "kbd", "samp", "tt"), _on_code),
    "pre": _on_listing,
    "listing": _on_listing,
    "br": _on_break,
    "img": _on_image,
    "svg": _on_drawing,
    "math": _on_math,
    "sup": _on_script,
    "sub": _on_script,
    "a": _on_link,
    "ul": _on_list,
    "ol": _on_list,
    "menu": _on_list,
    "table": _on_table,
    "details": _on_details,
}
"""Element names -> what writes them; others are plain containers or have marks of their own."""
