"""Where listings, inline code, formulas and brackets of Markdown end; pure.

Looks ahead are bounded, so that walking over a text with them stays linear in it.
"""

from __future__ import annotations

import re

_LINE_LEAD = re.compile(r"[ \t]*(?:(?:[-*+]|\d{1,9}[.)])[ \t]+)*")
_LOOK_AHEAD = 4_000


def is_alone(text: str, start: int, end: int) -> bool:
    """Whether nothing but the sign of an item shares its lines with a stretch."""
    before = text[text.rfind("\n", 0, start) + 1 : start]
    after = text[end:].partition("\n")[0]
    return _LINE_LEAD.fullmatch(before) is not None and not after.strip()


def fence_end(text: str, at: int) -> int | None:
    """Where the listing that opens at `at` ends; None where no listing opens there."""
    line_start = text.rfind("\n", 0, at) + 1
    if not _LINE_LEAD.fullmatch(text, line_start, at):
        return None
    sign = text[at]
    length = len(text[at:]) - len(text[at:].lstrip(sign))
    if sign == "`" and "`" in text[at + length : text.find("\n", at)]:
        return None
    closing = re.compile(rf"^[ \t]*{re.escape(sign)}{{{length},}}[ \t]*$", re.MULTILINE)
    found = closing.search(text, text.find("\n", at) + 1)
    return found.end() if found else None


def code_end(text: str, at: int) -> int | None:
    """Where the inline code that opens at `at` ends; None where none opens there."""
    length = len(text[at : at + 100]) - len(text[at : at + 100].lstrip("`"))
    if not length or (at and text[at - 1] == "`"):
        return None
    closing = re.compile(rf"(?<!`)`{{{length}}}(?!`)")
    found = closing.search(text, at + length, at + length + _LOOK_AHEAD)
    if found is None or "\n\n" in text[at : found.start()]:
        return None
    return found.end()


def math_end(text: str, at: int) -> int | None:
    """Where the formula that opens at `at` ends; None where none opens there."""
    for opening, closing in (("$$", "$$"), ("\\(", "\\)"), ("\\[", "\\]")):
        if text.startswith(opening, at):
            end = text.find(closing, at + 2, at + _LOOK_AHEAD)
            return None if end < at + 3 or "\n\n" in text[at:end] else end + 2
    end = at
    if text[at + 1 : at + 2].isspace() or not text[at + 1 : at + 2]:
        return None
    for _ in range(8):
        end = text.find("$", end + 1, at + _LOOK_AHEAD)
        if end < 0 or "\n\n" in text[at:end]:
            return None
        if end > at + 1 and not text[end - 1].isspace() and text[end - 1] != "\\":
            return None if text[end + 1 : end + 2].isdigit() else end + 1
    return None


def bracket_end(text: str, at: int) -> int | None:
    """The bracket that closes the one at `at`; code in between doesn't count."""
    depth, here, stop = 0, at, min(len(text), at + _LOOK_AHEAD)
    while here < stop:
        sign = text[here]
        if sign == "\\":
            here += 2
            continue
        if sign == "`":
            here = code_end(text, here) or here + 1
            continue
        if sign == "\n" and text.startswith("\n\n", here):
            return None
        depth += (sign == "[") - (sign == "]")
        if depth == 0:
            return here
        here += 1
    return None
