"""`--8<--` snippets of MkDocs sites: parts of files below the folder, put in their place."""

from __future__ import annotations

import re

from glossator.ingestion.readers.folder import SourceFolder
from glossator.ingestion.readers.includes import (
    Budget,
    IncludeError,
    included_text,
    line_range,
    missing,
)

_LINE = re.compile(
    r"(?P<space>[ \t]*)(?P<escape>;*)-+8<-+[ \t]+"
    r"(?:\"(?P<double>[^\"]+)\"|'(?P<single>[^']+)')[ \t]*"
)
_BLOCK = re.compile(r"(?P<space>[ \t]*)(?P<escape>;*)-+8<-+[ \t]*")
_SECTION = re.compile(
    r"(?<!-)-++8<-++[ \t]++\[[ \t]*(?P<edge>start|end)[ \t]*(?::[ \t]*(?P<name>[\w-]+))?"
)
_PARTS = re.compile(
    r"(?P<path>.*?)(?P<part>(?::-?\d*){1,2}(?:,-?\d*(?::-?\d*)?)*|:[A-Za-z][\w-]*)?"
)

_LONGEST_NAME = 1_000


class Snippets:
    """Expands the snippets of pages; `bases` are the folders that names are looked up in."""

    def __init__(self, folder: SourceFolder, bases: tuple[str, ...]) -> None:
        self._folder = folder
        self._bases = bases

    def expand(self, rel: str, text: str) -> str:
        """`text` of the page `rel` with its snippets; a missing one leaves a sentence."""
        if "8<" not in text:
            return text
        return self._expand(rel, rel, text, (rel,), Budget.of(self._folder.limits))

    def _expand(
        self, rel: str, base: str, text: str, chain: tuple[str, ...], budget: Budget
    ) -> str:
        out: list[str] = []
        in_block = False
        for line in text.split("\n"):
            mark = _BLOCK.fullmatch(line)
            single = None if mark else _LINE.fullmatch(line)
            name: str | None = None
            if mark and not mark["escape"]:
                in_block = not in_block
                continue
            if in_block:
                name, space = line.strip(), line[: len(line) - len(line.lstrip())]
                if not name:
                    continue
            elif single and not single["escape"]:
                name, space = single["double"] or single["single"], single["space"]
            if name is None:
                escaped = mark or single
                out.append(line.replace(";", "", 1) if escaped else line)
            elif not name.startswith(";"):
                taken = self._take(rel, base, name, chain, budget)
                out += [space + inner if inner else "" for inner in taken]
        return "\n".join(out)

    def _take(
        self, rel: str, base: str, name: str, chain: tuple[str, ...], budget: Budget
    ) -> list[str]:
        found = _PARTS.fullmatch(name) if len(name) < _LONGEST_NAME else None
        path, part = (found["path"], found["part"]) if found else (name, None)
        try:
            if re.match(r"[a-z]+://", name):
                raise IncludeError("it is an address on the web")
            where, text = self._find(rel, base, path, chain, budget)
            lines = _without_marks(_selected(text.rstrip("\n").split("\n"), part))
            budget.spend("\n".join(lines))
            inner = self._expand(rel, where, "\n".join(lines), (*chain, where), budget)
            return inner.split("\n")
        except IncludeError as error:
            return [missing(self._folder, rel, name, str(error))]

    def _find(
        self, rel: str, base: str, path: str, chain: tuple[str, ...], budget: Budget
    ) -> tuple[str, str]:
        failure: IncludeError | None = None
        for folder in (*(f"{name}/_" for name in self._bases), base):
            try:
                return included_text(self._folder, rel, folder, path, chain, budget)
            except IncludeError as error:
                failure = failure or error
        raise failure or IncludeError("there is no such file in the book's folder")


def _selected(lines: list[str], part: str | None) -> list[str]:
    if not part:
        return lines
    name = part[1:]
    if name[:1].isalpha():
        return _section(lines, name)
    chosen: list[str] = []
    for piece in name.split(","):
        first, colon, last = piece.partition(":")
        start = _number(first, len(lines))
        end = _number(last, len(lines)) if colon else (None if len(name) == len(piece) else start)
        chosen += line_range(lines, start, end)
    return chosen


def _number(text: str, count: int) -> int | None:
    if not text or not text.lstrip("-").isdigit() or len(text) > 9:
        return None
    number = int(text)
    return number if number > 0 else max(1, count + 1 + number)


def _section(lines: list[str], name: str) -> list[str]:
    chosen: list[str] = []
    inside = found = False
    for line in lines:
        mark = _SECTION.search(line)
        if mark and mark["name"] == name:
            inside = mark["edge"] == "start"
            found = True
        elif inside:
            chosen.append(line)
    if not found:
        raise IncludeError("the file has no such section")
    return chosen


def _without_marks(lines: list[str]) -> list[str]:
    return [line for line in lines if not _SECTION.search(line)]
