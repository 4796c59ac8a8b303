"""What the dialects of Markdown share: fenced code, spans that must be left alone, order."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass

FENCE = re.compile(r"(?P<indent>[ \t]*)(?P<ticks>`{3,}|~{3,})(?P<info>[^\n]*)")
_MARK = re.compile(r"\\[\\`$()\[\]]|`+|\$\$|\$")
_CLOSERS = {"\\(": "\\)", "\\[": "\\]"}
_DIGITS = re.compile(r"(\d+)")


@dataclass(frozen=True, slots=True)
class Fence:
    """An opened code fence: its mark, what stands behind it and how far it is indented."""

    ticks: str
    info: str
    indent: int

    def closed_by(self, line: str) -> bool:
        """Whether `line` ends the code."""
        stripped = line.strip()
        return (
            len(stripped) >= len(self.ticks)
            and stripped[0] == self.ticks[0]
            and not stripped.strip(self.ticks[0])
        )


def opened_fence(line: str) -> Fence | None:
    """The fence that a line opens, or None; block quote marks before it are not looked at."""
    found = FENCE.fullmatch(line)
    if found is None or (found["ticks"][0] == "`" and "`" in found["info"]):
        return None
    return Fence(found["ticks"], found["info"].strip(), indent_of(line))


def indent_of(line: str) -> int:
    """Columns of white space before the text; a tab goes to the next multiple of four."""
    width = 0
    for char in line:
        if char == " ":
            width += 1
        elif char == "\t":
            width += 4 - width % 4
        else:
            break
    return width


def with_fences(lines: list[str]) -> Iterator[tuple[str, Fence | None]]:
    """Each line with the fence it lies in; the marks themselves count as inside."""
    fence: Fence | None = None
    for line in lines:
        if fence is None:
            fence = opened_fence(line)
            yield line, fence
            continue
        yield line, fence
        if fence.closed_by(line):
            fence = None


def outside_literals(text: str, change: Callable[[str], str]) -> str:
    """`text` with `change` applied to what is neither inline code nor a formula.

    `text` holds no fenced code. A span ends at the latest with its paragraph.
    """
    if "`" not in text and "$" not in text:
        return change(text)
    parts = re.split(r"(\n[ \t]*\n)", text)
    for number in range(0, len(parts), 2):
        parts[number] = _outside(parts[number], change)
    return "".join(parts)


def _outside(text: str, change: Callable[[str], str]) -> str:
    marks = [(found.start(), found[0]) for found in _MARK.finditer(text)]
    places: dict[str, list[int]] = {}
    for start, mark in marks:
        places.setdefault(mark, []).append(start)
    out: list[str] = []
    done = 0
    for start, mark in marks:
        closer = _CLOSERS.get(mark, mark)
        if start < done or (mark[0] == "\\" and closer == mark):
            continue
        end = _end_of(text, start, mark, places.get(closer, []))
        if end is None:
            continue
        out += [change(text[done:start]), text[start:end]]
        done = end
    return "".join([*out, change(text[done:])])


def _end_of(text: str, start: int, mark: str, same: list[int]) -> int | None:
    following = bisect_right(same, start)
    if mark == "$" and text[start + 1 : start + 2].isspace():
        return None
    for place in same[following : following + 8]:
        # A single dollar closes a formula only right behind its last character.
        if mark == "$" and (text[place - 1].isspace() or text[place + 1 : place + 2].isdigit()):
            continue
        return place + len(mark)
    return None


def natural_key(path: str) -> list[tuple[bool, int, str]]:
    """Sorts `2-x` before `10-x`, letters without regard to case."""
    parts = _DIGITS.split(path.casefold())
    return [
        (not part.isdecimal(), int(part) if part.isdecimal() and len(part) < 19 else 0, part)
        for part in parts
        if part
    ]


def words_of_name(name: str) -> str:
    """A title from a file's or folder's name: `02_basic-setup` -> `Basic setup`."""
    bare = re.sub(r"^\d+\s*[-_. ]\s*(?=\D)", "", name)
    title = re.sub(r"[-_\s]+", " ", bare).strip() or name
    return title[:1].upper() + title[1:] if title == title.lower() else title
