"""Whether a model's text may take its source's place: checks that a person can follow; pure.

Each check gives a sentence on what is wrong, which goes to the model at its second try and to
whoever wonders why a block stayed as it was. The bounds are wide on purpose: they are made to
catch what is cut, padded, copied or made up, and to let every good text pass.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from glossator.adaptation import signs
from glossator.adaptation.protect import MARK, restore
from glossator.adaptation.shape import Shapes, wrong_numbers
from glossator.adaptation.splitting import Unit
from glossator.adaptation.tongues import Tongue
from glossator.library.content import BlockKind

# What a model may add to a text with marks only if it stood there: code, links, formulas, tags.
_ADDED = {
    "code": re.compile(r"`|~~~"),
    "a link or an image": re.compile(r"\]\(|!\[|https?://|www\."),
    "a formula": re.compile(r"\$|\\\(|\\\["),
    "HTML": re.compile(r"</?[A-Za-z]|<!--"),
}
_LETTER = re.compile(r"[^\W\d_]")
_SENTENCE = re.compile(r"[.!?\u06d4\u061f\u3002\uff01\uff1f\u0964\n]+")
_ENDS = tuple(".!?:;\u2026\u06d4\u061f\u061b\u3002\uff01\uff1f\uff1a\uff1b\u0964")
_CLOSING = " *_\"'”’»)]}）”」』\u200f\u200e"
# In characters: below it a length says nothing.
_SHORT = 40
_SLACK = 30
_REPEATED = 20
_COPIED_RUN = 10
# For a source that isn't English, whose ratio to the target nobody has looked at.
_ANY_LENGTH = (0.15, 5.0)


@dataclass(frozen=True, slots=True)
class Expected:
    """What a text must be. `tongue` is the language it must be in, None where we don't know it.

    `lengths` bounds its length in characters against its source's. `translated` says that it must
    be in another language than its source.
    """

    tongue: Tongue | None
    lengths: tuple[float, float]
    translated: bool


def translation(tongue: Tongue, source_language: str) -> Expected:
    """What a translation must be."""
    english = source_language.lower().split("-")[0] == "en"
    return Expected(tongue, (tongue.shortest, tongue.longest) if english else _ANY_LENGTH, True)


@dataclass(frozen=True, slots=True)
class Checked:
    """A unit's text with its pieces back in place, None with `wrong` where it can't be used."""

    text: str | None
    wrong: tuple[str, ...] = ()


class Verifier:
    """Checks units one by one, and then the whole part."""

    def __init__(self, expected: Expected) -> None:
        self._expected = expected
        self._shapes = Shapes()

    def unit(self, unit: Unit, said: str) -> Checked:
        """A unit's text, put together and checked."""
        said = said.strip("\n").rstrip()
        if not said.strip():
            return Checked(None, ("it is empty",))
        source = unit.protected.text
        text, wrong = restore(said, unit.protected.pieces)
        wrong += _added(source, said)
        wrong += self._structure(unit, said)
        numbers = wrong_numbers(source, said)
        wrong += [f"its numbers differ: {numbers}"] if numbers else []
        wrong += self._length(source, said)
        wrong += self._language(source, said)
        wrong += _repetition(source, said)
        wrong += _cut_off(source, said)
        remark = signs.remark(said, source)
        wrong += [f"it holds a remark of your own: {remark[:60]}"] if remark else []
        return Checked(None if wrong else text, tuple(wrong))

    def part(self, units: Sequence[Unit], said: Sequence[str]) -> list[str]:
        """What is wrong with the texts of a part taken together."""
        wrong: list[str] = []
        met: dict[str, str] = {}
        for unit, text in zip(units, said, strict=True):
            bare, source = _bare(text), _bare(unit.protected.text)
            if len(bare) >= _REPEATED and met.setdefault(bare, source) != source:
                wrong.append("two blocks have the same text")
        whole, sources = "\n".join(said), "\n".join(unit.protected.text for unit in units)
        share = self._script_share(whole)
        if share is not None and share < 0.6 and not signs.mostly_names(_bare(sources)):
            wrong.append(f"only {share:.0%} of its letters are in the language's script")
        low, high = self._expected.lengths
        long, short = len(_bare(whole)), len(_bare(sources))
        if short >= 4 * _SHORT and not low * short <= long <= high * short:
            wrong.append(f"it has {long} characters for {short}")
        return wrong

    def _structure(self, unit: Unit, said: str) -> list[str]:
        source = self._shapes.of(unit.protected.text, unit.kind)
        found = self._shapes.of(said, unit.kind)
        if source.frame != found.frame:
            return [f"its structure as {_called(unit.kind)} differs from the text's"]
        if source.slots != found.slots:
            return ["a mark stands in another item or cell than in the text"]
        return []

    def _length(self, source: str, said: str) -> list[str]:
        low, high = self._expected.lengths
        long, short = len(_bare(said)), len(_bare(source))
        least = low * short - _SLACK if short >= _SHORT else 0
        if least <= long <= high * short + 2 * _SLACK:
            return []
        return [f"it has {long} characters for {short}: is it cut off or padded?"]

    def _language(self, source: str, said: str) -> list[str]:
        bare, plain = _bare(said), _bare(source)
        if signs.mostly_names(plain):
            return []
        letters, share = len(_LETTER.findall(bare)), self._script_share(said)
        if share is not None and letters >= 12 and share < (0.5 if letters >= _SHORT else 0.25):
            return [f"only {share:.0%} of its letters are in the language's script"]
        return self._untranslated(plain, bare) if self._expected.translated else []

    def _untranslated(self, plain: str, bare: str) -> list[str]:
        count = len(signs.words(bare))
        if count >= 4 and bare.lower() == plain.lower():
            return ["it isn't translated"]
        if signs.copied(plain, bare) >= min(_COPIED_RUN, max(6, count)):
            return ["a passage of it isn't translated"]
        tag = self._expected.tongue.tag if self._expected.tongue else ""
        if tag != "en" and count >= 10 and signs.english_share(bare) > 0.15:
            return ["it is in English"]
        return []

    def _script_share(self, said: str) -> float | None:
        """The share of the language's script among the letters, None where that tells nothing."""
        tongue = self._expected.tongue
        letters = _LETTER.findall(MARK.sub(" ", said))
        if tongue is None or not letters:
            return None
        return len(tongue.letters.findall("".join(letters))) / len(letters)


def _bare(text: str) -> str:
    """The words without marks and signs of Markdown."""
    return " ".join(re.sub(r"[*_#|>-]+", " ", MARK.sub(" ", text)).split())


def _added(source: str, said: str) -> list[str]:
    bare, before = MARK.sub(" ", said), MARK.sub(" ", source)
    return [
        f"it holds {name} that the text hasn't"
        for name, pattern in _ADDED.items()
        if len(pattern.findall(bare)) > len(pattern.findall(before))
    ]


def _repetition(source: str, said: str) -> list[str]:
    def most(text: str) -> int:
        found = Counter(
            sentence
            for raw in _SENTENCE.split(MARK.sub(" ", text))
            if len(sentence := " ".join(raw.split()).strip("*_-# ")) >= _REPEATED
        )
        return max(found.values(), default=1)

    return ["it says a sentence more than once"] if most(said) > most(source) else []


def _cut_off(source: str, said: str) -> list[str]:
    bare = source.rstrip(_CLOSING)
    if len(_bare(source)) < _SHORT or not bare.endswith(_ENDS):
        return []
    return [] if said.rstrip(_CLOSING).endswith(_ENDS) else ["it breaks off before its full stop"]


def _called(kind: BlockKind) -> str:
    return f"a {kind.value}"
