"""Python-Markdown with the extensions MkDocs sites use -> neutral Markdown.

Blocks that are marked by indentation (admonitions, folds, tabs, definitions) become
directives or paragraphs; attribute lists, abbreviations and `[TOC]` go; everything else
stays as it is, templates too.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from glossator.ingestion.pieces import fenced
from glossator.ingestion.readers.mkdocs_inline import (
    heading_line,
    inline,
    is_attributes,
    plain_title,
)
from glossator.ingestion.readers.prose import indent_of, opened_fence

_DEEPEST = 20
_ADMONITION = re.compile(
    r"(?P<mark>!!!|\?{3}\+?)[ \t]*(?P<kind>[\w-]+(?:[ \t]+[\w-]+)*)?"
    r"(?:[ \t]+\"(?P<title>.*)\")?[ \t]*"
)
_QUOTED_ADMONITION = re.compile(r"(?P<mark>\?{3}\+?|!!!)[ \t]*(?P<kind>)\"(?P<title>.*)\"[ \t]*")
_TAB = re.compile(r"===[!+]{0,2}[ \t]+(?:\"(?P<double>[^\n]*)\"|'(?P<single>[^\n]*)')[ \t]*")
_LIST_ITEM = re.compile(r"(?P<indent>[ \t]*)(?P<mark>[*+-]|\d{1,9}[.)])(?P<gap>[ \t]+)(?=\S)")
_DEFINITION = re.compile(r"[ ]{0,3}:(?P<gap>[ \t]+)(?=\S)")
_ABBREVIATION = re.compile(r"[ ]{0,3}[*]\[[^\[\]]+\][ ]?:.*")
_HEADING = re.compile(r"(?P<indent>[ ]{0,3})(?P<marks>#{1,6})(?P<text>[^#].*)")
# What stands in these is not Markdown; a text area is shown as a listing.
_RAW_HTML = re.compile(r"[ ]{0,3}<(?P<name>pre|script|style|textarea)\b[^<>]*>")
_RAW_REACH = 2_000
_RULE = re.compile(r"[ ]{0,3}-{3,}[ \t]*")
_BEGIN = re.compile(r"[ ]{0,3}\\begin\{(?P<name>[a-zA-Z]+\*?)\}")


@dataclass(frozen=True, slots=True)
class Dialect:
    r"""What a site's Markdown has beyond CommonMark.

    `python`: Python-Markdown with admonitions, tabs, attribute lists, abbreviations, icons;
    without it only the others count. `formulas`: `\begin{…}` stands for itself.
    """

    python: bool = True
    definitions: bool = True
    formulas: bool = True
    keys: bool = False


def to_neutral(text: str, dialect: Dialect) -> str:
    """Neutral Markdown of a page without its front matter."""
    lines, _ = _Blocks(dialect).run(text.expandtabs(4).split("\n"), 0)
    return "\n".join(inline(lines, keys=dialect.keys) if dialect.python else lines)


class _Blocks:
    """One pass over the lines of a page or of what an indented block holds."""

    def __init__(self, dialect: Dialect) -> None:
        self._dialect = dialect
        self._lines: list[str] = []
        self._out: list[str] = []
        self._depth = 0
        self._height = 0
        self._in_list = False
        self._shift = 0

    def run(self, lines: list[str], depth: int) -> tuple[list[str], int]:
        """The neutral lines, and how many directives lie in one another there."""
        self._lines, self._depth = lines, depth
        at = 0
        while at < len(lines):
            at = self._take(at)
        return self._out, self._height

    def _take(self, at: int) -> int:
        line = self._lines[at]
        if not line.strip():
            self._out.append("")
            return at + 1
        indent = indent_of(line)
        self._track_list(line, indent)
        if indent >= 4 and not self._in_list and self._after_blank():
            return self._copy(at, self._body_end(at + 1, 4))
        if fence := opened_fence(line):
            end = at + 1
            while end < len(self._lines) and not fence.closed_by(self._lines[end]):
                end += 1
            return self._copy(at, min(end + 1, len(self._lines)))
        if end_of_literal := self._raw_html(at) or self._math_end(at):
            return end_of_literal
        if (
            self._dialect.python
            and self._depth < _DEEPEST
            and (end_of_block := self._container(at, indent))
        ):
            return end_of_block
        return self._plain(at, line)

    def _track_list(self, line: str, indent: int) -> None:
        item = _LIST_ITEM.match(line)
        if item and (indent < 4 or self._in_list):
            if not self._in_list:
                self._shift = indent
            self._in_list = True
        elif indent == 0 and (self._after_blank() or opened_fence(line)):
            self._in_list, self._shift = False, 0

    def _after_blank(self) -> bool:
        return not self._out or not self._out[-1].strip()

    def _copy(self, start: int, end: int) -> int:
        self._out += [self._shifted(line) for line in self._lines[start:end]]
        return end

    def _shifted(self, line: str) -> str:
        # A list that begins one to three columns in would not take children at four.
        return line[min(self._shift, len(line) - len(line.lstrip(" "))) :]

    def _raw_html(self, at: int) -> int | None:
        found = _RAW_HTML.match(self._lines[at])
        if found is None:
            return None
        closing = f"</{found['name']}"
        for end in range(at, min(at + _RAW_REACH, len(self._lines))):
            if closing not in self._lines[end].lower():
                continue
            if found["name"] == "textarea":
                body = "\n".join(self._lines[at : end + 1])[found.end() :]
                inside = body[: body.lower().index(closing)]
                self._out += ["", *fenced(inside, None).split("\n"), ""]
                return end + 1
            return self._copy(at, end + 1)
        return None

    def _math_end(self, at: int) -> int | None:
        line = self._lines[at]
        if not self._dialect.formulas:
            return None
        if line.count("$$") % 2 and line.lstrip().startswith("$$"):
            for end in range(at + 1, min(at + 400, len(self._lines))):
                if "$$" in self._lines[end]:
                    return self._copy(at, end + 1)
        found = _BEGIN.match(line)
        if found:
            closing = f"\\end{{{found['name']}}}"
            for end in range(at, min(at + 400, len(self._lines))):
                if closing in self._lines[end]:
                    self._out += ["", "$$"]
                    self._copy(at, end + 1)
                    self._out += ["$$", ""]
                    return end + 1
        return None

    def _container(self, at: int, indent: int) -> int | None:
        bare = self._lines[at].strip()
        if bare.startswith(("!!!", "???")):
            found = _ADMONITION.fullmatch(bare) or _QUOTED_ADMONITION.fullmatch(bare)
            if found and (found["kind"] or found["title"] is not None):
                return self._directive(at, indent, *_named(found))
        elif bare.startswith("==="):
            tab = _TAB.fullmatch(bare)
            if tab:
                return self._directive(at, indent, "tab", tab["double"] or tab["single"] or "")
        return None

    def _directive(self, at: int, indent: int, kind: str, title: str) -> int:
        end = self._body_end(at + 1, indent + 4)
        body = [line[indent + 4 :] for line in self._lines[at + 1 : end]]
        inner, height = _Blocks(self._dialect).run(body, self._depth + 1)
        colons = ":" * (3 + height)
        self._height = max(self._height, height + 1)
        pad = " " * max(0, indent - self._shift)
        named = f"[{plain_title(title)}]" if title else ""
        self._out += ["", f"{pad}{colons}{kind}{named}", ""]
        self._out += [pad + line if line else "" for line in inner]
        self._out += ["", pad + colons, ""]
        return end

    def _body_end(self, start: int, indent: int) -> int:
        end = start
        for number in range(start, len(self._lines)):
            line = self._lines[number]
            if line.strip():
                if indent_of(line) < indent:
                    break
                end = number + 1
        return end

    def _plain(self, at: int, line: str) -> int:
        if self._dialect.definitions and (found := _DEFINITION.match(line)):
            return self._definition(at, found)
        if not self._dialect.python:
            self._out.append(line)
            return at + 1
        if _ABBREVIATION.fullmatch(line) or line.strip() == "[TOC]":
            return at + 1
        if is_attributes(line):
            return at + 1
        if _RULE.fullmatch(line) and self._ends_paragraph():
            self._out.append("")
        heading = _HEADING.fullmatch(line)
        self._out.append(heading_line(heading) if heading else self._item(self._shifted(line)))
        return at + 1

    def _ends_paragraph(self) -> bool:
        # Python-Markdown underlines one line; CommonMark would make a heading of them all.
        before = self._out[-2:]
        return len(before) == 2 and all(
            line.strip() and not _LIST_ITEM.match(line) and not line.lstrip().startswith(("#", "|"))
            for line in before
        )

    def _item(self, line: str) -> str:
        item = _LIST_ITEM.match(line)
        if item and self._in_list and len(item["gap"]) > 4:
            return f"{item['indent']}{item['mark']} {line[item.end() :]}"
        return line

    def _definition(self, at: int, found: re.Match[str]) -> int:
        if self._depth >= _DEEPEST:
            self._out.append(self._lines[at])
            return at + 1
        if not self._after_blank():
            term = self._out[-1].strip()
            self._out[-1] = term if "**" in term else f"**{term}**"
        elif not any(line.strip() for line in self._out):
            self._out.append(self._lines[at])
            return at + 1
        end = self._body_end(at + 1, 2)
        for number in range(at + 1, end):
            if _DEFINITION.match(self._lines[number]):
                end = number
                break
        rest = self._lines[at + 1 : end]
        least = min((indent_of(line) for line in rest if line.strip()), default=4)
        body = [self._lines[at][found.end() :], *(line[min(least, 4) :] for line in rest)]
        inner, height = _Blocks(self._dialect).run(body, self._depth + 1)
        self._height = max(self._height, height)
        self._out += ["", *inner, ""]
        return end


def _named(found: re.Match[str]) -> tuple[str, str]:
    first = (found["kind"] or "note").split()[0]
    title = found["title"]
    if title is None:
        title = first[:1].upper() + first[1:].lower()
    if found["mark"].startswith("?"):
        return "details", title
    return (
        "quote" if first.lower() in ("quote", "cite") else _KINDS.get(first.lower(), "note")
    ), title


_KINDS = {
    **dict.fromkeys(("info", "todo", "question", "help", "faq"), "info"),
    **dict.fromkeys(("tip", "hint", "important", "success", "check", "done"), "tip"),
    **dict.fromkeys(("warning", "caution", "attention"), "warning"),
    **dict.fromkeys(("danger", "error", "failure", "fail", "missing", "bug"), "danger"),
    "example": "example",
}
