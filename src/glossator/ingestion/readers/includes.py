"""Parts of other files that a page takes in, and the sentence that stands where one is missing."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from glossator.ingestion.readers.folder import SourceFolder, printable
from glossator.ingestion.sources import ReadLimits, SourceError


class IncludeError(Exception):
    """Why something could not be included, as the end of a sentence."""


@dataclass(slots=True)
class Budget:
    """How much one page may still take in, in code points and in a count of includes.

    `texts` keeps what was read, because hostile pages name one file thousands of times.
    """

    chars: int
    includes: int = 1_000
    texts: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, limits: ReadLimits) -> Budget:
        """A fresh budget for one page."""
        return cls(limits.chapter_chars)

    def begin(self) -> None:
        """Count one more include, or raise `IncludeError`."""
        self.includes -= 1
        if self.includes < 0 or self.chars < 0:
            raise IncludeError("the page takes in more than we read")

    def spend(self, text: str) -> None:
        """Take `text` in, or raise `IncludeError`."""
        self.chars -= len(text)
        if self.chars < 0:
            raise IncludeError("the page takes in more than we read")


def included_text(
    folder: SourceFolder,
    rel: str,
    base: str,
    target: str,
    chain: tuple[str, ...],
    budget: Budget,
) -> tuple[str, str]:
    """The path and text of `target` as the file `base` names it (in the page `rel`).

    `chain` are the files that are being read around it. Raises `IncludeError`.
    """
    budget.begin()
    found = folder.resolve(base, target)
    if found is None:
        raise IncludeError("it lies outside the book's folder")
    if found in chain:
        raise IncludeError("it takes in itself")
    if len(chain) > folder.limits.include_depth:
        raise IncludeError("too many files take in one another")
    if found in budget.texts:
        return found, budget.texts[found]
    if not folder.exists(found):
        raise IncludeError("there is no such file in the book's folder")
    try:
        budget.texts[found] = folder.text(found)
    except SourceError as error:
        folder.note(rel, f"{printable(target)} can't be included: {error.message}")
        raise IncludeError("it can't be read") from None
    return found, budget.texts[found]


def missing(folder: SourceFolder, rel: str, target: str, reason: str) -> str:
    """Note the problem; returns the sentence that takes the include's place."""
    # Braces and marks would make the sentence look like another include.
    name = re.sub(r"[{}<>*`\[\]]", "", printable(target)).strip()[:200]
    folder.note(rel, f"{name} is not included: {reason}.")
    return f"Not included: {name} ({reason})."


def line_range(lines: list[str], start: int | None, end: int | None) -> list[str]:
    """Lines `start` to `end`, 1-based and both inclusive; None leaves that side open."""
    return lines[max(0, (start or 1) - 1) : end]
