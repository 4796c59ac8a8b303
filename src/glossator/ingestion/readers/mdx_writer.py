"""MDX tokens -> neutral Markdown; see `mdx.py`."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable, Sequence

from glossator.ingestion import tags
from glossator.ingestion.pieces import fenced, indented
from glossator.ingestion.readers.jsx import JsxTag, first_string, looks_like_code, string_value
from glossator.ingestion.readers.mdx_output import MdxOutput
from glossator.ingestion.readers.mdx_tokens import (
    MdxKind,
    MdxToken,
    paired_tags,
    plain_words,
    tab_labels,
)

Expand = Callable[[str, str], str | None]
"""(component, indentation) -> the Markdown it stands for; None if it is no imported file."""

_COMMENT = re.compile(r"\{\s*/\*(.*?)\*/\s*\}", re.DOTALL)
_HEADING_ID = re.compile(r"\s*(#[^\s{}#]{1,200})\s*")
_HEADING_LINE = re.compile(r"[ \t>]*#{1,6}[ \t]")
_HIGHLIGHT = re.compile(
    r"^[^\S\n]*(?:\{\s*/\*|//|/\*|#|--|%|<!--|'|;)\s*highlight-(?:next-line|start|end)"
    r"[^\S\n]*(?:\*/\s*\}|\*/|-->)?[^\S\n]*\n?",
    re.MULTILINE,
)
_LANGUAGE = re.compile(r"lang(?:uage)?(?:-|=[\"'])([\w+#.-]{1,40})")

_TABLE = frozenset({"table", "thead", "tbody", "tfoot", "tr", "td", "th", "caption"})
_BLOCKS = frozenset(
    "address article aside blockquote center dd div dl dt fieldset figcaption figure footer form"
    " header hr main nav p picture section summary".split()
)
_UNSEEN = frozenset({"script", "style", "template", "Head"})
_SEEN_ATTRIBUTES = ("title", "label", "heading", "caption", "description", "children")
_FLOW_TOKENS = 50
_SUMMARY_DEPTH = 4


class MdxWriter:
    """Writes the tokens of one file; `expand` puts imported files in place."""

    def __init__(self, tokens: Sequence[MdxToken], expand: Expand, depth: int = 0) -> None:
        self._tokens = tokens
        self._expand = expand
        self._depth = depth
        self._pairs = paired_tags(tokens)
        self._out = MdxOutput()
        self._lists: list[tuple[str, int | None]] = []
        self._tab_labels: list[dict[str, str]] = []

    def run(self) -> str:
        """The neutral Markdown."""
        index = 0
        while index < len(self._tokens):
            token = self._tokens[index]
            if token.tag is not None:
                index = self._tag(index, token, token.tag)
                continue
            if token.kind is MdxKind.EXPRESSION:
                self._expression(token.text)
            elif token.kind is MdxKind.FENCE:
                self._out.emit(
                    _HIGHLIGHT.sub("", token.text) if "highlight-" in token.text else token.text
                )
            elif token.kind in (MdxKind.TEXT, MdxKind.LITERAL):
                self._out.text(token.text)
            index += 1
        return self._out.whole()

    def _expression(self, source: str) -> None:
        inner = source[1:-1]
        heading = _HEADING_LINE.match(self._out.line) is not None
        comment = _COMMENT.fullmatch(source)
        named = _HEADING_ID.fullmatch(comment[1] if comment else inner) if heading else None
        if named:
            self._out.emit(f"{{{named[1]}}}")
        elif comment:
            self._out.gap = True
        elif (value := string_value(inner)) is not None:
            literal = value.replace("<", "&lt;").replace("{", "&#123;").replace("$", "\\$")
            self._out.emit(indented(literal, self._out.indent()))
        elif looks_like_code(inner):
            self._out.gap = True
        else:
            self._out.emit(source)

    def _tag(self, index: int, token: MdxToken, tag: JsxTag) -> int:
        """Write one tag; gives the index of the token to go on with."""
        partner = self._pairs.get(index)
        if not tag.closing and (text := self._expand(tag.name, self._out.indent())) is not None:
            indent = self._out.indent()
            self._out.emit(f"\n\n{indent}{text}\n\n{indent}")
            return index + 1
        if not self._is_markup(tag, partner is not None):
            self._out.emit(token.text)
            return index + 1
        if partner is not None and partner > index:
            if tag.name in ("details", "Details"):
                return self._details(tag, index)
            if self._whole(tag, self._tokens[index + 1 : partner]):
                return partner + 1
        self._other(index, tag, partner is not None)
        return index + 1

    def _whole(self, tag: JsxTag, inner: Sequence[MdxToken]) -> bool:
        """Write an element that is taken with all its children; False where it isn't such."""
        if tag.name in _UNSEEN:
            return True
        if tag.name in ("pre", "CodeBlock"):
            self._listing(tag, inner)
        elif tag.name == "code":
            self._code(plain_words(inner))
        elif re.fullmatch(r"h[1-6]", tag.name):
            self._heading(tag, inner)
        else:
            return False
        return True

    def _is_markup(self, tag: JsxTag, paired: bool) -> bool:
        if paired or tag.self_closing:
            return True
        if tag.name[0].isupper() or "." in tag.name:
            return tag.closing or "=" in tag.raw_attributes
        glued = self._out.line[-1:].isalnum() or self._out.line[-1:] == "_"
        plain = tags.Tag(tag.name, tag.closing, tag.raw_attributes, tag.end)
        return tags.is_markup(plain, paired=False, glued=glued)

    def _other(self, index: int, tag: JsxTag, paired: bool) -> None:
        name = tag.name
        if name in ("Tabs", "TabItem", "Admonition", "details", "Details"):
            self._box(tag, paired)
        elif name in _TABLE:
            self._table(tag, paired)
        elif name in ("ul", "ol"):
            self._list(tag)
        elif name == "li":
            self._item(tag)
        elif name == "br":
            self._out.emit("<br>")
        elif name in _BLOCKS:
            self._out.end_block()
        elif not tag.closing and (name == "img" or tag.get("alt")):
            self._image(tag)
        elif name[0].isupper() and self._out.at_start() and self._is_flow(index):
            texts = [tag.get(key) for key in _SEEN_ATTRIBUTES] if not tag.closing else []
            shown = [text for text in texts if text]
            if shown:
                self._out.paragraph("\n\n".join([f"**{shown[0]}**", *shown[1:]]))
            else:
                self._out.end_block()

    def _is_flow(self, index: int) -> bool:
        """Whether nothing but tags and expressions stands on the line from this tag on."""
        for token in self._tokens[index + 1 : index + _FLOW_TOKENS]:
            if token.kind is MdxKind.LITERAL:
                return False
            if token.kind is MdxKind.TEXT:
                first, newline, _ = token.text.partition("\n")
                if first.strip():
                    return False
                if newline:
                    return True
        return True

    def _box(self, tag: JsxTag, paired: bool) -> None:
        if tag.closing:
            if tag.name == "Tabs" and self._tab_labels:
                self._tab_labels.pop()
            if paired:
                self._out.directive(":::")
            else:
                self._out.end_block()
            return
        label = tag.get("label", "title", "summary")
        if tag.name == "Tabs":
            self._tab_labels.append(tab_labels(tag))
        elif tag.name == "TabItem":
            value = tag.get("value")
            known = self._tab_labels[-1] if self._tab_labels else {}
            label = label or known.get(value, value)
        kinds = {"Tabs": "tabs", "TabItem": "tab", "Admonition": tag.get("type") or "note"}
        if not paired:
            self._out.paragraph(f"**{label}**" if label else "")
        else:
            self._out.directive(f":::{kinds.get(tag.name, 'details')} {label}")

    def _details(self, tag: JsxTag, index: int) -> int:
        """An opened fold with its summary; gives the index behind the summary."""
        after = index + 1
        while after < len(self._tokens) and (
            self._tokens[after].kind is MdxKind.NOTHING or not self._tokens[after].text.strip()
        ):
            after += 1
        label = tag.get("summary")
        found = self._tokens[after].tag if after < len(self._tokens) else None
        end = self._pairs.get(after, -1)
        following = index + 1
        if found is not None and found.name == "summary" and end > after:
            label = self._one_line(self._tokens[after + 1 : end])
            following = end + 1
        self._out.directive(f":::details {label}")
        return following

    def _one_line(self, inner: Sequence[MdxToken]) -> str:
        if self._depth >= _SUMMARY_DEPTH:
            return plain_words(inner)
        text = MdxWriter(inner, _expand_nothing, self._depth + 1).run()
        lines = (line.strip() for line in text.replace("<!-- -->", "").split("\n"))
        joined = " ".join(line for line in lines if not line.startswith(":::"))
        return " ".join(re.sub(r"^#+ ", "", joined.strip()).split())

    def _heading(self, tag: JsxTag, inner: Sequence[MdxToken]) -> None:
        words = self._one_line(inner)
        if self._out.on_one_line():
            self._out.emit(words)
            return
        indent = self._out.indent()
        named = tag.get("id")
        anchor = f" {{#{named}}}" if named and not re.search(r"[\s{}]", named) else ""
        self._out.new_line(indent)
        self._out.emit(f"{'#' * int(tag.name[1])} {words}{anchor}\n{indent}")

    def _listing(self, tag: JsxTag, inner: Sequence[MdxToken]) -> None:
        code = textwrap.dedent(plain_words(inner).strip("\n"))
        attributes = tag.raw_attributes + "".join(
            token.tag.raw_attributes for token in inner if token.tag is not None
        )
        language = _LANGUAGE.search(attributes)
        if self._out.tables:
            self._code(code)
            return
        if title := tag.get("title"):
            self._out.paragraph(f"**{title}**")
        listing = fenced(code, language[1] if language else None)
        indent = self._out.indent()
        self._out.new_line(indent)
        self._out.emit(f"{indented(listing, indent)}\n{indent}")

    def _code(self, words: str) -> None:
        words = " ".join(words.split())
        ticks = "`" * (max((len(run) for run in re.findall(r"`+", words)), default=0) + 1)
        pad = " " if words.startswith("`") or words.endswith("`") else ""
        if words:
            self._out.emit(f"{ticks}{pad}{words}{pad}{ticks}")

    def _table(self, tag: JsxTag, paired: bool) -> None:
        if tag.name != "table":
            self._out.emit(f"<{'/' if tag.closing else ''}{tag.name}>" if self._out.tables else " ")
        elif not paired:
            self._out.end_block()
        elif tag.closing:
            self._out.emit("</table>")
            self._out.tables -= 1
            if not self._out.tables:
                self._out.emit(f"\n\n{self._out.indent()}")
        else:
            if not self._out.tables:
                self._out.new_line(self._out.indent())
            self._out.emit("<table>")
            self._out.tables += 1

    def _list(self, tag: JsxTag) -> None:
        if self._out.on_one_line():
            self._out.emit(" ")
        elif not tag.closing:
            self._out.end_block()
            indent = self._out.indent()
            self._lists.append((indent, 1 if tag.name == "ol" else None))
        elif self._lists:
            indent, _ = self._lists.pop()
            self._out.emit(f"\n{indent}<!-- -->\n{indent}")

    def _item(self, tag: JsxTag) -> None:
        if self._out.on_one_line() or tag.closing:
            self._out.emit(" ")
            return
        indent, number = self._lists[-1] if self._lists else (self._out.indent(), None)
        if number is not None:
            self._lists[-1] = (indent, number + 1)
        self._out.emit("" if not self._out.line.strip() else f"\n{indent}")
        self._out.emit(f"{number}. " if number is not None else "- ")
        self._out.strip = True

    def _image(self, tag: JsxTag) -> None:
        alt, title = tag.get("alt"), tag.get("title")
        if not alt and not title:
            return
        source = tag.get("src")
        if not source:
            source = first_string(tag.raw_attributes.partition("src=")[2])
        named = f' "{title}"' if title else ""
        self._out.emit(f"![{alt}]({source.replace(' ', '%20')}{named})")


def _expand_nothing(_name: str, _indent: str) -> None:
    return None
