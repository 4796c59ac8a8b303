"""The state of a book by its chapters and sections, and what was edited between two states; pure.

A section is what stands between its heading and the next one of any depth, so an edit is told by
the nearest heading above it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from glossator.library.content import Heading

_DIGITS = 16
SEPARATOR = " > "

Kind = Literal[
    "chapter added", "chapter removed", "chapter renamed",
    "section added", "section removed", "section changed", "heading renamed",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class ChapterText:
    """A chapter as it stands in the library."""

    chapter_id: str
    title: str
    text: str
    headings: tuple[Heading, ...]


@dataclass(frozen=True, slots=True)
class Section:
    """A heading with its path, and the hash of the words below it."""

    path: str
    heading: str
    hash: str


@dataclass(frozen=True, slots=True)
class Chapter:
    """A chapter's title, hash and sections; the first section has the chapter's title."""

    chapter_id: str
    title: str
    hash: str
    sections: tuple[Section, ...]


@dataclass(frozen=True, slots=True)
class Edit:
    """One difference between two states; `now` is the new name where something was renamed."""

    kind: Kind
    chapter_id: str
    title: str
    heading: str | None = None
    now: str | None = None

    def sentence(self) -> str:
        """The edit in words."""
        place = f"chapter {self.chapter_id} ({self.title})"
        if self.heading is None:
            renamed = f" to “{self.now}”" if self.now else ""
            return f"{self.kind}{renamed}: {place}"
        renamed = f" is now “{self.now}”" if self.now else ""
        return f"{self.kind}: {place}, “{self.heading}”{renamed}"


def stretches(chapter: ChapterText) -> list[tuple[str, str, int, int]]:
    """Path, heading, start and end of each section; the words before any heading come first."""
    found = []
    starts = [*(heading.start for heading in chapter.headings), len(chapter.text)]
    if chapter.text[: starts[0]].strip():
        found.append((chapter.title, chapter.title, 0, starts[0]))
    above: list[Heading] = []
    for heading, end in zip(chapter.headings, starts[1:], strict=True):
        above = [*(each for each in above if each.depth < heading.depth), heading]
        texts = [each.text for each in above if each.text != chapter.title]
        path = SEPARATOR.join([chapter.title, *texts])
        found.append((path, heading.text, heading.start, end))
    return found


def edition(chapters: Iterable[ChapterText]) -> list[Chapter]:
    """A book's state, in reading order."""
    return [
        Chapter(
            chapter.chapter_id,
            chapter.title,
            _hash(chapter.text),
            tuple(
                Section(path, heading, _hash(_below(chapter, start, end)))
                for path, heading, start, end in stretches(chapter)
            ),
        )
        for chapter in chapters
    ]


def as_objects(chapters: Sequence[Chapter]) -> list[dict[str, Any]]:
    """A state as JSON has it."""
    return [asdict(chapter) for chapter in chapters]


def from_objects(rows: Iterable[dict[str, Any]]) -> list[Chapter]:
    """The way back; raises `KeyError` or `TypeError` for what isn't a state."""
    return [
        Chapter(
            row["chapter_id"],
            row["title"],
            row["hash"],
            tuple(Section(**section) for section in row["sections"]),
        )
        for row in rows
    ]


def edits(before: Sequence[Chapter], after: Sequence[Chapter]) -> list[Edit]:
    """What was done to the book, chapter by chapter."""
    old = {chapter.chapter_id: chapter for chapter in before}
    new = {chapter.chapter_id: chapter for chapter in after}
    found = [
        Edit("chapter removed", each.chapter_id, each.title)
        for each in before
        if each.chapter_id not in new
    ]
    for chapter in after:
        was = old.get(chapter.chapter_id)
        if was is None:
            found.append(Edit("chapter added", chapter.chapter_id, chapter.title))
        elif was != chapter:
            found += _within(was, chapter)
    return found


def _within(was: Chapter, now: Chapter) -> list[Edit]:
    found: list[Edit] = []
    if was.title != now.title:
        found.append(Edit("chapter renamed", now.chapter_id, was.title, now=now.title))
    old, new = _numbered(was), _numbered(now)
    gone = {key: old[key] for key in old if key not in new}
    come = {key: new[key] for key in new if key not in old}
    for key, section in list(gone.items()):
        same = next((k for k, each in come.items() if each.hash == section.hash), None)
        if same is not None:
            found.append(_edit("heading renamed", now, section, come.pop(same).heading))
            del gone[key]
    found += [_edit("section removed", now, section) for section in gone.values()]
    found += [_edit("section added", now, section) for section in come.values()]
    found += [
        _edit("section changed", now, new[key])
        for key in new
        if key in old and old[key].hash != new[key].hash
    ]
    return found


def _edit(kind: Kind, chapter: Chapter, section: Section, now: str | None = None) -> Edit:
    return Edit(kind, chapter.chapter_id, chapter.title, section.heading, now)


def _numbered(chapter: Chapter) -> dict[tuple[str, int], Section]:
    """Sections by their path below the title, and which of equal ones they are."""
    seen: dict[str, int] = {}
    found = {}
    for section in chapter.sections:
        path = section.path.removeprefix(chapter.title)
        seen[path] = seen.get(path, 0) + 1
        found[(path, seen[path])] = section
    return found


def _below(chapter: ChapterText, start: int, end: int) -> str:
    """A section's words without the line of its heading, so that a renamed one is known again."""
    text = chapter.text[start:end]
    headed = any(heading.start == start for heading in chapter.headings)
    return text.lstrip().partition("\n")[2] if headed else text


def _hash(text: str) -> str:
    folded = " ".join(text.split())
    return hashlib.sha256(folded.encode("utf-8", "replace")).hexdigest()[:_DIGITS]
