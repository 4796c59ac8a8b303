"""Markdown while it is written from MDX tokens: the present line decides what may come next."""

from __future__ import annotations

import re

from glossator.ingestion.pieces import indented

_LINE_PREFIX = re.compile(r"([ \t>]*)((?:(?:[-*+]|\d{1,9}[.)])[ \t]+)*)")
_LINE_START = 300


class MdxOutput:
    """The text so far.

    `tables` counts the HTML tables that are open. `strip` and `gap` say that a tag has just been
    left out: the white space behind it goes, or one blank of it where one stands already.
    """

    def __init__(self) -> None:
        self._parts: list[str] = []
        self.line = ""
        self.tables = 0
        self.strip = False
        self.gap = False

    def whole(self) -> str:
        """All of it."""
        return "".join(self._parts)

    def text(self, text: str) -> None:
        """Words of the source; the white space that a tag left open is closed."""
        if self.strip:
            text = text.lstrip()
        elif self.gap and self.line[-1:] in ("", " ") and text.startswith(" "):
            text = text[1:]
        self.strip = self.gap = False
        self.emit(text)

    def emit(self, text: str) -> None:
        """Text as it is."""
        self._parts.append(text)
        newline = text.rfind("\n")
        if newline >= 0:
            self.line = text[newline + 1 : newline + 1 + _LINE_START]
        elif len(self.line) < _LINE_START:
            self.line += text[:_LINE_START]

    def indent(self) -> str:
        """The white space that lines under the present one begin with."""
        prefix = _LINE_PREFIX.match(self.line)
        return prefix[1] + " " * len(prefix[2]) if prefix else ""

    def at_start(self) -> bool:
        """Whether the present line holds nothing but its prefix."""
        prefix = _LINE_PREFIX.match(self.line)
        return prefix is not None and prefix.end() == len(self.line)

    def on_one_line(self) -> bool:
        """Whether a line break here would tear a table row or a heading."""
        return self.tables > 0 or self.line.lstrip(" \t>").startswith(("|", "#"))

    def new_line(self, indent: str) -> None:
        """Begin a line, unless one was just begun."""
        if not self.at_start():
            self.emit(f"\n{indent}")

    def end_block(self) -> None:
        """End what block there is."""
        # An empty comment ends paragraphs and lists as the tag did, and leaves no trace.
        if self.on_one_line():
            self.emit(" ")
            return
        indent = self.indent()
        self.new_line(indent)
        self.emit(f"<!-- -->\n{indent}")

    def paragraph(self, text: str) -> None:
        """A paragraph by itself."""
        indent = self.indent()
        self.end_block()
        self.emit(f"{indented(text, indent)}\n{indent}")
        self.end_block()

    def directive(self, line: str) -> None:
        """A line of a directive: `:::note`."""
        if self.on_one_line():
            self.emit(f" {line.lstrip(':').partition(' ')[2]} ")
            return
        indent = self.indent()
        self.new_line(indent)
        self.emit(f"{line.rstrip()}\n{indent}")
