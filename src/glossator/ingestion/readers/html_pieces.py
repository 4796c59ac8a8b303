"""A tree of HTML -> the pieces of a canonical text; used by HTML and EPUB."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from glossator.ingestion.directives import container_kind
from glossator.ingestion.pieces import HeadingMark, Piece
from glossator.ingestion.readers import phrases
from glossator.ingestion.readers.html_elements import HANDLERS
from glossator.ingestion.readers.html_tree import (
    attribute,
    classes,
    dropped,
    types,
)
from glossator.ingestion.readers.mathml import local
from glossator.library.content import BlockKind, Container
from glossator.library.plain import plain

if TYPE_CHECKING:
    from selectolax.lexbor import LexborNode

MAX_DEPTH = 100
"""Levels of elements that are told apart; deeper ones count as plain text."""

_INLINE = frozenset(
    "a abbr acronym b bdi bdo big cite code data del dfn em font i ins kbd label mark q ruby rb s"
    " samp small span strike strong sub sup time tt u var nobr wbr br img math svg".split()
)
_MARKS = {
    **dict.fromkeys(("strong", "b"), (phrases.STRONG, phrases.STRONG_END)),
    **dict.fromkeys(("em", "i", "cite", "dfn", "var"), (phrases.EMPHASIS, phrases.EMPHASIS_END)),
    **dict.fromkeys(("del", "s", "strike"), (phrases.STRUCK, phrases.STRUCK_END)),
    "q": ("“", "”"),
}
_NOTICES = frozenset(("admonition", "theme-admonition", "alert", "callout", "admonitionblock"))
_NOTES = frozenset(
    ("footnote", "endnote", "rearnote", "note", "tip", "notice", "sidebar", "example")
)
_TEX_DELIMITERS = re.compile(
    r"\\\((.{1,2000}?)\\\)|\\\[(.{1,4000}?)\\\]|\$\$(.{1,4000}?)\$\$", re.DOTALL
)
_NUMBER_FIRST = re.compile(r"^[\[(]?\s*(?:\d{1,4}|[⁰¹²³⁴⁵⁶⁷⁸⁹]{1,4}|[*†‡§])\s*[\])]?[.:]?\s+")


@dataclass(frozen=True, slots=True)
class Plan:
    """What the whole document says about one of its pages.

    `notes` are ids of elements that are footnotes -> their labels; `reference` tells the label
    that an address leads to; `titles` are ids -> heading and depth where the contents name
    places without headings. `dollars`: the page's script sets formulas between dollars.
    Notes with labels `in_place` stay where they stand.
    `asides`: those stay that are no notes. `picture` tells the file's own part that an address
    leads to, "" where it is none.
    """

    notes: Mapping[str, str] = field(default_factory=dict)
    in_place: frozenset[str] = frozenset()
    reference: Callable[[str], str | None] = lambda _: None
    titles: Mapping[str, tuple[str, int]] = field(default_factory=dict)
    dollars: bool = False
    asides: bool = False
    picture: Callable[[str], str] = lambda _: ""


@dataclass(slots=True)
class State:
    """What all writers of one page share: the page number, the notes met, the groups given."""

    plan: Plan
    page: int | None = None
    notes: dict[str, str] = field(default_factory=dict)
    groups: int = 0
    linked: frozenset[str] = frozenset()


class PieceWriter:
    """Walks elements and collects `pieces`."""

    def __init__(self, state: State, *, in_list: bool = False) -> None:
        self.state = state
        self.pieces: list[Piece] = []
        self._in_list = in_list
        self.run: list[str] = []
        self.containers: tuple[Container, ...] = ()
        self.start_page: int | None = None

    def write(self, node: LexborNode) -> None:
        """Add what an element holds."""
        self.children(node, 0)
        self.flush()

    def sub(self, *, in_list: bool = False) -> PieceWriter:
        """A writer for a part of the same page whose pieces are used one by one."""
        return PieceWriter(self.state, in_list=in_list)

    def nested(self, node: LexborNode, depth: int, *, in_list: bool = False) -> list[Piece]:
        """The pieces of an element by themselves."""
        writer = self.sub(in_list=in_list)
        writer.children(node, depth + 1)
        writer.flush()
        return writer.pieces

    def flush(self) -> None:
        """End the paragraph that is being collected."""
        if not self.run:
            return
        run, self.run = self.run, []
        text = phrases.finished("".join(run))
        if not text:
            return
        figure = phrases.is_figure(text)
        if self._in_list:
            text = phrases.line_starts(text)
        self.add(BlockKind.FIGURE if figure else BlockKind.PARAGRAPH, text)

    def add(
        self,
        kind: BlockKind,
        text: str,
        language: str | None = None,
        headings: tuple[HeadingMark, ...] = (),
    ) -> None:
        """Add a finished piece."""
        if text:
            page = self.state.page if self.start_page is None else self.start_page
            self.pieces.append(Piece(kind, text, language, self.containers, headings, page))
        self.start_page = None

    def children(self, node: LexborNode, depth: int) -> None:
        """Add what an element holds to the paragraph that is being collected, or after it."""
        child = node.child
        while child is not None:
            self._node(child, depth)
            child = child.next

    def _node(self, node: LexborNode, depth: int) -> None:
        tag = node.tag or "-"
        if tag == "-text":
            self._text(node.text_content or "")
            return
        name = local(node)
        if dropped(node):
            if name == "script" and "math/tex" in attribute(node, "type"):
                self.formula(node.text(deep=True), display="display" in attribute(node, "type"))
            return
        if depth > MAX_DEPTH:
            self._text(" " + node.text(deep=True) + " ")
            return
        if self._taken(node, name, depth):
            return
        handler = HANDLERS.get(name)
        if handler is not None:
            handler(self, node, depth)
        elif name in _MARKS:
            opening, closing = _MARKS[name]
            self.run.append(opening)
            self.children(node, depth + 1)
            self.run.append(closing)
        elif name in _INLINE:
            self._span(node, depth)
        else:
            self.flush()
            self._block(node, name, depth)
            self.flush()

    def _taken(self, node: LexborNode, name: str, depth: int) -> bool:
        """Handle what an element is by its id or its type rather than by its name."""
        plan = self.state.plan
        if plan.notes and name not in ("a", "sup", "span", "section", "ol", "body"):
            label = self.note_label(node)
            if label is not None:
                self.note(node, label, depth)
                return True
        if plan.titles and (title := plan.titles.get(attribute(node, "id"))) is not None:
            self.flush()
            self.heading(title[0], title[1], attribute(node, "id"))
        said = types(node)
        if "pagebreak" in said:
            number = attribute(node, "title") or attribute(node, "aria-label") or node.text()
            digits = re.search(r"\d{1,6}", number)
            if digits and not re.search(r"\d\D+\d", number):
                self.state.page = int(digits[0]) or None
            return True
        return False

    def _text(self, text: str) -> None:
        if not text:
            return
        if not self.run:
            if text.isspace():
                return
            self.start_page = self.state.page
        if self.state.plan.dollars and ("$" in text or "\\" in text):
            self.run.append(_with_formulas(text))
        else:
            self.run.append(phrases.literal(text))

    def formula(self, latex: str, *, display: bool) -> None:
        """Add a formula, within the paragraph or as a block of its own."""
        latex = latex.strip()
        if display and latex:
            self.flush()
            lines = (line.strip() for line in latex.replace("$$", "").split("\n"))
            body = "\n".join(line for line in lines if line)
            self.add(BlockKind.MATH, f"$$\n{body}\n$$")
        else:
            self.run.append(phrases.formula(latex))

    def _block(self, node: LexborNode, name: str, depth: int) -> None:
        said = classes(node)
        if name == "aside" and not self._kept_aside(node, said):
            return
        if said & _NOTICES or (name == "aside" and types(node) & {"note", "tip", "notice"}):
            self._notice(node, said, depth)
        elif name == "blockquote":
            self.within("quote", "", node, depth)
        elif name == "dt":
            self.run.append(phrases.STRONG)
            self.children(node, depth + 1)
            self.run.append(phrases.STRONG_END)
        else:
            self.children(node, depth + 1)

    def _kept_aside(self, node: LexborNode, said: set[str]) -> bool:
        return self.state.plan.asides or bool(said & _NOTICES) or bool(types(node) & _NOTES)

    def within(self, kind: str, title: str, node: LexborNode, depth: int) -> None:
        """Add what an element holds as wrapped in a container."""
        self.state.groups += 1
        before = self.containers
        words = plain(title)
        self.containers = (*before, Container(kind, words, self.state.groups))
        if title:
            self.add(BlockKind.PARAGRAPH, f"**{title.replace('**', '')}**")
        self.children(node, depth + 1)
        self.flush()
        self.containers = before

    def _notice(self, node: LexborNode, said: set[str], depth: int) -> None:
        kinds = [container_kind(each.removeprefix("alert-").removeprefix("alert--"))
                 for each in said - _NOTICES]  # fmt: skip
        named = [kind for kind in kinds if kind not in ("note", "tab", "tabs", "details", "quote")]
        title = node.css_first(".admonition-title, .title, .callout-title, .alert-heading")
        label = self.inline(title, depth) if title is not None else ""
        if title is not None:
            title.decompose()
        self.within(named[0] if named else "note", label, node, depth)

    def _span(self, node: LexborNode, depth: int) -> None:
        said = classes(node)
        if "math" in said and node.css_first("math") is None:
            latex = node.text(deep=True).strip()
            wrapped = _TEX_DELIMITERS.fullmatch(latex)
            if wrapped:
                latex = next(part for part in wrapped.groups() if part is not None)
            self.formula(latex.strip("$"), display="display" in said)
            return
        self.children(node, depth + 1)

    def inline(self, node: LexborNode, depth: int) -> str:
        """An element's words on one line, with the marks that a heading may have."""
        writer = self.sub()
        writer.children(node, depth + 1)
        run = phrases.finished("".join(writer.run), " ")
        inner = [piece.text for piece in writer.pieces if piece.kind is not BlockKind.CODE]
        return " ".join(" ".join((*inner, run)).split())

    def heading(self, text: str, depth: int, anchor: str | None) -> None:
        """Add a heading whose words are Markdown already."""
        if text:
            mark = HeadingMark(plain(text) or text, depth, anchor or None)
            self.add(BlockKind.HEADING, f"{'#' * depth} {text}", headings=(mark,))

    def adopt(self, pieces: Sequence[Piece]) -> None:
        """Add pieces that a part of the page made by itself."""
        for piece in pieces:
            wrapped = (*self.containers, *piece.containers)
            self.pieces.append(replace(piece, containers=wrapped))

    def note_label(self, node: LexborNode) -> str | None:
        """The label of the footnote that an element is, None where it is none."""
        notes = self.state.plan.notes
        if not notes:
            return None
        at: LexborNode | None = node
        for _ in range(4):
            if at is None:
                return None
            label = notes.get(attribute(at, "id")) if local(at) else None
            if label is not None:
                return label
            at = at.child
            while at is not None and at.tag == "-text" and not (at.text_content or "").strip():
                at = at.next
            if at is not None and local(at) not in ("a", "span", "sup", "p"):
                return None
        return None

    def note(self, node: LexborNode, label: str, depth: int) -> None:
        """Keep what an element holds as the text of a footnote."""
        self.flush()
        if label in self.state.notes:
            return
        self.state.notes[label] = ""
        pieces = self.nested(node, depth)
        text = " ".join(piece.text.replace("\n", " ") for piece in pieces)
        words = _NUMBER_FIRST.sub("", text).strip()
        if label in self.state.plan.in_place:
            self.add_notes([label], {label: words})
        else:
            self.state.notes[label] = words

    def add_notes(self, labels: Sequence[str], notes: Mapping[str, str]) -> None:
        """Add the notes `labels` as paragraphs of their own."""
        for label in labels:
            if notes.get(label):
                self.add(BlockKind.PARAGRAPH, f"[^{label}]: {notes[label]}")


def _with_formulas(text: str) -> str:
    parts: list[str] = []
    position = 0
    for match in re.finditer(
        r"\\\((.{1,2000}?)\\\)|\\\[(.{1,4000}?)\\\]|\$\$(.{1,4000}?)\$\$|\$([^\s$](?:[^$]{0,500}[^\s$])?)\$",
        text,
        re.DOTALL,
    ):
        latex = next(part for part in match.groups() if part is not None)
        parts += (phrases.literal(text[position : match.start()]), phrases.formula(latex))
        position = match.end()
    return "".join((*parts, phrases.literal(text[position:])))
