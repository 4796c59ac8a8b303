"""The YAML block at the top of a Markdown file, split off and read as plain values."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from glossator.ingestion.readers.safe_yaml import YamlError, load_yaml

MAX_CHARS = 64_000
"""Code points of front matter that are read; a longer one is taken for text."""

_OPENING = re.compile(r"---[ \t]*\n")
_CLOSING = re.compile(r"^(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.MULTILINE)
_FIELD = re.compile(r"([A-Za-z_][\w.-]{0,60})[ \t]*:(?:[ \t]+(.*))?")


@dataclass(frozen=True, slots=True)
class FrontMatter:
    """`data` as `safe_yaml` gives it (numbers are text), `body` what stands below it.

    `body_line` is the 1-based line on which the body begins; `warnings` are sentences.
    """

    body: str
    data: Mapping[str, object] = field(default_factory=dict)
    body_line: int = 1
    warnings: tuple[str, ...] = ()

    def text(self, name: str) -> str | None:
        """A field as one line of text, whatever its type; None where it is absent or empty."""
        return text_value(self.data.get(name))

    def number(self, name: str) -> float | None:
        """A field as a number, None where it is none."""
        return number_value(self.data.get(name))

    def flag(self, name: str) -> bool:
        """Whether a field says yes."""
        value = self.data.get(name)
        return value is True or (isinstance(value, str) and value.lower() in ("true", "yes", "on"))


def text_value(value: object) -> str | None:
    """A value from YAML or JSON as one line of text; None for mappings and for nothing."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        value = ", ".join(part for part in map(text_value, value[:20]) if part)
    if isinstance(value, str | int | float):
        return " ".join(str(value).split()) or None
    return None


def number_value(value: object) -> float | None:
    """A value from YAML or JSON as a finite number, None where it is none."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def split_front_matter(text: str) -> FrontMatter:
    """Split off the front matter of a file's text (line ends are `\\n`); raises nothing.

    What only looks like front matter, never ends, or holds no fields stays in the body, so
    that no sentence is lost; where its YAML is broken, the plain `name: value` lines count.
    """
    opening = _OPENING.match(text)
    if opening is None:
        return FrontMatter(text)
    closing = _CLOSING.search(text, opening.end(), opening.end() + MAX_CHARS)
    if closing is None:
        return _unclosed(text, opening.end())
    source = text[opening.end() : closing.start()]
    body = text[closing.end() :]
    line = text.count("\n", 0, closing.end()) + 1
    try:
        data = load_yaml(source)
    except YamlError as error:
        where = f" (line {error.line + 1})" if error.line else ""
        plain = _plain_fields(source)
        if not plain:
            return FrontMatter(text)
        warning = f"The front matter isn't valid YAML{where}; only its plain fields were used."
        return FrontMatter(body, plain, line, (warning,))
    if isinstance(data, dict) or data is None:
        return FrontMatter(body, data or {}, line)
    return FrontMatter(text)


def _unclosed(text: str, start: int) -> FrontMatter:
    first = text[start : start + 500].partition("\n")[0]
    if _FIELD.fullmatch(first) is None:
        return FrontMatter(text)
    warning = "The front matter is never closed; add a line --- below it. It was read as text."
    if len(text) - start > MAX_CHARS and _CLOSING.search(text, start):
        warning = f"The front matter has more than {MAX_CHARS:,} characters; it was read as text."
    return FrontMatter(text, warnings=(warning,))


def _plain_fields(source: str) -> dict[str, object]:
    fields: dict[str, object] = {}
    for line in source.split("\n"):
        found = _FIELD.fullmatch(line.rstrip())
        # Values that only YAML can read (tags, anchors, flow collections) stay out.
        if found and found[2] and found[2][0] not in "!&*{[|>%@`":
            fields[found[1]] = found[2].strip().strip("\"'")
    return fields
