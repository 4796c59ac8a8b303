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
_LONGEST = 100  # Characters of a word.
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
    parts: list[str] = []
    for line in lines:
        following = " ".join(line.text.split())
        if parts and following:
            parts[-1], joint = _ending(parts[-1], following, words)
            parts.append(joint)
        if following:
            parts.append(following)
    return "".join(parts)


def joined(text: str, following: str, words: Vocabulary) -> str:
    """`text` with the next line behind it."""
    if not text or not following:
        return text + following
    text, joint = _ending(text, following, words)
    return text + joint + following


def _ending(text: str, following: str, words: Vocabulary) -> tuple[str, str]:
    """`text` without the hyphen that a line's end gave it, and what stands before the next."""
    if not text.endswith(("-", "‐")):
        return text, " "
    broken = _BROKEN.search(text[-_LONGEST:])
    after = _NEXT.match(following)
    if broken and after:
        return text[:-1], words.joint(broken[1], after[0])
    bare = text[-2:-1].isspace() or not following[:1].isalnum()
    return text, " " if bare else ""
