"""The block syntax of neutral Markdown that CommonMark lacks: directives, formulas, tables in HTML.

A directive opens with `:::kind Title` (three or more colons; `:::kind[Title]` is read too)
and ends with a line of colons. `:::tabs` has no label of its own: it only says that the
`:::tab` directives in it are one set; tabs that stand side by side are one set as well.
"""

from __future__ import annotations

import re
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.ruler import RuleOptionsType
from markdown_it.rules_block import StateBlock
from mdit_py_plugins.footnote.index import footnote_def

KINDS = {
    "note": "note",
    "abstract": "note",
    "summary": "note",
    "secondary": "note",
    "seealso": "note",
    "tip": "tip",
    "hint": "tip",
    "success": "tip",
    "check": "tip",
    "info": "info",
    "important": "info",
    "todo": "info",
    "question": "info",
    "help": "info",
    "faq": "info",
    "warning": "warning",
    "caution": "warning",
    "attention": "warning",
    "danger": "danger",
    "error": "danger",
    "failure": "danger",
    "fail": "danger",
    "bug": "danger",
    "example": "example",
    "details": "details",
    "tab": "tab",
    "tabs": "tabs",
    "quote": "quote",
    "cite": "quote",
}
"""Directive names as the dialects have them -> the kinds a container can be."""

_OPEN = re.compile(r"(:{3,})[ \t]*([A-Za-z][\w-]{0,40})(?=$|[\s\[{])[ \t]*(.*)", re.DOTALL)
_CLOSE = re.compile(r"(:{3,})[ \t]*")
_BRACKETED = re.compile(r"\[(.*)\][ \t]*(?:\{[^{}]*\})?[ \t]*", re.DOTALL)
_TITLE = re.compile(r"""\btitle=(?:"([^"]*)"|'([^']*)')""")
_ATTRIBUTES = re.compile(r"[ \t]*\{[^{}]*\}[ \t]*$")


def container_kind(name: str) -> str:
    """The container kind that a directive's name stands for; `note` where it is unknown."""
    return KINDS.get(name.lower(), "note")


def parse_directive(line: str) -> dict[str, Any] | None:
    """What a line says as a directive (`colons`, and for an opening `name`, `title`), or None."""
    if not line.startswith(":::"):
        return None
    if closing := _CLOSE.fullmatch(line):
        return {"open": False, "colons": len(closing[1])}
    opening = _OPEN.fullmatch(line)
    if opening is None:
        return None
    rest = opening[3].strip()
    bracketed = _BRACKETED.fullmatch(rest)
    title = bracketed[1] if bracketed else _ATTRIBUTES.sub("", rest)
    if not title and (named := _TITLE.search(rest)):
        title = named[1] or named[2]
    return {
        "open": True,
        "colons": len(opening[1]),
        "name": opening[2],
        "title": title.strip(),
    }


def _line(state: StateBlock, number: int) -> str:
    start = state.bMarks[number] + state.tShift[number]
    return state.src[start : state.eMarks[number]]


def _directive(state: StateBlock, start: int, _end: int, silent: bool) -> bool:
    # A line is one token: the walker pairs openings with closings, so an unclosed one
    # costs nothing and cannot swallow the rest of the page.
    position = state.bMarks[start] + state.tShift[start]
    if not state.src.startswith(":::", position) or state.is_code_block(start):
        return False
    meta = parse_directive(_line(state, start).rstrip())
    if meta is None:
        return False
    if silent:
        return True
    token = state.push("directive", "", 0)
    token.meta = meta
    token.map = [start, start + 1]
    state.line = start + 1
    return True


def _math(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    position = state.bMarks[start] + state.tShift[start]
    closer = {"$$": "$$", "\\[": "\\]"}.get(state.src[position : position + 2])
    if closer is None or state.is_code_block(start):
        return False
    first = _line(state, start).rstrip()[2:]
    if closer in first:
        found = _last_line(first, closer)
        lines, after, stop = [first.partition(closer)[0]], found, start + 1
    else:
        lines, after, stop = _formula_lines(state, start, end, first, closer)
    body = "\n".join(line for line in lines if line.strip())
    # `\\[ \\]` may be escaped brackets; dollars on their own lines are always a formula.
    if after is None or not body or (closer == "\\]" and not looks_like_formula(body)):
        return False
    return silent or _push_math(state, start, stop, body, after)


def _last_line(line: str, closer: str) -> str | None:
    """The punctuation behind a formula's end; None where other words follow it."""
    after = line.partition(closer)[2].strip()
    return after if not after.strip(" .,;") else None


def _formula_lines(
    state: StateBlock, start: int, end: int, first: str, closer: str
) -> tuple[list[str], str | None, int]:
    # Without this memory a page of unclosed openers would be scanned once for each of them.
    hopeless: dict[str, int] = state.env.setdefault("open_math", {})
    lines = [first]
    if hopeless.get(closer, -1) >= end:
        return lines, None, start
    for number in range(start + 1, end):
        if state.sCount[number] < state.blkIndent and not state.isEmpty(number):
            return lines, None, start
        line = _line(state, number).rstrip()
        if closer in line:
            lines.append(line.partition(closer)[0])
            return lines, _last_line(line, closer), number + 1
        lines.append(line)
    hopeless[closer] = end
    return lines, None, start


def _push_math(state: StateBlock, start: int, end: int, formula: str, after: str) -> bool:
    token = state.push("math", "", 0)
    token.content = formula + after
    token.map = [start, end]
    state.line = end
    return True


_FORMULA = re.compile(r"\\[A-Za-z]|[\^_=<>+]|^\s*[A-Za-z]'?\s*$")


def looks_like_formula(text: str) -> bool:
    r"""Whether the inside of `\( \)` or `\[ \]` is a formula and not escaped brackets."""
    return _FORMULA.search(text) is not None


_HTML_BLOCK = re.compile(r"</?(?:table|div|center|section|details|p|figure)\b", re.IGNORECASE)
_TABLE_TAG = re.compile(r"<(/?)table\b", re.IGNORECASE)


def _html_table(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    # CommonMark ends a raw table at its first blank line and reads the rest as indented code.
    position = state.bMarks[start] + state.tShift[start]
    if not _HTML_BLOCK.match(state.src, position) or state.is_code_block(start):
        return False
    depth = 0
    found = False
    if state.env.get("open_table", -1) >= end:
        return False
    for number in range(start, end):
        if state.isEmpty(number) and depth <= 0:
            break
        line = state.src[state.bMarks[number] : state.eMarks[number]]
        for tag in _TABLE_TAG.findall(line):
            depth += -1 if tag else 1
            found = True
    else:
        number = end
    if depth > 0:
        state.env["open_table"] = end
    if not found or depth > 0:
        return False
    if silent:
        return True
    token = state.push("html_block", "", 0)
    token.content = state.getLines(start, number, state.blkIndent, True)
    token.map = [start, number]
    state.line = number
    return True


def _paragraph(state: StateBlock, start: int, end: int, _silent: bool) -> bool:
    """A paragraph or an underlined heading.

    The library's own rule never lets a line that is indented by four end a paragraph, not
    even where listings by indentation are off.
    """
    terminators = state.md.block.ruler.getRules("paragraph")
    parent, state.parentType = state.parentType, "paragraph"
    number, depth = start + 1, 0
    while number < end and not state.isEmpty(number):
        if state.sCount[number] < 0 or state.is_code_block(number):
            number += 1
            continue
        if state.sCount[number] >= state.blkIndent and (
            underline := _UNDERLINE.fullmatch(_line(state, number))
        ):
            depth = 1 if underline[1] == "=" else 2
            break
        if any(rule(state, number, end, True) for rule in terminators):
            break
        number += 1
    state.parentType = parent
    state.line = number + (1 if depth else 0)
    tag = f"h{depth}" if depth else "p"
    name = "heading" if depth else "paragraph"
    opening = state.push(f"{name}_open", tag, 1)
    opening.map = [start, state.line]
    inline = state.push("inline", "", 0)
    inline.content = state.getLines(start, number, state.blkIndent, False).strip()
    inline.map = [start, number]
    inline.children = []
    state.push(f"{name}_close", tag, -1)
    return True


_UNDERLINE = re.compile(r"([=-])\1*[ \t]*")


def markdown_parser(*, html: bool, indented_code: bool, nesting: int) -> MarkdownIt:
    """A parser of neutral Markdown into block tokens; the text inside blocks stays raw."""
    md = MarkdownIt("commonmark", {"html": html, "maxNesting": nesting})
    md.enable("table")
    if not indented_code:
        md.disable("code")
    md.core.ruler.disable(["inline", "text_join"])
    md.block.ruler.at("paragraph", _paragraph)
    md.disable("lheading")
    interrupts: RuleOptionsType = {"alt": ["paragraph", "reference", "blockquote", "list"]}
    md.block.ruler.before("blockquote", "directive", _directive, interrupts)
    md.block.ruler.before("blockquote", "math", _math, interrupts)
    md.block.ruler.before("html_block", "html_table", _html_table, interrupts)
    md.block.ruler.before(
        "reference", "footnote_def", footnote_def, {"alt": ["paragraph", "reference"]}
    )
    return md
