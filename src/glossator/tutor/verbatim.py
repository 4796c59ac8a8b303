"""Where a quote stands word for word in a text; pure.

Two texts are the same here when they differ in white space, hyphenation at line ends, forms of
quotation marks and dashes, ligatures and other Unicode forms, or in Markdown's own marks
(emphasis, list markers, link targets), and in nothing else: no case, no word, no digit.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass

_SPECIAL = re.compile(
    r"(?P<hyphen>(?<=[^\W\d_])[-\u2010\u00ad][ \t]*\n[ \t]*(?=[^\W\d_]))"
    r"|(?P<marker>^[ \t]*(?:[-*+][ \t]+|\d{1,3}[.)][ \t]+|\#{1,6}[ \t]+|>[ \t]?)+)"
    # A single blank between words stays what it is: most of any text needs no look at all.
    r"|(?P<space>\s{2,}|[^\S ])"
    r"|(?P<target>\](?:\([^()\s]*(?:\([^()\s]*\)[^()\s]*)*(?:\s+\"[^\"\n]*\")?\)))"
    r"|(?P<bracket>!?\[(?=[^\[\]\n]*\]\())"
    r"|(?P<strong>(?<!\w)(?:\*{1,3}|_{1,3})(?=\S)|(?<=\S)(?:\*{1,3}|_{1,3})(?!\w))"
    r"|(?P<code>`+)"
    r"|(?P<escape>\\(?=[!-/:-@\[-`{-~]))"
    r"|(?P<other>[^\x00-\x7f])",
    re.MULTILINE,
)
# What no special thing begins with, but at the beginning of a line; passed over at once, for
# looking for each of them at each character takes four times as long.
_RUN = re.compile(r"(?:[A-Za-z0-9.,;:?'\"()/%&=<@$^|~{}]+| (?!\s))*+")
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

    From `text[places[n]]` on, up to the next of the `places`, it stands as it does in the
    original from code point `origins[n]` on.
    """

    text: str
    places: tuple[int, ...]
    origins: tuple[int, ...]

    def find(self, quote: str, start: int = 0) -> tuple[int, int] | None:
        """The place (start, end) in the original of a quote folded before, on whole words."""
        at = self.text.find(quote, start)
        while at >= 0:
            end = at + len(quote)
            if _whole(self.text, at, end):
                return self._origin(at), self._origin(end - 1) + 1
            at = self.text.find(quote, at + 1)
        return None

    def _origin(self, at: int) -> int:
        n = bisect_right(self.places, at) - 1
        return self.origins[n] + at - self.places[n]


def fold(text: str) -> Folded:
    """The text folded; runs of plain ASCII, nearly everything, are taken as they are."""
    made = _Folding()
    at = 0
    for match in _specials(text):
        start = match.start()
        made.add(text[at:start], at)
        at = match.end()
        kind = match.lastgroup
        if kind == "space":
            made.add(" ", start)
        elif kind not in _DROPPED:
            # Each comes from the one code point.
            for character in _form(match.group()):
                made.add(character, start)
    made.add(text[at:], at)
    return Folded("".join(made.parts), tuple(made.places), tuple(made.origins))


def _specials(text: str) -> Iterator[re.Match[str]]:
    """As `_SPECIAL.finditer`."""
    at = 0
    while at < len(text):
        if at and text[at - 1] != "\n":
            run = _RUN.match(text, at)
            at = run.end() if run else at
        found = _SPECIAL.match(text, at)
        if found is None:
            # A line's first character may be plain, one within a run isn't special here.
            at += 1
        else:
            yield found
            at = found.end()


class _Folding:
    """A folded text in the making; never two blanks in a row, and none at the beginning."""

    def __init__(self) -> None:
        self.parts: list[str] = []
        self.places: list[int] = []
        self.origins: list[int] = []
        self._length = 0
        self._blank = True

    def add(self, part: str, origin: int) -> None:
        """A piece that stands in the original at `origin`."""
        if self._blank and part[:1] == " ":
            part, origin = part[1:], origin + 1
        if not part:
            return
        if not self.places or origin - self._length != self.origins[-1] - self.places[-1]:
            self.places.append(self._length)
            self.origins.append(origin)
        self.parts.append(part)
        self._length += len(part)
        self._blank = part[-1] == " "


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
