"""What a model is told for one part, and its reply taken apart again; pure.

The words stand in `prompt.md`. An operator's own file may replace its sections, save for "Marks":
the checks depend on them.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from itertools import zip_longest

from glossator.adaptation.glossary import Glossary
from glossator.adaptation.sizes import tokens
from glossator.adaptation.splitting import Part

_SECTION = re.compile(r"^# (.+)$", re.MULTILINE)
_FIXED = "Marks"
_OWN_LINE = re.compile(r"^[ \t]*<(?:b[ \t]*(\d{1,4})|(add|\+)|(end)[ \t]*/?)[ \t]*>", re.MULTILINE)
_CLOSED = re.compile(r"^[ \t]*</[ \t]*(?:b[ \t]*\d{1,4}|add)[ \t]*>[ \t]*$", re.MULTILINE)
_TERM_TOKENS = 220


@dataclass(frozen=True, slots=True)
class Wording:
    """The sections of the prompt by name."""

    sections: Mapping[str, str]

    def version(self, *names: str) -> str:
        """A fingerprint of the sections that a kind of text is made by."""
        told = "\x00".join(self.sections[name] for name in (*names, _FIXED))
        return hashlib.sha256(told.encode("utf-8", "replace")).hexdigest()[:16]

    def translating(self, language: str) -> str:
        """The instruction for a translation; `language` is its name in English."""
        return f"{self.sections['Translating'].replace('{language}', language)}\n\n{self._marks}"

    def retelling(self, level: str, hardware: str) -> str:
        """The instruction for a retelling."""
        told = self.sections["Retelling"].replace("{level}", self.sections[f"Level {level}"])
        told = told.replace("{hardware}", self.sections[f"Hardware {hardware}"])
        return f"{told}\n\n{self._marks}"

    def again(self, reasons: Sequence[str]) -> str:
        """What is said before a second try."""
        told = "; ".join(dict.fromkeys(reasons))[:400]
        return self.sections["Again"].replace("{reasons}", told)

    @property
    def _marks(self) -> str:
        return self.sections[_FIXED]


def load(own: str | None = None) -> Wording:
    """The wording of this version; the sections of an operator's file replace its own."""
    text = resources.files("glossator.adaptation").joinpath("prompt.md").read_text("utf-8")
    sections = _sections(text)
    if own is not None:
        sections |= {
            name: body for name, body in _sections(own).items()
            if name in sections and name != _FIXED
        }  # fmt: skip
    return Wording(sections)


def request(part: Part, title: str, glossary: Glossary) -> str:
    """A part as a model gets it: where it stands, its terms, its listings, its blocks."""
    lines = [f"Chapter: {_flat(title)}"]
    if part.path:
        lines.append(f"Section: {' > '.join(part.path[-3:])}")
    if part.following:
        lines.append(f"The next section is: {part.following}")
    within = glossary.within("\n".join(unit.text for unit in part.units))
    terms = [f"{_flat(term)} -> {_flat(to)}" for term, to in within if to is not None]
    if terms:
        lines += ["", "Terms:", *_within(terms)]
    if part.shown:
        lines += ["", "Listings of this part, to be understood and not to be repeated:"]
        lines += [_fenced(listing) for listing in part.shown]
    lines += ["", "<text>"]
    for number, unit in enumerate(part.units, 1):
        lines += [f"<b{number}>", unit.protected.text]
    return "\n".join([*lines, "</text>"])


@dataclass(frozen=True, slots=True)
class Reply:
    """A reply taken apart: a text for each unit of the part, and additions by unit (from 0).

    `wrong` says what is wrong with its frame; then its texts are of no use.
    """

    texts: tuple[str, ...]
    added: Mapping[int, str]
    wrong: tuple[str, ...] = ()


def read(reply: str, count: int, *, additions: bool) -> Reply:
    """Take a reply to a part of `count` units apart."""
    text = _CLOSED.sub("", reply.replace("\r\n", "\n"))
    text = re.sub(r"^[ \t]*</?text>[ \t]*$", "", text, flags=re.MULTILINE)
    marks = list(_OWN_LINE.finditer(text))
    outside = text[: marks[0].start()] if marks else text
    wrong = ["something stands before the first block"] if outside.strip() else []
    texts: list[str] = []
    added: dict[int, str] = {}
    ended = False
    for mark, following in zip_longest(marks, marks[1:]):
        body = text[mark.end() : following.start() if following else len(text)].strip("\n").rstrip()
        if ended:
            wrong.append("something stands after <end/>")
        elif mark[3]:
            ended = True
            if body.strip():
                wrong.append("something stands after <end/>")
        elif mark[2] and (not additions or not texts or len(texts) - 1 in added):
            wrong.append("an addition stands where none may be")
        elif mark[2]:
            added[len(texts) - 1] = body.strip()
        elif int(mark[1]) != len(texts) + 1:
            wrong.append(f"after <b{len(texts)}> comes <b{int(mark[1])}>")
        else:
            texts.append(body.removeprefix(" "))
    if len(texts) != count:
        wrong.append(f"it has {len(texts)} of {count} blocks")
    if not ended:
        wrong.append("<end/> is missing: it broke off")
    return Reply(tuple(texts), added, tuple(dict.fromkeys(wrong)))


def _sections(text: str) -> dict[str, str]:
    parts = _SECTION.split(text)[1:]
    pairs = zip(parts[::2], parts[1::2], strict=True)
    return {name.strip(): body.strip() for name, body in pairs}


def _within(terms: Sequence[str]) -> list[str]:
    """As many terms as a call has room for."""
    chosen: list[str] = []
    for term in terms:
        if sum(tokens(each) for each in (*chosen, term)) > _TERM_TOKENS:
            break
        chosen.append(term)
    return chosen


def _flat(text: str) -> str:
    return re.sub(r"[<>\s]+", " ", text)[:160].strip()


def _fenced(listing: str) -> str:
    return f"<listing>\n{listing.replace('</listing', '< /listing')}\n</listing>"
