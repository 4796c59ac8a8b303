"""MDX text -> tokens: what is literal (code, formulas), tags, expressions, imports, and text."""

from __future__ import annotations

import html
import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto

from glossator.ingestion.readers.jsx import LOOKAHEAD, JsxScanner, JsxTag, string_value


class MdxKind(Enum):
    """What a token is; `LITERAL` is never looked into, `NOTHING` leaves no trace."""

    TEXT = auto()
    LITERAL = auto()
    FENCE = auto()
    TAG = auto()
    EXPRESSION = auto()
    MODULE = auto()
    NOTHING = auto()


@dataclass(frozen=True, slots=True)
class MdxToken:
    """A part of the source: `text` as it stands there, `tag` where it is one."""

    kind: MdxKind
    text: str
    tag: JsxTag | None = None


_SPECIAL = re.compile(r"[\\`$<{\n]")
_BLANK_LINE = re.compile(r"\n[ \t]*(?=\n)")
_BACKTICKS = re.compile(r"`+")
_PREFIX = r"[ \t>]*+(?:(?:[-*+]|\d{1,9}[.)])[ \t]++)*+[ \t>]*+"
_FENCE = re.compile(_PREFIX + r"(?:(?P<ticks>`{3,})[^`\n]*|(?P<tildes>~{3,})[^\n]*)(?:\n|\Z)")
_DIRECTIVE = re.compile(_PREFIX + r":::[^\n]*")
_BOUND = r"(?:\*\s+as\s+)?(?:[\w$]{1,100}|\{[^{}'\"]{0,4000}\})"
_MODULE = re.compile(
    rf"import[ \t]+(?:type[ \t]+)?(?:{_BOUND}(?:\s*,\s*{_BOUND})?\s*from\s*)?['\"][^'\"\n]+['\"]"
    r"|export[ \t]+(?:default\b|\{|\*|(?:async[ \t]+)?function\b|class[ \t]+\w"
    r"|(?:const|let|var|type|interface|enum)[ \t]+[\w${\[][^\n]{0,500}?[={])"
)
_UNFINISHED = re.compile(r"(?:[=,(\[{+?:|&]|=>|\bfrom|\bdefault)[ \t]*\Z")
_MODULE_LINES = 2_000


class _Tokenizer:
    def __init__(self, text: str) -> None:
        self.text = text
        self.scanner = JsxScanner(text)
        self.tokens: list[MdxToken] = []
        self.start = 0
        self.blank_lines = [found.start() for found in _BLANK_LINE.finditer(text)]
        self.ticks: dict[int, list[int]] = {}
        for run in _BACKTICKS.finditer(text):
            self.ticks.setdefault(len(run[0]), []).append(run.start())
        self.last_comment_end = text.rfind("-->")
        self.fragments = "</>" in text
        self.dollars = [found.start() for found in re.finditer(r"\$\$", text)]

    def run(self) -> list[MdxToken]:
        text = self.text
        position = self._line_start(0)
        while (found := _SPECIAL.search(text, position)) is not None:
            at = found.start()
            mark = text[at]
            if mark == "\n":
                position = self._line_start(at + 1)
            elif mark == "\\":
                position = at + 2
            elif mark == "`":
                position = self._inline_code(at)
            elif mark == "$":
                position = self._formula(at)
            elif mark == "<":
                position = self._angle(at)
            else:
                position = self._braces(at)
        self._emit(MdxKind.TEXT, len(text), len(text))
        return self.tokens

    def _emit(self, kind: MdxKind, start: int, end: int, tag: JsxTag | None = None) -> int:
        if start > self.start:
            self.tokens.append(MdxToken(MdxKind.TEXT, self.text[self.start : start]))
        if end > start:
            self.tokens.append(MdxToken(kind, self.text[start:end], tag))
        self.start = end
        return end

    def _line_start(self, at: int) -> int:
        # A loop, because a listing or an import ends where the next line starts.
        while at < len(self.text):
            if fence := _FENCE.match(self.text, at):
                at = self._emit(MdxKind.FENCE, at, self._fence_end(fence))
            elif directive := _DIRECTIVE.match(self.text, at):
                return self._emit(MdxKind.LITERAL, at, directive.end())
            elif self.text.startswith(("import", "export"), at) and _MODULE.match(self.text, at):
                at = self._emit(MdxKind.MODULE, at, self._module_end(at))
            else:
                break
        return at

    def _fence_end(self, fence: re.Match[str]) -> int:
        mark = fence["ticks"] or fence["tildes"]
        closing = re.compile(rf"^[ \t>]*+{mark[0]}{{{len(mark)},}}[ \t]*$\n?", re.MULTILINE)
        found = closing.search(self.text, fence.end())
        return found.end() if found else len(self.text)

    def _module_end(self, at: int) -> int:
        text = self.text
        for _ in range(_MODULE_LINES):
            newline = text.find("\n", at)
            if newline < 0:
                return len(text)
            bracket = re.compile(r"[{(\[`]").search(text, at, newline)
            if bracket:
                end = self.scanner.expression_end(bracket.start())
                if bracket[0] == "`":
                    end = text.find("`", bracket.end()) + 1
                if end > newline or end > bracket.start():
                    at = end
                    continue
            if text[newline + 1 : newline + 2] in ("", "\n") or not _UNFINISHED.search(
                text, max(at, newline - 200), newline
            ):
                return newline + 1
            at = newline + 1
        return at

    def _inline_code(self, at: int) -> int:
        run = _BACKTICKS.match(self.text, at)
        length = len(run[0]) if run else 1
        # A backslash may have taken the first of a run, and no run is as long as the rest.
        same = self.ticks.get(length, [])
        following = bisect_right(same, at)
        if following >= len(same) or self._paragraph_end(at) < same[following]:
            return at + length
        return self._emit(MdxKind.LITERAL, at, same[following] + length)

    def _paragraph_end(self, at: int) -> int:
        following = bisect_left(self.blank_lines, at)
        return self.blank_lines[following] if following < len(self.blank_lines) else len(self.text)

    def _formula(self, at: int) -> int:
        text = self.text
        if text.startswith("$$", at):
            following = bisect_right(self.dollars, at + 1)
            if following < len(self.dollars) and self.dollars[following] - at < LOOKAHEAD:
                return self._emit(MdxKind.LITERAL, at, self.dollars[following] + 2)
            return at + 2
        if text[at + 1 : at + 2].isspace():
            return at + 1
        limit = min(self._paragraph_end(at), at + 2_000)
        closing = at
        for _ in range(8):
            closing = text.find("$", closing + 1, limit)
            if closing < 0:
                break
            before, after = text[closing - 1], text[closing + 1 : closing + 2]
            if closing > at + 1 and not before.isspace() and before != "\\":
                if after.isdigit():
                    break
                return self._emit(MdxKind.LITERAL, at, closing + 1)
        return at + 1

    def _angle(self, at: int) -> int:
        text = self.text
        if text.startswith("<!--", at):
            if at < self.last_comment_end:
                end = text.find("-->", at + 4)
                return self._emit(MdxKind.NOTHING, at, end + 3) if end > 0 else at + 4
            return at + 4
        for fragment in ("<>", "</>"):
            if self.fragments and text.startswith(fragment, at):
                return self._emit(MdxKind.NOTHING, at, at + len(fragment))
        tag = self.scanner.tag(at)
        if tag is None:
            return at + 1
        return self._emit(MdxKind.TAG, at, tag.end, tag)

    def _braces(self, at: int) -> int:
        end = self.scanner.expression_end(at)
        if end < 0:
            return at + 1
        return self._emit(MdxKind.EXPRESSION, at, end)


def tokenize(text: str) -> list[MdxToken]:
    """The tokens of an MDX text; put together again, their `text` is the source."""
    return _Tokenizer(text).run()


_TAB_FIELD = re.compile(r"\b(label|value)\s*:\s*['\"`]([^'\"`\n]*)['\"`]")
_TAB_VALUE = re.compile(r"\{([^{}]{0,500})\}")


def paired_tags(tokens: Sequence[MdxToken]) -> dict[int, int]:
    """Index of each opening tag -> that of its closing tag, and the other way round."""
    waiting: dict[str, list[int]] = {}
    pairs: dict[int, int] = {}
    for index, token in enumerate(tokens):
        tag = token.tag
        if tag is None or tag.self_closing:
            continue
        if not tag.closing:
            waiting.setdefault(tag.name, []).append(index)
        elif waiting.get(tag.name):
            opening = waiting[tag.name].pop()
            pairs[opening], pairs[index] = index, opening
    return pairs


def plain_words(tokens: Sequence[MdxToken]) -> str:
    """What a listing's children say, without looking for Markdown in it."""
    parts = []
    for token in tokens:
        if token.kind is MdxKind.EXPRESSION:
            value = string_value(token.text[1:-1])
            parts.append(value if value is not None else "")
        elif token.tag is not None and token.tag.name == "br":
            parts.append("\n")
        elif token.kind in (MdxKind.TEXT, MdxKind.LITERAL, MdxKind.FENCE):
            parts.append(html.unescape(token.text))
    return "".join(parts)


def tab_labels(tag: JsxTag) -> dict[str, str]:
    """Value -> label as `<Tabs values={[{label: 'A', value: 'a'}]}>` names them."""
    labels: dict[str, str] = {}
    for entry in _TAB_VALUE.findall(tag.raw_attributes):
        fields: dict[str, str] = dict(_TAB_FIELD.findall(entry))
        if "value" in fields:
            labels[fields["value"]] = fields.get("label", fields["value"])
    return labels
