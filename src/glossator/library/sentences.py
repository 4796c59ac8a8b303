"""Where sentences begin and end in a chapter's Markdown; pure.

Rules instead of a model: an abbreviation, a decimal point, an initial or a dot inside code,
maths or a link never ends a sentence; list items and table rows are sentences of their own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_ABBREVIATIONS = frozenset(
    "e.g i.e etc cf vs al fig figs eq eqs sec ch vol no nos pp approx dr mr mrs ms prof st jr sr "
    "inc ltd co corp dept est resp ca viz ed eds def thm lem prop ref refs min max".split()
)
_END = re.compile(r"[.!?…。！？۔؟]{1,20}[\"'”’)\]*_`]{0,20}(?=\s|$)|[。！？]")
# Bounded, so that marks which nobody closes cost no more than their length.
_SHIELD = re.compile(
    r"```.*?(?:```|\Z)|`[^`\n]+`|\$\$.+?\$\$|\$[^$\n]+\$|\\\(.{1,1000}?\\\)|\\\[.{1,1000}?\\\]"
    r"|!?\[[^\[\]\n]{0,1000}\]\([^)\n]{0,2000}\)",
    re.DOTALL,
)
_ITEM = re.compile(r"^[ \t]*(?:[-*+]|\d{1,9}[.)])[ \t]+(?:\[[ xX]\][ \t]+)?", re.MULTILINE)
_WORD_BEFORE = re.compile(r"([\w.]+)$")
_WINDOW = 24


def sentence_spans(text: str) -> list[tuple[int, int]]:
    """Places of the sentences of one paragraph, as (start, end) without surrounding space."""
    shielded = [False] * (len(text) + 1)
    for match in _SHIELD.finditer(text):
        for at in range(match.start() + 1, match.end()):
            shielded[at] = True
    spans: list[tuple[int, int]] = []
    begin = 0
    for match in _END.finditer(text):
        if shielded[match.start()] or not _ends_here(text, match):
            continue
        _append(spans, text, begin, match.end())
        begin = match.end()
    _append(spans, text, begin, len(text))
    return spans


def item_spans(text: str) -> list[tuple[int, int]]:
    """Places of a list's items, marker excluded, each cut into its sentences."""
    starts = [match.end() for match in _ITEM.finditer(text)]
    begins = [match.start() for match in _ITEM.finditer(text)]
    if not starts or text[: begins[0]].strip():
        return sentence_spans(text)
    spans: list[tuple[int, int]] = []
    for start, end in zip(starts, [*begins[1:], len(text)], strict=True):
        spans += [(start + a, start + b) for a, b in sentence_spans(text[start:end])]
    return spans


def row_spans(text: str) -> list[tuple[int, int]]:
    """Places of a Markdown table's rows, the header first, without the rule below it."""
    return [
        (start, end)
        for start, end in _lines(text)
        if text[start:end].strip("|:- \t") and text[start:end].strip()
    ]


def _lines(text: str) -> Iterator[tuple[int, int]]:
    at = 0
    for line in text.splitlines(keepends=True):
        yield at, at + len(line.rstrip("\r\n"))
        at += len(line)


def _append(spans: list[tuple[int, int]], text: str, start: int, end: int) -> None:
    start, end = _trimmed(text, start, end)
    if text.count("**", start, end) % 2:
        # Bold that began in another sentence: half a pair of marks is no part of this one.
        if text.startswith("**", start) and text.find("**", start + 2, end) < 0:
            start += 2
        elif text.endswith("**", start, end):
            end -= 2
        start, end = _trimmed(text, start, end)
    if start < end:
        spans.append((start, end))


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end


def _ends_here(text: str, match: re.Match[str]) -> bool:
    mark = match.group()
    if not mark.startswith((".", "…")):
        return True
    following = text[match.end() : match.end() + 2].lstrip()
    goes_on = bool(following) and following[0].islower()
    if mark.startswith(("..", "…")):
        return not goes_on
    before = _WORD_BEFORE.search(text, max(0, match.start() - _WINDOW), match.start())
    word = before.group(1) if before else ""
    if word.lower().strip(".") in _ABBREVIATIONS or word.lower() in _ABBREVIATIONS:
        return not text[match.end() : match.end() + 3].strip()
    if len(word) == 1 and word.isalpha() and word.isupper():
        return False
    if word.isdigit() and not text[: match.start() - len(word)].strip("*_ \n"):
        # The number of a question or an exercise, "1. What does…", belongs to what follows.
        return False
    return not goes_on
