"""What a sentence of an answer says that can be checked: its words, numbers, code; pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from decimal import Decimal, InvalidOperation
from functools import lru_cache

from glossator.library.sentences import item_spans, row_spans, sentence_spans
from glossator.retrieval.questions import STOP_WORDS, language_of

Stem = Callable[[str], str]

_FENCE = re.compile(r"^(`{3,}|~{3,}).*?(?:^\1[`~]*[ \t]*$|\Z)", re.MULTILINE | re.DOTALL)
_ITEM = re.compile(r"[ \t]*(?:[-*+]|\d{1,9}[.)])[ \t]")
# Blanks of its line alone: with those of all lines before it, many empty lines took seconds.
_NUMBERED = re.compile(r"^[^\S\n]*\d{1,3}[.)]\s+", re.MULTILINE)
_NUMBER = re.compile(r"\d+(?:[.,\u066b\u066c]\d+)*")
_THOUSANDS = re.compile(r"[,\u066c](?=\d{3}(?!\d))")
_CODE = re.compile(r"(?<!`)(`+)(?!`)(.+?)(?<!`)\1(?!`)", re.DOTALL)
_ADDRESS = re.compile(r"https?://[^\s<>()\"']+")
_WORD = re.compile(r"[^\W\d_][\w'\u2019-]*")
_QUOTED = re.compile(
    r"[\"\u201c\u201e\u00ab]([^\"\u201c\u201d\u201e\u00ab\u00bb\n]+)[\"\u201d\u00bb]"
)
_CARDINALS = "zero one two three four five six seven eight nine ten eleven twelve".split()
_ORDINALS = "first second third fourth fifth sixth seventh eighth ninth tenth".split()
_NUMERALS = {
    **{word: str(n) for n, word in enumerate(_CARDINALS)},
    **{word: str(n) for n, word in enumerate(_ORDINALS, 1)},
    "hundred": "100",
    "thousand": "1000",
}
_OPENING = re.compile(
    r"^\W*(?:here (?:is|are|'s)|in (?:short|summary|brief|other words|conclusion)|yes|no|sure|"
    r"of course|for (?:example|instance)|to (?:sum up|summari[sz]e)|overall|let(?:'s| me| us)|"
    r"according to|the (?:book|text|chapter|passages?|sources?) (?:says?|explains?|describes?|"
    r"states?|gives?|lists?|covers?|tells?)|this (?:means|is how)|that means|hope this helps|"
    r"that(?:'s| is) (?:it|all))\b",
    re.IGNORECASE,
)
_FEW = 3


def stemmer() -> Stem:
    """English stems, a quarter of a microsecond a word."""
    from Stemmer import Stemmer

    stem: Stem = Stemmer("english").stemWord
    return stem


def segments(text: str) -> list[tuple[int, int]]:
    """Places of the sentences of an answer: listings, items and rows count as one each."""
    spans: list[tuple[int, int]] = []
    at = 0
    for fence in _FENCE.finditer(text):
        spans += _prose(text, at, fence.start())
        spans.append((fence.start(), fence.start() + len(fence.group().rstrip())))
        at = fence.end()
    return spans + _prose(text, at, len(text))


def _prose(text: str, start: int, end: int) -> list[tuple[int, int]]:
    spans: list[tuple[int, int]] = []
    for first, last in _groups(text, start, end):
        part = text[first:last]
        if _ITEM.match(part):
            found = item_spans(part)
        elif part.lstrip().startswith("|"):
            found = row_spans(part)
        else:
            found = sentence_spans(part)
        spans += [(first + a, first + b) for a, b in found]
    return spans


def _groups(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Runs of lines of one kind: a paragraph, a list, a table; a heading is one by itself."""
    begin, kind = start, ""
    at = start
    while at < end:
        stop = text.find("\n", at, end)
        stop = end if stop < 0 else stop
        line = text[at:stop]
        new = _kind(line, kind)
        if new != kind or new == "heading":
            if begin < at and kind:
                yield begin, at
            begin, kind = at, new
        at = stop + 1
    if kind and begin < end:
        yield begin, end


def _kind(line: str, before: str) -> str:
    stripped = line.lstrip()
    if not stripped:
        return ""
    if stripped.startswith("#"):
        return "heading"
    if _ITEM.match(line) or (before == "list" and line[:1] in " \t"):
        return "list"
    return "table" if stripped.startswith("|") else "prose"


# Passages come up again and again, and each of their sentences is weighed several times in an
# answer; both hold a few MB at most.
@lru_cache(maxsize=4_096)
def numbers(text: str, *, words: bool = False) -> frozenset[str]:
    """The numbers in a text, all in one form; with `words` also those written out.

    Digits of every script count, thousands separators don't, and neither does the number of a
    list's item.
    """
    plain = _NUMBERED.sub("", text)
    if not plain.isascii():
        plain = "".join(
            str(unicodedata.digit(c)) if not c.isascii() and c.isdigit() and _has_digit(c) else c
            for c in plain
        )
    found = {_one_form(match) for match in _NUMBER.findall(plain)}
    if words:
        found |= {_NUMERALS[w] for w in re.findall(r"[a-z]+", plain.lower()) if w in _NUMERALS}
    return frozenset(found)


def _has_digit(character: str) -> bool:
    return unicodedata.digit(character, None) is not None


def _one_form(number: str) -> str:
    bare = _THOUSANDS.sub("", number).replace("\u066b", ".").replace(",", ".")
    try:
        value = Decimal(bare)
    except InvalidOperation:
        return bare
    return format(value.normalize(), "f")


def code(text: str) -> list[str]:
    """The code within a sentence, and addresses: what must stand in a source as it is."""
    listing = _FENCE.match(text)
    if listing:
        body = listing.group().split("\n")[1:]
        closed = bool(body) and body[-1].strip()[:3] in ("```", "~~~")
        return ["\n".join(body[:-1] if closed else body)]
    return [match[2].strip() for match in _CODE.finditer(text)] + _ADDRESS.findall(text)


def is_listing(text: str) -> bool:
    """Whether a segment is a fenced listing."""
    return bool(_FENCE.match(text))


def quoted(text: str) -> list[str]:
    """Stretches of four words and more that a sentence shows as somebody's words."""
    return [part for part in _QUOTED.findall(text) if len(part.split()) > _FEW]


@lru_cache(maxsize=4_096)
def telling(text: str, stem: Stem) -> frozenset[str]:
    """The stems of the words that say something, code left out."""
    return frozenset(
        stem(word)
        for word in (match.lower() for match in _WORD.findall(_CODE.sub(" ", text)))
        if len(word) > 1 and word not in STOP_WORDS
    )


def language(text: str) -> str:
    """`en`, another tag, or `und`; as questions are told."""
    return language_of(_CODE.sub(" ", text))


def is_connective(text: str, stem: Stem) -> bool:
    """Whether a sentence only leads from one to the next: nothing in it could be proven."""
    stripped = text.strip("*_ \n")
    if stripped.startswith("#") or not any(c.isalnum() for c in stripped):
        return True
    if numbers(stripped) or code(stripped) or quoted(stripped):
        return False
    if stripped.endswith((":", "?", "\uff1a", "\u061f")):
        return True
    said = telling(stripped, stem)
    return not said or (bool(_OPENING.match(stripped)) and len(said) <= _FEW)
