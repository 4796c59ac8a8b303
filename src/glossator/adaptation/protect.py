"""What a model must not change is taken out of a text, and put back exactly where it belongs; pure.

A piece that stands for itself becomes `<x3/>`, a link `<a4>its words</a4>`: marks in a form that
models know from documents, of ASCII alone. Whatever in a text looks like a mark is a piece itself,
so that taking out and putting back gives the very same text, whatever the text is.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from glossator.adaptation.ends import bracket_end, code_end, fence_end, is_alone, math_end

# What we write, and what a model may make of it: blanks, and digits of its own script.
MARK = re.compile(r"<\s*(?P<end>/?)\s*(?P<kind>[xa])\s*(?P<n>\d{1,5})\s*(?P<single>/?)\s*>")

_UNITS = (
    "%|‰|°C|°F|°|K|Hz|kHz|MHz|GHz|THz|bit|bits|kbit/s|Mbit/s|Gbit/s|kbps|Mbps|Gbps|B|kB|KB|MB|GB|TB"
    "|KiB|MiB|GiB|TiB|ns|µs|μs|us|ms|s|min|h|fps|FPS|Hz|rpm|nm|µm|μm|um|mm|cm|dm|m|km|m/s|km/h|m/s²"
    "|m/s\\^2|mg|g|kg|t|N|Nm|kN|Pa|kPa|MPa|bar|mV|V|kV|mA|A|Ah|mAh|W|mW|kW|MW|Wh|kWh|J|kJ|MJ|Ω|kΩ|lx"
    "|dB|dBm|px|rad|rad/s|deg|TFLOPS|TOPS|GFLOPS|USD|EUR"
)
_SPECIAL = re.compile(
    r"""
      (?P<fence>(?:`{3,}|~{3,})[^\n]*\n)
    | (?P<code>`+)
    | (?P<math>\$\$?|\\\(|\\\[)
    | (?P<comment><!--.{0,20000}?-->)
    | (?P<mark><\s*/?\s*[xa]\s*\d{1,5}\s*/?\s*>)
    | (?P<autolink><[A-Za-z][A-Za-z0-9+.-]{1,31}:[^\s<>]*>|<[^\s<>@]{1,64}@[^\s<>@]{1,255}>)
    | (?P<tag></?[A-Za-z][\w.:-]{0,80}(?:\s[^<>]{0,2000})?/?>|<\+>|</?>)
    | (?P<footnote>\[\^[^\]\s]{1,80}\]:?)
    | (?P<cited>\[@[^\]\n]{1,200}\])
    | (?P<link>!?\[)
    | (?P<braces>\{[^{}\n]{0,300}\})
    | (?P<address>(?:https?|ftp)://[^\s<>()\[\]`]*[^\s<>()\[\]`.,;:!?'"*_~]
        |(?<!\w)www\.[\w.-]+\.\w{2,}|(?<![\w.])[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+)
    | (?P<entity>&(?:\#\w{1,8}|[A-Za-z]\w{1,31});)
    | (?P<escape>(?:\w*\\[!-/:-@\[-`{-~])+\w*)
    | (?P<quantity>(?<![\w.,])[+-]?\d+(?:[.,]\d+)*[\ \u00a0]?(?:UNITS)(?![\w/²³]))
    | (?P<name>(?<![\w/])(?:--[a-z][\w-]*|[A-Za-z][\w.]*\(\)|[A-Za-z0-9]+(?:_[A-Za-z0-9]+)+
        |(?:[\w.-]+/){2,}[\w.-]+|[\w-]+\.(?:py|cpp|hpp|c|h|js|ts|md|json|ya?ml|toml|xml|txt|sh|rs|go
        |urdf|xacro|launch|csv|ipynb|html|css))(?!\w))
    """.replace("UNITS", "|".join(sorted(_UNITS.split("|"), key=len, reverse=True))),
    re.VERBOSE,
)
_DESTINATION = re.compile(
    r"\(\s*(?:<[^<>\n]*>|[^\s()]*(?:\([^\s()]*\)[^\s()]*)*)"
    r"(?:\s+(?:\"[^\"]*\"|'[^']*'|\([^()]*\)))?\s*\)"
)
_REFERENCE = re.compile(r"\[[^\[\]\n]{0,200}\]")
_LETTER = re.compile(r"[^\W\d_]")


class Kind(StrEnum):
    """What a piece is."""

    CODE = "code"
    MATH = "formula"
    LINK = "link"
    IMAGE = "image"
    TAG = "tag"
    NOTE = "footnote"
    NAME = "name"
    QUANTITY = "quantity"


_KINDS = {
    "comment": Kind.TAG,
    "mark": Kind.TAG,
    "autolink": Kind.LINK,
    "tag": Kind.TAG,
    "footnote": Kind.NOTE,
    "cited": Kind.NOTE,
    "braces": Kind.TAG,
    "address": Kind.LINK,
    "entity": Kind.TAG,
    "escape": Kind.NAME,
    "quantity": Kind.QUANTITY,
    "name": Kind.NAME,
}


@dataclass(frozen=True, slots=True)
class Piece:
    """Something that was taken out, letter by letter.

    A link has words of its own between `text` and `close`; `close` is None for all others.
    `alone` is what stands before it on its line where it must have its lines for itself.
    """

    number: int
    kind: Kind
    text: str
    close: str | None = None
    inside: int | None = None
    alone: bool = False

    @property
    def mark(self) -> str:
        """What stands in its place, its opening one for a link."""
        return f"<x{self.number}/>" if self.close is None else f"<a{self.number}>"


@dataclass(frozen=True, slots=True)
class Protected:
    """A text with marks, and the pieces they stand for, by number from 1."""

    text: str
    pieces: tuple[Piece, ...]

    @property
    def has_words(self) -> bool:
        """Whether anything is left to translate or to retell."""
        return _LETTER.search(MARK.sub("", self.text)) is not None


@dataclass(slots=True)
class _Taker:
    """Walks over a text once; `pieces` counts on over the words of links."""

    keeps: re.Pattern[str] | None
    pieces: list[Piece | None] = field(default_factory=list)

    def run(self, text: str, inside: int | None = None) -> str:
        out: list[str] = []
        at = 0
        while at < len(text):
            found = _SPECIAL.search(text, at)
            stop = found.start() if found else len(text)
            named = self.keeps.search(text, at, stop) if self.keeps else None
            if named is not None:
                out += [text[at : named.start()], self._one(Kind.NAME, named[0], inside)]
                at = named.end()
                continue
            out.append(text[at:stop])
            if found is None:
                break
            taken = self._take(text, found, inside)
            if taken is None:
                # What looks special and isn't: its first sign, and on behind it.
                out.append(text[stop])
                at = stop + 1
            else:
                mark, at = taken
                out.append(mark)
        return "".join(out)

    def _take(self, text: str, found: re.Match[str], inside: int | None) -> tuple[str, int] | None:
        at, name = found.start(), str(found.lastgroup)
        if name == "link":
            return self._take_link(text, at, inside)
        if name not in ("fence", "code", "math"):
            return self._one(_KINDS[name], found[0], inside), found.end()
        end = math_end(text, at) if name == "math" else None
        if name == "fence":
            end = fence_end(text, at)
        if end is None and text[at] == "`":
            end = code_end(text, at)
        if end is None:
            return None
        kind = Kind.MATH if name == "math" else Kind.CODE
        # A link's words begin behind its bracket, never on a line of their own.
        alone = inside is None and "\n" in text[at:end] and is_alone(text, at, end)
        return self._one(kind, text[at:end], inside, alone=alone), end

    def _take_link(self, text: str, at: int, inside: int | None) -> tuple[str, int] | None:
        image = text[at] == "!"
        opened = at + 1 if image else at
        closed = bracket_end(text, opened)
        if closed is None:
            return None
        target = _DESTINATION.match(text, closed + 1) or _REFERENCE.match(text, closed + 1)
        if target is None:
            return None
        end = target.end()
        if image:
            return self._one(Kind.IMAGE, text[at:end], inside), end
        number = len(self.pieces) + 1
        self.pieces.append(None)
        words = self.run(text[opened + 1 : closed], number)
        if inside is not None or not _LETTER.search(MARK.sub("", words)):
            # A link of code or an image alone, or one in another's words: whole.
            del self.pieces[number - 1 :]
            return self._one(Kind.LINK, text[at:end], inside), end
        self.pieces[number - 1] = Piece(number, Kind.LINK, "[", text[closed:end], inside)
        return f"<a{number}>{words}</a{number}>", end

    def _one(self, kind: Kind, text: str, inside: int | None, *, alone: bool = False) -> str:
        piece = Piece(len(self.pieces) + 1, kind, text, None, inside, alone)
        self.pieces.append(piece)
        return piece.mark


def protect(text: str, keeps: re.Pattern[str] | None = None) -> Protected:
    """Take out what must stay: code, formulas, links' targets, images, tags, notes, names.

    `keeps` finds further names. Linear in the text, save for looks ahead of bounded length.
    """
    taker = _Taker(keeps)
    marked = taker.run(text)
    return Protected(marked, tuple(piece for piece in taker.pieces if piece is not None))


def restore(text: str, pieces: Sequence[Piece]) -> tuple[str, list[str]]:
    """The text with the pieces back in their places, and what is wrong with its marks.

    With anything wrong the text is of no use.
    """
    giver = _Giver(text, {piece.number: piece for piece in pieces})
    restored = MARK.sub(giver.put_back, text)
    wrong = giver.wrong
    for piece in pieces:
        marks = [piece.mark] if piece.close is None else [piece.mark, f"</a{piece.number}>"]
        wrong += [f"{mark} is missing" for mark in marks if not giver.met[mark]]
        wrong += [f"{mark} stands there more than once" for mark in marks if giver.met[mark] > 1]
    if giver.links != sorted(giver.links):
        wrong.append("the links or images have changed their order")
    return restored, wrong


@dataclass(slots=True)
class _Giver:
    """Puts pieces back one after the other and notes what is wrong."""

    text: str
    pieces: dict[int, Piece]
    wrong: list[str] = field(default_factory=list)
    opened: list[int] = field(default_factory=list)
    links: list[int] = field(default_factory=list)
    met: Counter[str] = field(default_factory=Counter)

    def put_back(self, match: re.Match[str]) -> str:
        number, kind = int(match["n"]), match["kind"]
        piece = self.pieces.get(number)
        if piece is None or (piece.close is None) != (kind == "x"):
            self.wrong.append(f"<{kind}{number}> doesn't stand in the text")
            return ""
        if match["end"] and piece.close is not None:
            self.met[f"</a{number}>"] += 1
            if not self.opened or self.opened.pop() != number:
                self.wrong.append(f"</a{number}> closes what isn't open")
            return piece.close
        self.met[piece.mark] += 1
        if (self.opened[-1] if self.opened else None) != piece.inside:
            self.wrong.append(f"{piece.mark} stands in another link than in the text")
        if piece.close is not None:
            self.opened.append(number)
        if piece.kind in (Kind.LINK, Kind.IMAGE):
            self.links.append(number)
        if piece.alone and not is_alone(self.text, match.start(), match.end()):
            self.wrong.append(f"{piece.mark} needs a line for itself")
        return piece.text


def marks_in(text: str) -> tuple[str, ...]:
    """The marks of a text, sorted, in one form whatever the model made of them."""
    return tuple(
        sorted(f"{match['end']}{match['kind']}{int(match['n'])}" for match in MARK.finditer(text))
    )
