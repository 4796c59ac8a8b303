"""A book's own terms: how each is translated, or that it stays as it is; pure.

A file holds a term a line, `term -> translation` or `term -> keep`, with `#` for remarks. A file
for one language goes before the one for all.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

KEEP = "keep"
_LINE = re.compile(r"(?P<term>.+?)\s*(?:->|→)\s*(?P<to>.+)")
_MOST = 2_000
_LONGEST = 100


@dataclass(frozen=True)
class Glossary:
    """Terms in their order; `to` is None for a term that stays as it is."""

    terms: tuple[tuple[str, str | None], ...] = ()

    @cached_property
    def keeps(self) -> re.Pattern[str] | None:
        """Finds terms that stay as they are, the longest first, as whole words."""
        kept = sorted((term for term, to in self.terms if to is None), key=len, reverse=True)
        if not kept:
            return None
        return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, kept))})(?!\w)")

    def within(self, text: str) -> tuple[tuple[str, str | None], ...]:
        """The terms that stand in a text, whatever their case."""
        low = text.lower()
        return tuple(
            (term, to)
            for term, to in self.terms
            if re.search(rf"(?<!\w){re.escape(term.lower())}(?!\w)", low)
        )


def read(texts: Iterable[str]) -> tuple[Glossary, list[str]]:
    """The glossary of some files, the nearer first, and a sentence for each line of no use."""
    found: dict[str, str | None] = {}
    wrong: list[str] = []
    for text in texts:
        for number, line in enumerate(text.splitlines(), 1):
            bare = line.strip().removeprefix("\ufeff")
            if not bare or bare.startswith("#"):
                continue
            match = _LINE.fullmatch(bare)
            if match is None or len(bare) > 2 * _LONGEST or len(found) >= _MOST:
                wrong.append(f"Line {number} isn't `term -> translation` or `term -> keep`.")
                continue
            to = match["to"].strip()
            found.setdefault(match["term"], None if to.lower() == KEEP else to)
    return Glossary(tuple(found.items())), wrong
