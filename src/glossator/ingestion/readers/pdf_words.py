"""Lines to running text: words broken at the ends of lines become whole again."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from glossator.ingestion.readers.pdf_lines import Line

_WORD = re.compile(r"[^\W\d_]+(?:[-‐'’][^\W\d_]+)*")
_BROKEN = re.compile(r"([^\W\d_]+(?:[-‐'’][^\W\d_]+)*)[-‐]$")
_NEXT = re.compile(r"[^\W\d_]+(?:[-‐'’][^\W\d_]+)*")
_WHOLE = 3  # Letters of a half that counts as a word of its own.


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """How often each word (in lower case, hyphens kept) stands within a line of the document."""

    counts: Counter[str]

    @classmethod
    def of(cls, lines: Iterable[Line]) -> Vocabulary:
        """The words of `lines` but for those that a line's end may have broken."""
        counts: Counter[str] = Counter()
        for line in lines:
            if not line.mono:
                text = line.text.lower()
                words = _WORD.findall(text)
                if text.endswith(("-", "‐")):
                    words = words[:-1]
                counts.update(words)
        return cls(counts)

    def joint(self, first: str, second: str) -> str:
        """What belongs between the halves of a word broken at a hyphen: `-` or nothing.

        The document's own use decides; where it is silent, two words of their own keep their
        hyphen, and all else loses it, as most hyphens at the end of a line were not there.
        """
        if not second[:1].islower() and not first[-1:].isupper():
            return "-"
        one, two = first.lower(), second.lower()
        whole, parted = self.counts[one + two], self.counts[f"{one}-{two}"]
        if whole or parted:
            return "-" if parted > whole else ""
        if min(len(one), len(two)) >= _WHOLE and self.counts[one] and self.counts[two]:
            return "-"
        return ""


def running_text(lines: Sequence[Line], words: Vocabulary) -> str:
    """The text of a paragraph on one line."""
    text = ""
    for line in lines:
        text = joined(text, " ".join(line.text.split()), words)
    return text


def joined(text: str, following: str, words: Vocabulary) -> str:
    """`text` with the next line behind it."""
    if not text or not following:
        return text + following
    broken = _BROKEN.search(text)
    after = _NEXT.match(following)
    if broken and after:
        return text[: -1 if text.endswith(("-", "‐")) else None] + (
            words.joint(broken[1], after[0]) + following
        )
    if text.endswith(("-", "‐")) and following[:1].isalnum() and not text.endswith((" -", " ‐")):
        return text + following
    return f"{text} {following}"
