"""Block tokens of neutral Markdown -> the pieces that a canonical text is put together from."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from markdown_it import MarkdownIt
from markdown_it.token import Token

from glossator.ingestion.directives import container_kind, markdown_parser
from glossator.ingestion.inline import References, clean_inline, only_images, plain_text
from glossator.ingestion.pieces import HeadingMark, Piece, fenced, join_items, markdown_table
from glossator.ingestion.rawhtml import html_to_markdown
from glossator.library.content import BlockKind, Container

MAX_NESTING = 48
"""Levels of nested blocks that are read; a list counts two."""

_MAX_BOXES = 50

_ATTRIBUTES = re.compile(r"\s*\{:?\s*([^{}\n]{1,200})\}\s*$")
_LEADING_ID = re.compile(r"^\{#([^{}\s]{1,200})\}\s*")
_ALERT = re.compile(r"\[!(note|tip|important|warning|caution)\][ \t]*(?:\n|$)", re.IGNORECASE)
_INFO_LANGUAGE = re.compile(r"[\w+#./-]+")
_INFO_TITLE = re.compile(r"""\btitle=(?:"([^"]*)"|'([^']*)'|([^\s{}"']+))""")


@dataclass(slots=True)
class _Open:
    """An open directive: `container` is None for `:::tabs`, `group` that of its tabs."""

    container: Container | None
    colons: int
    group: int


@dataclass(slots=True)
class Shared:
    """What the writers of one chapter have in common."""

    env: dict[str, Any]
    lines: list[str]
    html_md: MarkdownIt
    inline_md: MarkdownIt
    warnings: list[str] = field(default_factory=list)
    groups: int = 0

    @classmethod
    def of(cls, source: str, env: dict[str, Any]) -> Shared:
        """For a chapter whose `source` was parsed with `env`."""
        html_md = markdown_parser(html=False, indented_code=False, nesting=MAX_NESTING)
        html_md.disable("html_table")
        inline_md = MarkdownIt("commonmark", {"html": False}).enable("strikethrough")
        return cls(env, source.split("\n"), html_md, inline_md)

    @property
    def references(self) -> References:
        """The chapter's link references."""
        return cast("References", self.env.get("references") or {})

    def next_group(self) -> int:
        """A number for a container that no other in the chapter has."""
        self.groups += 1
        return self.groups


class BlockWriter:
    """Walks block tokens and collects `pieces`."""

    def __init__(self, shared: Shared, *, reparsed: bool = False) -> None:
        self._shared = shared
        self._reparsed = reparsed
        self._stack: list[_Open] = []
        self._floor = 0
        self._last_tab = (-1, -1, 0)
        self._prefix = ""
        self._overflow = 0
        self._unmatched: list[int] = []
        self.pieces: list[Piece] = []

    def write(self, tokens: Sequence[Token]) -> None:
        """Add the blocks of `tokens`, a run in which every opening has its closing."""
        index = 0
        while index < len(tokens):
            token = tokens[index]
            end = index
            if token.nesting == 1:
                end = _closing(tokens, index)
                self._nested(token, tokens[index + 1 : end])
            else:
                self._leaf(token)
            index = end + 1

    def finish(self) -> None:
        """Warn of directives that were never closed."""
        for item in self._stack:
            kind = item.container.kind if item.container else "tabs"
            self._shared.warnings.append(f"A {kind} box is opened but never closed; add a :::.")

    def _nested(self, token: Token, inner: Sequence[Token]) -> None:
        if token.type == "paragraph_open":
            self._paragraph(inner[0].content if inner else "")
        elif token.type == "heading_open":
            self._heading(inner[0].content if inner else "", int(token.tag[1]))
        elif token.type in ("bullet_list_open", "ordered_list_open"):
            self._list(token, inner)
        elif token.type == "table_open":
            self._table(inner)
        elif token.type == "blockquote_open":
            self._quote(inner)
        elif token.type == "footnote_reference_open":
            self._prefix = f"[^{token.meta['label']}]: "
            self.write(inner)
            self._prefix = ""
        else:
            self.write(inner)

    def _leaf(self, token: Token) -> None:
        if token.type == "fence":
            self._fence(token)
        elif token.type == "code_block":
            self._add(BlockKind.CODE, fenced(token.content, None))
        elif token.type == "math":
            self._math(token.content)
        elif token.type == "directive" and token.meta["open"]:
            self._open_directive(token.meta["name"], token.meta["title"], token.meta["colons"])
        elif token.type == "directive":
            self._close_directive(token.meta["colons"])
        elif token.type == "html_block":
            neutral = html_to_markdown(token.content)
            env: dict[str, Any] = {"references": self._shared.env.setdefault("references", {})}
            reparsed, self._reparsed = self._reparsed, True
            self.write(self._shared.html_md.parse(neutral, env))
            self._reparsed = reparsed

    def _add(
        self,
        kind: BlockKind,
        text: str,
        language: str | None = None,
        headings: tuple[HeadingMark, ...] = (),
    ) -> None:
        text = text.strip()
        if not text:
            return
        if self._prefix and kind is BlockKind.PARAGRAPH:
            text, self._prefix = self._prefix + text, ""
        containers = tuple(item.container for item in self._stack if item.container is not None)
        self.pieces.append(Piece(kind, text, language, containers, headings))

    def _clean(self, raw: str, line_break: str = "\n") -> str:
        return clean_inline(raw, self._shared.references, line_break=line_break)

    def _paragraph(self, raw: str) -> None:
        text = self._clean(raw)
        figure = only_images(self._shared.inline_md, text)
        self._add(BlockKind.FIGURE if figure else BlockKind.PARAGRAPH, text)

    def _label(self, text: str) -> None:
        bare = text.replace("**", "").strip()
        self._add(BlockKind.PARAGRAPH, f"**{bare}**" if bare else "")

    def _heading(self, raw: str, depth: int) -> None:
        anchor: str | None = None
        content = " ".join(raw.split("\n")).strip()
        if leading := _LEADING_ID.match(content):
            anchor, content = leading[1], content[leading.end() :]
        attributes = _ATTRIBUTES.search(content)
        if attributes and re.search(r"(?:^|\s)[#.][^\s{}]+", attributes[1]):
            named = re.search(r"(?:^|\s)#([^\s{}]+)", attributes[1])
            anchor = named[1] if named else anchor
            content = content[: attributes.start()]
        text = self._clean(content, " ").strip()
        if text:
            mark = HeadingMark(plain_text(self._shared.inline_md, text), depth, anchor)
            self._add(BlockKind.HEADING, f"{'#' * depth} {text}", headings=(mark,))

    def _fence(self, token: Token) -> None:
        self._check_closed(token)
        info = token.info.strip()
        title = _INFO_TITLE.search(info)
        if title:
            label = next(part for part in title.groups() if part is not None).strip()
            self._label(label if re.search(r"[\s`]", label) else f"`{label}`" if label else "")
        language = _INFO_LANGUAGE.match(info.lstrip("{. "))
        name = language[0].lower() if language and not info.startswith("title=") else None
        if name == "math":
            self._math(token.content)
        else:
            self._add(BlockKind.CODE, fenced(token.content, name), name)

    def _check_closed(self, token: Token) -> None:
        if token.map is None or self._reparsed:
            return
        first, after = token.map
        last = self._shared.lines[after - 1] if after - first > 1 else ""
        if not last.rstrip().endswith(token.markup):
            self._shared.warnings.append(
                f"The code fence opened on line {first + 1} is never closed; "
                f"add a line {token.markup}."
            )

    def _math(self, formula: str) -> None:
        lines = (line.strip() for line in formula.split("\n"))
        body = "\n".join(line for line in lines if line)
        self._add(BlockKind.MATH, f"$$\n{body}\n$$" if body else "")

    def _list(self, token: Token, inner: Sequence[Token]) -> None:
        ordered = token.type == "ordered_list_open"
        number = int(token.attrs.get("start", 1)) if ordered else 0
        items: list[tuple[str, Sequence[Piece]]] = []
        tight = True
        index = 0
        while index < len(inner):
            end = _closing(inner, index)
            item = inner[index]
            writer = BlockWriter(self._shared, reparsed=self._reparsed)
            writer.write(inner[index + 1 : end])
            tight = tight and not any(
                part.type == "paragraph_open" and not part.hidden and part.level == item.level + 1
                for part in inner[index + 1 : end]
            )
            marker = f"{number}{item.markup} " if ordered else "- "
            if writer.pieces:
                items.append((marker, writer.pieces))
            number += 1
            self._unmatched += writer._unmatched
            index = end + 1
        text, marks = join_items(items, tight=tight)
        self._add(BlockKind.LIST, text, headings=marks)
        # A box around a list is often closed by a line that is indented into its last item.
        closings, self._unmatched = self._unmatched, []
        for colons in closings:
            self._close_directive(colons)

    def _table(self, inner: Sequence[Token]) -> None:
        rows: list[list[str]] = []
        alignments: list[str] = []
        for token in inner:
            if token.type == "tr_open":
                rows.append([])
            elif token.type == "th_open":
                alignments.append(str(token.attrs.get("style", "")).rpartition(":")[2])
            elif token.type == "inline":
                rows[-1].append(self._clean(token.content, " "))
        self._add(BlockKind.TABLE, markdown_table(rows, alignments))

    def _quote(self, inner: Sequence[Token]) -> None:
        floor, self._floor = self._floor, len(self._stack)
        alert = _ALERT.match(inner[1].content) if len(inner) > 1 else None
        if alert:
            inner[1].content = inner[1].content[alert.end() :]
            self._open_directive(alert[1], "", 3)
        else:
            self._stack.append(_Open(Container("quote", "", self._shared.next_group()), 0, 0))
        inside, self._floor = self._floor, len(self._stack)
        self.write(inner)
        del self._stack[inside:]
        self._floor = floor

    def _open_directive(self, name: str, title: str, colons: int) -> None:
        if len(self._stack) >= _MAX_BOXES:
            self._overflow += 1
            self._label(self._clean(title, " "))
            return
        kind = container_kind(name)
        depth, count, group = self._last_tab
        if kind == "tabs":
            self._stack.append(_Open(None, colons, self._shared.next_group()))
            return
        parent = self._stack[-1] if self._stack else None
        if kind == "tab" and parent is not None and parent.container is None:
            group = parent.group
        elif kind != "tab" or (depth, count) != (len(self._stack), len(self.pieces)):
            group = self._shared.next_group()
        label = self._clean(title, " ").replace("**", "").strip()
        if not label and kind not in ("tab", "quote"):
            label = name.replace("-", " ").replace("_", " ").capitalize()
        words = plain_text(self._shared.inline_md, label)
        self._stack.append(_Open(Container(kind, words, group), colons, group))
        self._label(label)

    def _close_directive(self, colons: int) -> None:
        if self._overflow:
            self._overflow -= 1
            return
        open_now = self._stack[self._floor :]
        equal = [at for at, item in enumerate(open_now) if item.colons == colons]
        shorter = [at for at, item in enumerate(open_now) if item.colons < colons]
        if not equal and not shorter:
            self._unmatched.append(colons)
            return
        at = self._floor + (equal or shorter)[-1]
        closed = self._stack[at]
        del self._stack[at:]
        if closed.container is not None and closed.container.kind == "tab":
            self._last_tab = (len(self._stack), len(self.pieces), closed.group)


def _closing(tokens: Sequence[Token], start: int) -> int:
    depth = 0
    for index in range(start, len(tokens)):
        depth += tokens[index].nesting
        if depth == 0:
            return index
    return len(tokens)
