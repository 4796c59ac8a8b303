"""Program code as HTML with a few class names that a style sheet colours; pure."""

from __future__ import annotations

from functools import cache
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pygments.token import _TokenType

LONGEST = 30_000
"""Characters; longer listings stay uncoloured, because some lexers slow down badly."""

CLASSES = {
    "Keyword": "tok-k",
    "Keyword.Type": "tok-t",
    "Name.Function": "tok-f",
    "Name.Class": "tok-t",
    "Name.Decorator": "tok-d",
    "Name.Tag": "tok-k",
    "Name.Attribute": "tok-f",
    "Name.Builtin": "tok-b",
    "Name.Exception": "tok-t",
    "Literal.String": "tok-s",
    "Literal.Number": "tok-n",
    "Operator.Word": "tok-k",
    "Comment": "tok-c",
    "Comment.Preproc": "tok-d",
    "Generic.Deleted": "tok-del",
    "Generic.Inserted": "tok-ins",
    "Generic.Heading": "tok-k",
    "Generic.Prompt": "tok-c",
    "Generic.Output": "tok-o",
}
"""Pygments token type -> class; a type without one takes its parent's."""


@cache
def _aliases() -> dict[str, str]:
    from pygments.lexers import get_all_lexers

    return {
        alias: name for name, aliases, _, _ in get_all_lexers(plugins=False) for alias in aliases
    }


@cache
def _class_of(kind: _TokenType) -> str | None:
    parts = list(kind)
    while parts:
        if found := CLASSES.get(".".join(parts)):
            return found
        parts.pop()
    return None


def coloured(code: str, language: str | None) -> str:
    """`code` as HTML: escaped, with `<span class="tok-…">` around what has a colour.

    The text inside the HTML is `code`, character by character; where the language is unknown,
    or its lexer would change the text, it comes back without colours.
    """
    name = _aliases().get((language or "").lower())
    if name is None or len(code) > LONGEST:
        return escape(code, quote=False)
    from pygments import lex
    from pygments.lexers import find_lexer_class

    lexer_class = find_lexer_class(name)
    if lexer_class is None:
        return escape(code, quote=False)
    tokens = list(lex(code, lexer_class(stripnl=False, ensurenl=False)))
    if "".join(value for _, value in tokens) != code:
        return escape(code, quote=False)
    out: list[str] = []
    for kind, value in tokens:
        name_of_class = _class_of(kind)
        text = escape(value, quote=False)
        out.append(f'<span class="{name_of_class}">{text}</span>' if name_of_class else text)
    return "".join(out)
