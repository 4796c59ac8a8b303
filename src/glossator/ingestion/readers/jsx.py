"""JSX tags and JavaScript expressions, recognised without understanding or running them."""

from __future__ import annotations

import re
from dataclasses import dataclass

_NAME = re.compile(r"</?[ \t]*([A-Za-z][\w.:-]{0,79})")
_ATTRIBUTE = re.compile(r"([A-Za-z_@:$][\w:.@$-]{0,79})(\s*=\s*)?")
_BARE = re.compile(r"[^\s\"'=<>`{}]+")
_SPACE = re.compile(r"\s*")
_BRACE = re.compile(r"""[{}()\[\]"'`]|//|/\*""")
_STRING = re.compile(
    r"""\s*(?:"((?:[^"\\]|\\.)*+)"|'((?:[^'\\]|\\.)*+)'|`((?:[^`\\$]|\\.|\$(?!\{))*+)`)\s*""",
    re.DOTALL,
)
_ANY_STRING = re.compile(r"""["']([^"'\n]{1,500})["']""")
_ESCAPE = re.compile(r"\\(u\{[0-9a-fA-F]{1,6}\}|u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|.)", re.DOTALL)
_CODE = re.compile(r"[\s\S]*(?:=>|&&|\|\||\?|[=+(\[<;])|\s*[.\w$]+\s*$|\s*\.\.\.|\s*$|\s*/\*")

LOOKAHEAD = 50_000
"""Code points that one expression or one tag may be long."""
_FAILURES = 20


@dataclass(frozen=True, slots=True)
class JsxTag:
    """A tag with its attributes; an attribute's value is text, or None for an expression."""

    name: str
    closing: bool
    self_closing: bool
    attributes: dict[str, str | None]
    raw_attributes: str
    end: int

    def get(self, *names: str) -> str:
        """The first of these attributes that has text, its white space folded."""
        for name in names:
            if value := self.attributes.get(name):
                return " ".join(value.split())
        return ""


class JsxScanner:
    """Finds the ends of expressions and tags in one text, in time linear in its length.

    An opening brace that is never closed costs a scan; after a number of those in one
    text every brace is taken literally.
    """

    def __init__(self, text: str) -> None:
        self._text = text
        self._failures = 0

    def expression_end(self, start: int) -> int:
        """The index behind the bracket that closes the one at `start`; -1 where none does."""
        if self._failures > _FAILURES:
            return -1
        limit = min(len(self._text), start + LOOKAHEAD)
        depth, position = 0, start
        while (found := _BRACE.search(self._text, position, limit)) is not None:
            mark = found[0]
            position = found.end()
            if mark in "{([":
                depth += 1
            elif mark in "})]":
                depth -= 1
                if depth == 0:
                    return position
            else:
                position = self._skip(mark, position, limit)
        self._failures += 1
        return -1

    def _skip(self, mark: str, position: int, limit: int) -> int:
        text = self._text
        if mark == "/*":
            end = text.find("*/", position, limit)
            return end + 2 if end >= 0 else limit
        line_end = text.find("\n", position, limit)
        line_end = limit if line_end < 0 else line_end
        if mark == "//":
            # An address is no comment.
            return position if text[position - 3 : position - 2] == ":" else line_end
        stop = limit if mark == "`" else line_end
        at = position
        while (end := text.find(mark, at, stop)) >= 0:
            if text[end - 1] != "\\" or text[end - 2 : end] == "\\\\":
                return end + 1
            at = end + 1
        # An apostrophe in text between tags opens no string.
        return position

    def tag(self, start: int) -> JsxTag | None:
        """The tag whose `<` is at `start`, or None if that is only a `<`."""
        text = self._text
        named = _NAME.match(text, start)
        if named is None:
            return None
        limit = min(len(text), start + LOOKAHEAD)
        attributes: dict[str, str | None] = {}
        position = named.end()
        while 0 <= position < limit:
            space = _SPACE.match(text, position, limit)
            gap = space is not None and space.end() > position
            position = space.end() if space else position
            if text.startswith((">", "/>"), position):
                end = position + (1 if text[position] == ">" else 2)
                raw = text[named.end() : position]
                ends = end - position == 2
                return JsxTag(named[1], text[start + 1] == "/", ends, attributes, raw, end)
            if text.startswith("{", position):
                position = self.expression_end(position)
            else:
                position = self._attribute(position, limit, attributes) if gap else -1
        return None

    def _attribute(self, position: int, limit: int, attributes: dict[str, str | None]) -> int:
        found = _ATTRIBUTE.match(self._text, position, limit)
        if found is None:
            return -1
        attributes[found[1]] = ""
        return self._value(found[1], found.end(), limit, attributes) if found[2] else found.end()

    def _value(
        self, name: str, position: int, limit: int, attributes: dict[str, str | None]
    ) -> int:
        text = self._text
        quote = text[position : position + 1]
        if quote in ('"', "'") and quote:
            end = text.find(quote, position + 1, limit)
            if end < 0:
                return -1
            attributes[name] = text[position + 1 : end]
            return end + 1
        if quote == "{":
            end = self.expression_end(position)
            if end > 0:
                attributes[name] = string_value(text[position + 1 : end - 1])
            return end
        bare = _BARE.match(text, position, limit)
        if bare is None:
            return -1
        attributes[name] = bare[0]
        return bare.end()


def string_value(expression: str) -> str | None:
    """The text of an expression that is one string literal, None for any other."""
    found = _STRING.fullmatch(expression)
    if found is None:
        return None
    return _ESCAPE.sub(_unescaped, next(part for part in found.groups() if part is not None))


def _unescaped(found: re.Match[str]) -> str:
    body = found[1]
    if body[0] in "ux" and len(body) > 1:
        code = int(body.strip("ux{}"), 16)
        return chr(code) if code < 0x110000 and not 0xD800 <= code < 0xE000 else "\ufffd"
    return {"n": "\n", "t": "\t", "r": "", "\n": ""}.get(body, body)


def first_string(expression: str) -> str:
    """The first string literal inside an expression, such as a picture's path; or empty."""
    found = _ANY_STRING.search(expression)
    return found[1] if found else ""


def looks_like_code(expression: str) -> bool:
    """Whether braces in prose hold JavaScript rather than words that the author wrote."""
    return _CODE.match(expression[:2_000]) is not None
