"""The Markdown of one block -> HTML, cleaned by an allow-list; pure.

What a book says is shown and never obeyed: raw HTML is text, links lead to http, https, mailto
or within the book, and no image is fetched from another host. Formulas keep their TeX source
(`data-tex`), which the page typesets; code carries class names, never styles.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, MutableMapping, Sequence
from html import escape
from typing import Any, cast

import nh3
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token
from mdit_py_plugins.dollarmath import dollarmath_plugin

from glossator.library.colouring import CLASSES, coloured
from glossator.library.content import Block, BlockKind, Shown

Link = Callable[[str], str]
"""Turns the address of a relative link into one that leads somewhere, "" where nothing does."""

Picture = Callable[[str], Shown | None]
"""The picture that an address in the text means, None where only its words can be shown."""

LONGEST = 200_000
"""Characters; a longer block is shown as plain text."""

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_ALLOWED_SCHEME = re.compile(r"(?:https?://[^/]|mailto:)", re.IGNORECASE)
_UNSAFE_IN_ADDRESS = re.compile(r"[\x00-\x20\x7f\\]")
_HEADING = re.compile(r"(#{1,6})[ \t]+")
_FENCE = re.compile(r"(`{3,}|~{3,})([^\n]*)\n")
_FORMULA = re.compile(r"(\$\$|\\\[)\s*(.*?)\s*(?:\$\$|\\\])?", re.DOTALL)
_FOOTNOTE = re.compile(r"\[\^([^\]\s]{1,80})\]:[ \t]*")
_FOOTNOTE_MARK = re.compile(r"\[\^([^\]\s]{1,80})\]")
_ID = re.compile(r"[^\s\"'<>&]{1,200}")

_HEADING_TAGS = ("h1", "h2", "h3", "h4", "h5", "h6")
_TAGS = {
    *("a", "p", "ul", "ol", "li", "table", "thead", "tbody", "tr", "th", "td", "pre", "code"),
    *("em", "strong", "s", "sup", "span", "div", "br", "hr", "blockquote", "img"),
    *("details", "summary", *_HEADING_TAGS),
}
_ATTRIBUTES = {
    "a": {"href", "title"},
    "img": {"src", "alt", "loading", "width", "height"},
    "ol": {"start"},
    "p": {"id"},
    "pre": {"dir", "data-language"},
    "code": {"dir"},
    "span": {"dir", "data-tex"},
    "div": {"dir", "data-tex"},
    **{tag: {"id"} for tag in _HEADING_TAGS},
}
_CLASSES = {
    "span": {*CLASSES.values(), "math", "display", "image"},
    "div": {"math", "display", "table"},
    "th": {"align-center", "align-end"},
    "td": {"align-center", "align-end"},
    "a": {"footnote", "image"},
    "p": {"footnote", "plain"},
    "details": {"diagram"},
}


def safe_address(address: str, link: Link | None) -> str:
    """The address a link may lead to, "" where it must not be one.

    Kept are http, https, mailto and places on the same page; what is relative goes through
    `link` first, and without it leads nowhere.
    """
    address = address.strip()
    if not _SCHEME.match(address) and not address.startswith(("#", "//")):
        address = link(address) if link is not None and address else ""
    if _UNSAFE_IN_ADDRESS.search(address) or address.startswith("//"):
        return ""
    return address if address.startswith(("#", "/")) or _ALLOWED_SCHEME.match(address) else ""


def _tex(source: str, display: bool, tag: str = "span") -> str:
    tex = escape(source)
    kind = "math display" if display else "math"
    return f'<{tag} class="{kind}" dir="ltr" data-tex="{tex}">{tex}</{tag}>'


class _Html(RendererHTML):
    """The elements that differ from plain CommonMark."""

    link: Link | None = None
    picture: Picture | None = None
    colours = True

    def link_open(
        self, tokens: Sequence[Token], idx: int, options: Any, env: MutableMapping[str, Any]
    ) -> str:
        address = safe_address(str(tokens[idx].attrGet("href") or ""), self.link)
        env.setdefault("links", []).append(bool(address))
        title = tokens[idx].attrGet("title")
        named = f' title="{escape(str(title))}"' if title else ""
        return f'<a href="{escape(address)}"{named}>' if address else ""

    def link_close(
        self, tokens: Sequence[Token], idx: int, options: Any, env: MutableMapping[str, Any]
    ) -> str:
        return "</a>" if env["links"].pop() else ""

    def image(
        self, tokens: Sequence[Token], idx: int, options: Any, env: MutableMapping[str, Any]
    ) -> str:
        source = str(tokens[idx].attrGet("src") or "")
        alt = self.renderInlineAsText(tokens[idx].children, options, env)
        shown = self.picture(source) if self.picture is not None else None
        if shown is not None:
            size = f' width="{shown.width}" height="{shown.height}"' if shown.width else ""
            address = escape(shown.address)
            return f'<img src="{address}" alt="{escape(alt or "Image")}"{size} loading="lazy">'
        address = "" if any(env.get("links", ())) else safe_address(source, self.link)
        label = escape(alt or "Image", quote=False)
        if address and not address.startswith("#"):
            return f'<a class="image" href="{escape(address)}">{label}</a>'
        return f'<span class="image">{label}</span>'

    def code_inline(
        self, tokens: Sequence[Token], idx: int, options: Any, env: MutableMapping[str, Any]
    ) -> str:
        return f'<code dir="ltr">{escape(tokens[idx].content, quote=False)}</code>'

    def fence(
        self, tokens: Sequence[Token], idx: int, options: Any, env: MutableMapping[str, Any]
    ) -> str:
        words = tokens[idx].info.split()
        return self.listing(tokens[idx].content, words[0] if words else None)

    def code_block(
        self, tokens: Sequence[Token], idx: int, options: Any, env: MutableMapping[str, Any]
    ) -> str:
        return self.listing(tokens[idx].content, None)

    def listing(self, code: str, language: str | None) -> str:
        inner = coloured(code, language) if self.colours else escape(code, quote=False)
        # A browser drops a line break that follows <pre>; the <code> between them keeps it.
        name = f' data-language="{escape(language)}"' if language else ""
        html = f'<pre dir="ltr"{name}><code dir="ltr">{inner}</code></pre>'
        if language == "mermaid":
            return f'<details class="diagram"><summary>Diagram</summary>{html}</details>'
        return html

    def table_open(self, *_: Any) -> str:
        return '<div class="table"><table>'

    def table_close(self, *_: Any) -> str:
        return "</table></div>"

    def th_open(self, tokens: Sequence[Token], idx: int, *_: Any) -> str:
        style = str(tokens[idx].attrGet("style") or "")
        align = {"center": "align-center", "right": "align-end"}.get(style.rpartition(":")[2])
        return f'<{tokens[idx].tag} class="{align}">' if align else f"<{tokens[idx].tag}>"

    td_open = th_open

    def math_inline(self, tokens: Sequence[Token], idx: int, *_: Any) -> str:
        return _tex(tokens[idx].content, display=False)

    def math_inline_double(self, tokens: Sequence[Token], idx: int, *_: Any) -> str:
        return _tex(tokens[idx].content.strip(), display=True)

    def math_block(self, tokens: Sequence[Token], idx: int, *_: Any) -> str:
        return _tex(tokens[idx].content.strip(), display=True, tag="div")

    def footnote_mark(self, tokens: Sequence[Token], idx: int, *_: Any) -> str:
        label = escape(tokens[idx].content)
        return f'<sup><a class="footnote" href="#fn-{label}">{label}</a></sup>'


class _Markdown(MarkdownIt):
    def validateLink(self, url: str) -> bool:  # noqa: N802, markdown-it calls it so
        """Let every link be one: the renderer decides where it may lead and keeps its words."""
        return True


def _footnote_mark(state: StateInline, silent: bool) -> bool:
    found = _FOOTNOTE_MARK.match(state.src, state.pos, state.posMax)
    if found is None:
        return False
    if not silent:
        token = state.push("footnote_mark", "", 0)
        token.content = found[1]
    state.pos = found.end()
    return True


class BlockRenderer:
    """Renders blocks of one chapter. `anchors` maps the start of a heading to its anchor.

    `colours=False` leaves out what colours code; the visible text is the same.
    """

    def __init__(
        self,
        *,
        link: Link | None = None,
        picture: Picture | None = None,
        anchors: Mapping[int, str] | None = None,
        colours: bool = True,
    ) -> None:
        md = _Markdown("commonmark", {"html": False}, renderer_cls=_Html)
        md.enable(["table", "strikethrough"])
        md.use(
            dollarmath_plugin,
            allow_labels=False,
            allow_space=False,
            allow_digits=False,
            double_inline=True,
        )
        for rule in ("math_inline", "math_inline_double", "math_block"):
            md.add_render_rule(rule, getattr(_Html, rule))
        md.inline.ruler.before("link", "footnote_mark", _footnote_mark)
        self._md = md
        self._html = cast("_Html", md.renderer)
        self._html.link = link
        self._html.picture = picture
        self._html.colours = colours
        self._anchors = anchors or {}
        self._cleaner = nh3.Cleaner(
            tags=_TAGS,
            attributes=_ATTRIBUTES,
            allowed_classes=_CLASSES,
            url_schemes={"http", "https", "mailto"},
            link_rel="noopener noreferrer",
            strip_comments=True,
        )

    def render(self, source: str, block: Block) -> str:
        """The clean HTML of a block whose Markdown is `source`."""
        return self.clean(self.raw(source, block))

    def inline(self, source: str) -> str:
        """The clean HTML of a line of Markdown, without an element around it."""
        return self.clean(self._inline(source))

    def clean(self, html: str) -> str:
        """`html` without anything that is not on the allow-list."""
        return self._cleaner.clean(html)

    def raw(self, source: str, block: Block) -> str:
        """The HTML of a block before cleaning; for comparing, never for showing."""
        # A lone surrogate, which JSON can carry, has no UTF-8 and would stop the cleaner.
        source = source.encode("utf-8", "replace").decode("utf-8")
        if len(source) > LONGEST:
            return f'<p class="plain">{escape(source, quote=False)}</p>'
        if block.kind is BlockKind.HEADING:
            return self._heading(source, block)
        if block.kind in (BlockKind.PARAGRAPH, BlockKind.FIGURE):
            return self._paragraph(source)
        if block.kind is BlockKind.MATH and (formula := _FORMULA.fullmatch(source.strip())):
            return _tex(formula[2], display=True, tag="div")
        if block.kind is BlockKind.CODE and not _FENCE.match(source):
            return self._html.listing(source, block.language)
        return str(self._md.render(source))

    def _inline(self, source: str) -> str:
        return str(self._md.renderInline(source))

    def _heading(self, source: str, block: Block) -> str:
        hashes = _HEADING.match(source)
        depth = len(hashes[1]) if hashes else 2
        words = self._inline(source[hashes.end() if hashes else 0 :].strip())
        anchor = self._anchors.get(block.start, "")
        # Ids with this prefix belong to the page around the text.
        usable = _ID.fullmatch(anchor) and not anchor.startswith("glossator-")
        named = f' id="{escape(anchor)}"' if usable else ""
        return f"<h{depth}{named}>{words}</h{depth}>"

    def _paragraph(self, source: str) -> str:
        note = _FOOTNOTE.match(source)
        if note is None:
            return f"<p>{self._inline(source)}</p>"
        label = escape(note[1])
        words = self._inline(source[note.end() :])
        return f'<p class="footnote" id="fn-{label}"><sup>{label}</sup> {words}</p>'


def content_span(source: str, block: Block) -> tuple[int, int]:
    """Where in a block's Markdown its words lie, without what frames them (fence, hashes)."""
    frame: re.Match[str] | None = None
    if block.kind is BlockKind.HEADING:
        frame = _HEADING.match(source)
    elif block.kind is BlockKind.PARAGRAPH:
        frame = _FOOTNOTE.match(source)
    elif block.kind is BlockKind.CODE and (frame := _FENCE.match(source)):
        body, _, last = source[frame.end() :].rpartition("\n")
        closed = last.strip().startswith(frame[1])
        return frame.end(), frame.end() + len(body) if closed else len(source)
    elif block.kind is BlockKind.MATH and (formula := _FORMULA.fullmatch(source.strip())):
        start = source.index(formula[1]) + len(formula[1])
        return start, max(start, source.rindex(formula[2]) + len(formula[2]))
    return (frame.end() if frame else 0), len(source)
