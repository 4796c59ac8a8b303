"""The text inside a block: raw HTML taken out, entities decoded, references resolved.

One pass from left to right that leaves inline code, formulas and autolinks alone. Every
look ahead is bounded or remembered, so the time is linear in the text.
"""

from __future__ import annotations

import html
import re
from bisect import bisect_right
from collections.abc import Mapping

from markdown_it import MarkdownIt
from markdown_it.common.utils import normalizeReference

from glossator.ingestion.directives import looks_like_formula
from glossator.ingestion.tags import Tag, is_markup, match_tag

_SPECIAL = re.compile(r"[\\`$<&\[\]]")
_ENTITY = re.compile(r"&(?:amp;)?(?:#[xX][0-9a-fA-F]{1,6}|#[0-9]{1,7}|[A-Za-z][A-Za-z0-9]{1,31});")
_ESCAPED_ENTITY = re.compile(r"\\u0026(?=(?:amp;)?(?:#[0-9xX]|[A-Za-z])[A-Za-z0-9]{0,31};)")
_AUTOLINK = re.compile(
    r"<(?:[A-Za-z][A-Za-z0-9+.-]{1,31}:[^\s<>]*|[^\s<>@]{1,64}@[^\s<>@]{1,255})>"
)
_LABEL = re.compile(r"\[([^\[\]]{0,999})\]")
_BACKTICKS = re.compile(r"`+")
_CLOSING_TAG = re.compile(r"</([A-Za-z][\w.:-]{0,63})\s*>")

_FORMULA_LOOKAHEAD = 2_000
_TAG_LOOKAHEAD = 20_000
_BLOCK_TAGS = frozenset(
    "address article aside blockquote dd div dl dt fieldset figcaption figure footer form h1 h2 h3"
    " h4 h5 h6 header hr li main nav ol p section summary details table tbody td tfoot th thead tr"
    " ul".split()
)

References = Mapping[str, Mapping[str, str]]
"""Normalised label -> `href` and `title`, as markdown-it collects them."""


def decode_entities(text: str) -> str:
    r"""Decode `&lt;`, `&#123;`, doubly encoded `&amp;lt;` and the literal `\u0026lt;`."""
    if "&" not in text and "\\u0026" not in text:
        return text
    return _ENTITY.sub(lambda match: _decoded(match[0]), _ESCAPED_ENTITY.sub("&", text))


def _decoded(entity: str) -> str:
    text = html.unescape(entity)
    if text != entity and text.startswith("&") and text.endswith(";"):
        text = html.unescape(text)
    # A line break or a no-break space that was spelt out must not form blocks or split words.
    return re.sub(r"[\s\x00]", " ", text)


class _Scanner:
    def __init__(self, raw: str, references: References, line_break: str) -> None:
        self.raw = raw
        self.references = references
        self.line_break = line_break
        self.out: list[str] = []
        self.brackets: list[int] = []
        self.ticks: dict[int, list[int]] = {}
        for run in _BACKTICKS.finditer(raw):
            self.ticks.setdefault(len(run[0]), []).append(run.start())
        self.closings = {m[1].lower(): m.start() for m in _CLOSING_TAG.finditer(raw)}
        self.comment_ends = "-->" in raw
        self.open_code: list[str] = []

    def run(self) -> str:
        raw, position = self.raw, 0
        handlers = {
            "\\": self._backslash,
            "`": self._code,
            "$": self._dollar,
            "<": self._angle,
            "&": self._ampersand,
            "[": self._open_bracket,
            "]": self._close_bracket,
        }
        while (found := _SPECIAL.search(raw, position)) is not None:
            start = found.start()
            self.out.append(raw[position:start])
            position = handlers[raw[start]](start)
        self.out.append(raw[position:])
        return "".join(self.out)

    def _copy(self, start: int, end: int) -> int:
        self.out.append(self.raw[start:end])
        return end

    def _backslash(self, at: int) -> int:
        following = self.raw[at + 1 : at + 2]
        if following in ("<", ">", "{", "}"):
            self.out.append(following)
            return at + 2
        if following == "u" and _ESCAPED_ENTITY.match(self.raw, at):
            entity = _ENTITY.match("&" + self.raw[at + 6 : at + 50])
            if entity:
                self.out.append(_decoded(entity[0]))
                return at + 5 + entity.end()
        if following == "(":
            end = self.raw.find("\\)", at + 2, at + _FORMULA_LOOKAHEAD)
            if end > 0 and looks_like_formula(self.raw[at + 2 : end]):
                self.out.append(f"${self.raw[at + 2 : end].strip()}$")
                return end + 2
        return self._copy(at, at + 2)

    def _code(self, at: int) -> int:
        run = _BACKTICKS.match(self.raw, at)
        length = len(run[0]) if run else 1
        same = self.ticks.get(length, [])
        following = bisect_right(same, at)
        end = same[following] + length if following < len(same) else at + length
        return self._copy(at, end)

    def _dollar(self, at: int) -> int:
        raw = self.raw
        limit = at + _FORMULA_LOOKAHEAD
        if raw.startswith("$$", at):
            end = raw.find("$$", at + 2, limit)
            return self._copy(at, end + 2 if end > 0 else at + 2)
        closing = at
        if not raw[at + 1 : at + 2].isspace():
            for _ in range(8):
                closing = raw.find("$", closing + 1, limit)
                if closing < 0:
                    break
                before, after = raw[closing - 1], raw[closing + 1 : closing + 2]
                if closing > at + 1 and not before.isspace() and before != "\\":
                    if after.isdigit():
                        break
                    return self._copy(at, closing + 1)
        return self._copy(at, at + 1)

    def _ampersand(self, at: int) -> int:
        entity = _ENTITY.match(self.raw, at)
        if entity is None:
            return self._copy(at, at + 1)
        self.out.append(_decoded(entity[0]))
        return entity.end()

    def _angle(self, at: int) -> int:
        raw = self.raw
        if raw.startswith("<!--", at) and self.comment_ends:
            end = raw.find("-->", at + 4)
            if end >= 0:
                return end + 3
            self.comment_ends = False
        link = _AUTOLINK.match(raw, at, at + 2_000)
        if link is not None:
            return self._copy(at, link.end())
        tag = match_tag(raw, at, at + _TAG_LOOKAHEAD)
        if tag is None or not self._removable(tag, at):
            return self._copy(at, at + 1)
        self._replace(tag)
        return tag.end

    def _removable(self, tag: Tag, at: int) -> bool:
        paired = self.closings.get(tag.name.lower(), -1) > at
        glued = at > 0 and (self.raw[at - 1].isalnum() or self.raw[at - 1] in "_:")
        return is_markup(tag, paired=paired, glued=glued)

    def _replace(self, tag: Tag) -> None:
        name = tag.name.lower()
        if name == "br":
            self.out.append(self.line_break)
        elif name == "img":
            self.out.append(image_markdown(tag))
        elif name in ("code", "tt"):
            self.out.append("`")
        elif name in _BLOCK_TAGS:
            self.out.append(self.line_break)

    def _open_bracket(self, at: int) -> int:
        self.brackets.append(at + 1)
        return self._copy(at, at + 1)

    def _close_bracket(self, at: int) -> int:
        self.out.append("]")
        if not self.brackets:
            return at + 1
        start = self.brackets.pop()
        if not self.references or self.raw.startswith("(", at + 1):
            return at + 1
        label = _LABEL.match(self.raw, at + 1)
        name = label[1] if label and label[1].strip() else self.raw[start:at]
        target = self.references.get(normalizeReference(name)) if len(name) < 1_000 else None
        if target is None:
            return at + 1
        self.out.append(f"({target['href']})")
        return label.end() if label else at + 1


def image_markdown(tag: Tag) -> str:
    """`![alt](src "title")` of an `<img>`; empty where it has no words."""
    alt, title = tag.attribute("alt"), tag.attribute("title")
    if not alt and not title:
        return ""
    address = tag.attribute("src").replace(" ", "%20")
    named = f' "{decode_entities(title)}"' if title else ""
    return f"![{decode_entities(alt)}]({address}{named})"


def clean_inline(raw: str, references: References, *, line_break: str = "\n") -> str:
    """A block's text as canonical Markdown: lines stripped, none of them blank.

    `line_break` is what `<br>` becomes (a blank in headings and table cells).
    """
    text = raw
    if _SPECIAL.search(raw):
        text = _Scanner(raw, references, line_break).run()
    lines = (line.strip() for line in text.split("\n"))
    return "\n".join(line for line in lines if line)


_PLAIN_LIMIT = 2_000


def plain_text(md: MarkdownIt, text: str) -> str:
    """The words of cleaned inline Markdown without its markup, on one line."""
    if len(text) > _PLAIN_LIMIT or not re.search(r"[\\`*_~\[\]!<&\n]", text):
        return " ".join(text.split())
    parts: list[str] = []
    for token in md.parseInline(text)[0].children or ():
        if token.type in ("text", "code_inline", "text_special", "image"):
            parts.append(token.content)
        elif token.type in ("softbreak", "hardbreak"):
            parts.append(" ")
    return " ".join("".join(parts).split())


def only_images(md: MarkdownIt, text: str) -> bool:
    """Whether a paragraph holds nothing but images (linked ones too)."""
    if not text.startswith(("![", "[!")) or len(text) > _PLAIN_LIMIT:
        return False
    children = md.parseInline(text)[0].children or []
    images = any(token.type == "image" for token in children)
    others = ("image", "softbreak", "hardbreak", "link_open", "link_close")
    return images and all(token.type in others or not token.content.strip() for token in children)
