"""Where a quote stands word for word in a text; pure.

Two texts are the same here when they differ in white space, hyphenation at line ends, forms of
quotation marks and dashes, ligatures and other Unicode forms, or in Markdown's own marks
(emphasis, list markers, link targets), and in nothing else: no case, no word, no digit.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

_SPECIAL = re.compile(
    r"(?P<hyphen>(?<=[^\W\d_])[-\u2010\u00ad][ \t]*\n[ \t]*(?=[^\W\d_]))"
    r"|(?P<marker>^[ \t]*(?:[-*+][ \t]+|\d{1,3}[.)][ \t]+|\#{1,6}[ \t]+|>[ \t]?)+)"
    r"|(?P<space>\s+)"
    r"|(?P<target>\](?:\([^()\s]*(?:\([^()\s]*\)[^()\s]*)*(?:\s+\"[^\"\n]*\")?\)))"
    r"|(?P<bracket>!?\[(?=[^\[\]\n]*\]\())"
    r"|(?P<strong>(?<!\w)(?:\*{1,3}|_{1,3})(?=\S)|(?<=\S)(?:\*{1,3}|_{1,3})(?!\w))"
    r"|(?P<code>`+)"
    r"|(?P<escape>\\(?=[!-/:-@\[-`{-~]))"
    r"|(?P<other>[^\x00-\x7f])",
    re.MULTILINE,
)
_DROPPED = frozenset({"hyphen", "marker", "target", "bracket", "strong", "code", "escape"})
# Soft hyphen, zero width space and joiners, direction marks, byte order mark.
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_SAME = {
    **dict.fromkeys("\u2018\u2019\u201a\u201b\u02bc\u2032\u00b4", "'"),
    **dict.fromkeys("\u201c\u201d\u201e\u201f\u2033\u00ab\u00bb", '"'),
    **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212", "-"),
}


@dataclass(frozen=True, slots=True)
class Folded:
    """A text in the form in which quotes are compared.

    `text[i]` comes from the original's code point `origins[i]`.
    """

    text: str
    origins: tuple[int, ...]

    def find(self, quote: str, start: int = 0) -> tuple[int, int] | None:
        """The place (start, end) in the original of a quote folded before, on whole words."""
        at = self.text.find(quote, start)
        while at >= 0:
            end = at + len(quote)
            if _whole(self.text, at, end):
                return self.origins[at], self.origins[end - 1] + 1
            at = self.text.find(quote, at + 1)
        return None


def fold(text: str) -> Folded:
    """The text folded; runs of plain ASCII, nearly everything, are taken as they are."""
    parts: list[str] = []
    origins: list[int] = []
    at = 0
    for match in _SPECIAL.finditer(text):
        start, end = match.span()
        if at < start:
            parts.append(text[at:start])
            origins.extend(range(at, start))
        at = end
        kind = match.lastgroup
        if kind in _DROPPED:
            continue
        new = " " if kind == "space" else _form(match.group())
        if new == " " and (not parts or parts[-1].endswith(" ")):
            continue
        if new:
            parts.append(new)
            origins.extend([start] * len(new))
    if at < len(text):
        parts.append(text[at:])
        origins.extend(range(at, len(text)))
    return Folded("".join(parts), tuple(origins))


def folded_quote(quote: str) -> str:
    """A quote in the form that `Folded.find` takes; empty where nothing of it is left."""
    return fold(quote).text.strip()


def _form(character: str) -> str:
    same = _SAME.get(character)
    if same is not None:
        return same
    if _INVISIBLE.match(character):
        return ""
    return "".join(_SAME.get(part, part) for part in unicodedata.normalize("NFKD", character))


def _whole(text: str, start: int, end: int) -> bool:
    """Whether a stretch doesn't begin or end within a word or number."""
    before = start == 0 or not (text[start - 1].isalnum() and text[start].isalnum())
    after = end == len(text) or not (text[end - 1].isalnum() and text[end].isalnum())
    return before and after
