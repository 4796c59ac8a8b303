"""mdBook's Markdown -> neutral Markdown: includes, hidden lines, formulas, definitions."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from glossator.ingestion.readers.folder import SourceFolder
from glossator.ingestion.readers.includes import (
    Budget,
    IncludeError,
    included_text,
    line_range,
    missing,
)
from glossator.ingestion.readers.mkdocs_markdown import Dialect, to_neutral
from glossator.ingestion.readers.prose import Fence, opened_fence, outside_literals

_HELPER = re.compile(
    r"\\(?P<escaped>\{\{#[^\n}]{0,2000}\}\})"
    r"|\{\{[ \t]{0,20}#(?P<name>\w{1,40})(?P<args>\s[^}]{0,2000})\}\}"
)
_ANCHOR = re.compile(r"ANCHOR(?P<end>_END)?:[ \t]{0,20}(?P<name>[\w-]+)")
_QUOTE = re.compile(r"(?:[ ]{0,3}>[ ]?)*+")
_HIDDEN = re.compile(r"(?P<before>\s*)#(?P<next>.?)(?P<rest>.*)")
_ESCAPE = re.compile(r"\\([!-/:-@\[-`{-~])")
_HIDDEN_TAG = re.compile(
    r"^[ ]{0,3}<(?P<name>[a-z]{1,12})[^<>\n]{0,500}"
    r"\bclass=[\"'](?:[^\"'<>\n]{0,200}\s)?hidden[\"' ]",
    re.MULTILINE,
)
_DEFINITION = re.compile(r"^[ ]{0,3}:[ \t]+\S", re.MULTILINE)
_HIDDEN_REACH = 50_000
_MATH_REACH = 4_000


@dataclass(frozen=True, slots=True)
class Settings:
    """What `book.toml` says about the text: MathJax, definition lists, hidden lines."""

    mathjax: bool = False
    definitions: bool = True
    hidelines: Mapping[str, str] = field(default_factory=dict)


class Helpers:
    """Puts included files in the place of `{{#include …}}` and its relatives."""

    def __init__(self, folder: SourceFolder) -> None:
        self._folder = folder

    def expand(self, rel: str, text: str) -> str:
        """`text` of the page `rel`; what can't be included leaves a sentence in its place."""
        if "{{" not in text:
            return text
        return self._expand(rel, rel, text, (rel,), Budget.of(self._folder.limits))

    def _expand(
        self, rel: str, base: str, text: str, chain: tuple[str, ...], budget: Budget
    ) -> str:
        def replaced(found: re.Match[str]) -> str:
            if found["escaped"]:
                return found["escaped"]
            args = found["args"].split()
            if not args:
                return found[0]
            if found["name"] in ("include", "rustdoc_include"):
                return self._include(rel, base, " ".join(args), chain, budget)
            if found["name"] in ("playground", "playpen"):
                inner = self._include(rel, base, args[0], chain, budget)
                return f"```{','.join(['rust', *args[1:]])}\n{inner}\n```"
            return "" if found["name"] == "title" else found[0]

        return _HELPER.sub(replaced, text)

    def _include(
        self, rel: str, base: str, target: str, chain: tuple[str, ...], budget: Budget
    ) -> str:
        path, *parts = target.split(":", 3)
        try:
            where, text = included_text(self._folder, rel, base, path, chain, budget)
            inner = "\n".join(_selected(text.removesuffix("\n").split("\n"), parts))
            budget.spend(inner)
            return self._expand(rel, where, inner, (*chain, where), budget)
        except IncludeError as error:
            return missing(self._folder, rel, target, str(error))


def _selected(lines: list[str], parts: list[str]) -> list[str]:
    if not parts:
        return lines
    first = parts[0].strip()
    if first and not first.isdecimal():
        return _anchored(lines, first)
    start = _line_number(first)
    if len(parts) == 1:
        return line_range(lines, start, start)
    return line_range(lines, start, _line_number(parts[1].strip()))


def _line_number(text: str) -> int | None:
    return int(text) if text.isdecimal() and len(text) < 10 else None


def _anchored(lines: list[str], name: str) -> list[str]:
    chosen: list[str] = []
    inside = found = False
    for line in lines:
        mark = _ANCHOR.search(line)
        if mark is None:
            chosen += [line] if inside else []
        elif mark["name"] == name:
            inside = not mark["end"]
            found = True
    if not found:
        raise IncludeError(f"the file has no anchor {name}")
    return chosen


def to_neutral_markdown(text: str, settings: Settings) -> str:
    """Neutral Markdown of a page whose includes are in their places."""
    out: list[str] = []
    run: list[str] = []
    fence: Fence | None = None
    hides: str | None = None
    for line in text.split("\n"):
        prefix = _QUOTE.match(line)
        bare = line[prefix.end() :] if prefix else line
        if fence is None:
            fence = opened_fence(bare)
            if fence is None:
                run.append(line)
                continue
            out += [_prose("\n".join(run), settings)] if run else []
            run = []
            hides = _hides(fence.info, settings)
            out.append(line)
        elif fence.closed_by(bare):
            fence = None
            out.append(line)
        else:
            shown = _shown(bare, hides)
            if shown is not None:
                out.append(line[: len(line) - len(bare)] + shown)
    out += [_prose("\n".join(run), settings)] if run else []
    neutral = "\n".join(out)
    if settings.definitions and _DEFINITION.search(neutral):
        return to_neutral(neutral, Dialect(python=False, formulas=False))
    return neutral


def _hides(info: str, settings: Settings) -> str | None:
    """The mark of hidden lines in a listing: `#` for Rust's own rule, None for none."""
    terms = [term for term in re.split(r"[,\s{}]+", info) if term]
    for term in terms:
        if term.startswith("hidelines="):
            return term.partition("=")[2] or None
    if not terms:
        return None
    return "#" if terms[0] == "rust" else settings.hidelines.get(terms[0])


def _shown(line: str, hides: str | None) -> str | None:
    """A line of code as the page shows it, None where it is hidden."""
    if hides is None:
        return line
    if hides != "#":
        return None if line.lstrip().startswith(hides) else line
    found = _HIDDEN.fullmatch(line)
    if found is None or found["next"] in ("!", "["):
        return line
    return f"{found['before']}#{found['rest']}" if found["next"] == "#" else None


def _prose(text: str, settings: Settings) -> str:
    if "hidden" in text:
        text = _without_hidden(text)
    if settings.mathjax and "\\\\" in text:
        text = outside_literals(text, _formulas)
    return text


def _formulas(text: str) -> str:
    text = _replaced(text, "\\\\[", "\\\\]", "$$\n{}\n$$")
    return _replaced(text, "\\\\(", "\\\\)", "${}$")


def _replaced(text: str, opener: str, closer: str, form: str) -> str:
    out: list[str] = []
    done = 0
    while (start := text.find(opener, done)) >= 0:
        inside = start + len(opener)
        end = text.find(closer, inside, inside + _MATH_REACH)
        if end > inside:
            out += [text[done:start], form.replace("{}", _unescaped(text[inside:end]))]
            done = end + len(closer)
        else:
            out.append(text[done:inside])
            done = inside
    return "".join([*out, text[done:]])


def _unescaped(formula: str) -> str:
    # In mdBook a formula passes through Markdown, which takes one backslash away.
    return _ESCAPE.sub(r"\1", formula).strip()


def _without_hidden(text: str) -> str:
    """`text` without elements of mdBook's class `hidden`, which no reader sees."""
    out: list[str] = []
    done = 0
    for found in _HIDDEN_TAG.finditer(text):
        if found.start() < done:
            continue
        closing = f"</{found['name']}>"
        end = text.find(closing, found.end(), found.end() + _HIDDEN_REACH)
        if end >= 0:
            out.append(text[done : found.start()])
            done = end + len(closing)
    return "".join([*out, text[done:]])
