"""YAML of strangers as plain values: no tag is ever acted on, and no alias can blow up.

Built from the parser's events, so no constructor of the YAML library runs at all.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml

_MAX_CHARS = 500_000
_MAX_DEPTH = 60
_MAX_NODES = 200_000
_WORDS = {"true": True, "false": False, "null": None, "~": None, "": None}
_YES_NO = re.compile(r"(?:true|false|null)", re.IGNORECASE)


class YamlError(ValueError):
    """Not YAML, or more than we take; the message is a sentence, `line` 1-based if known."""

    def __init__(self, message: str, line: int | None = None) -> None:
        super().__init__(message)
        self.line = line


@dataclass(slots=True)
class _Open:
    """A mapping or sequence that is being read; `nodes` with all its aliases spelt out."""

    value: dict[str, Any] | list[Any]
    anchor: str | None
    tag: str | None
    nodes: int = 1
    key: str | None = None
    has_key: bool = False
    merged: list[Any] = field(default_factory=list)


def load_yaml(text: str) -> object:
    """Dicts with text keys, lists, text, booleans and None; numbers and dates stay text.

    An unknown tag is dropped and its value kept; `!ENV` gives its default and never looks
    at the environment. Raises `YamlError`.
    """
    if len(text) > _MAX_CHARS:
        raise YamlError(f"The YAML is longer than {_MAX_CHARS:,} characters.")
    try:
        return _Builder().run(yaml.parse(text, Loader=yaml.SafeLoader))
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else None
        raise YamlError("The YAML can't be read.", line) from None
    except (yaml.YAMLError, RecursionError):
        raise YamlError("The YAML can't be read.") from None


class _Builder:
    def __init__(self) -> None:
        self._stack: list[_Open] = []
        self._anchors: dict[str, tuple[Any, int]] = {}
        self._result: object = None
        self._nodes = 0

    def run(self, events: Iterator[yaml.Event]) -> object:
        for event in events:
            if isinstance(event, yaml.DocumentEndEvent):
                break
            self._take(event)
        return self._result

    def _take(self, event: yaml.Event) -> None:
        if isinstance(event, yaml.ScalarEvent):
            self._finish(_scalar(event), 1, event.anchor)
        elif isinstance(event, yaml.MappingStartEvent | yaml.SequenceStartEvent):
            if len(self._stack) >= _MAX_DEPTH:
                raise YamlError(f"The YAML is nested more than {_MAX_DEPTH} deep.")
            value: dict[str, Any] | list[Any]
            value = {} if isinstance(event, yaml.MappingStartEvent) else []
            self._stack.append(_Open(value, event.anchor, event.tag))
        elif isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent):
            done = self._stack.pop()
            self._finish(_closed(done), done.nodes, done.anchor)
        elif isinstance(event, yaml.AliasEvent):
            # An anchor inside its own value is unknown here, so nothing can be circular.
            if event.anchor not in self._anchors:
                raise YamlError("The YAML has an alias without its anchor.")
            self._finish(*self._anchors[event.anchor], None)

    def _finish(self, value: Any, nodes: int, anchor: str | None) -> None:
        self._nodes += nodes
        if self._nodes > _MAX_NODES:
            raise YamlError("The YAML has too many values, once its aliases are spelt out.")
        if anchor is not None:
            self._anchors[anchor] = (value, nodes)
        if not self._stack:
            self._result = value
            return
        parent = self._stack[-1]
        parent.nodes += nodes
        if isinstance(parent.value, list):
            parent.value.append(value)
        elif not parent.has_key:
            parent.key, parent.has_key = _key(value), True
        else:
            parent.has_key = False
            if parent.key == "<<":
                parent.merged += value if isinstance(value, list) else [value]
            else:
                parent.value[parent.key or ""] = value


def _closed(done: _Open) -> Any:
    if done.tag == "!ENV" and isinstance(done.value, list):
        return done.value[-1] if len(done.value) > 1 else None
    if isinstance(done.value, dict):
        for other in done.merged:
            if isinstance(other, dict):
                done.value = {**other, **done.value}
    return done.value


def _scalar(event: yaml.ScalarEvent) -> Any:
    if event.tag == "!ENV":
        return None
    if event.style is None and (event.tag is None or event.tag == "tag:yaml.org,2002:null"):
        lowered = event.value.lower()
        if lowered in _WORDS and (lowered in ("", "~") or _YES_NO.fullmatch(event.value)):
            return _WORDS[lowered]
    return event.value


def _key(value: Any) -> str:
    return value if isinstance(value, str) else str(value)[:200]
