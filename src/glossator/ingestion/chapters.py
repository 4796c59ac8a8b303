"""A file's single text cut into the chapters of a book; pure.

The cut is made at the highest headings that give chapters of a sensible size. A short text
stays whole, small sections join their neighbours, a huge one (a part of a book that holds its
chapters) is cut again at its own headings.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, replace

from glossator.ingestion.slugs import github_slug
from glossator.ingestion.sources import ChapterSource, DocumentSource
from glossator.library.content import Block, CanonicalText, Heading, block_id

WHOLE_WORDS = 3_000
"""A text up to this many words is one chapter."""
SMALL_WORDS = 200
"""A section under this joins the next one."""
LARGE_WORDS = 12_000
"""A section over this is cut at its own headings, where they give pieces of `PART_WORDS`."""
PART_WORDS = 700
"""The least mean size of chapters that a cut must give."""

_DEEPEST = 4
_UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]")
_SLUG_CHARS = 80


@dataclass(frozen=True, slots=True)
class _Section:
    """Blocks `first` to `last` (excluded) under a heading; None where none stands before them."""

    first: int
    last: int
    heading: Heading | None
    words: int
    part: tuple[str, ...] = ()


def chapters_of(document: DocumentSource) -> tuple[ChapterSource, ...]:
    """The chapters of a document in reading order; empty where it holds no text.

    `chapter_id` is the slug of the chapter's heading, unique in the document and the same as
    long as the headings are; blocks, headings and pages count from the chapter's own start.
    `part` lists the headings above a chapter that was cut out of a large section.
    """
    content = document.content
    if not content.blocks:
        return ()
    counts = [_words(content.text[b.start : b.end]) for b in content.blocks]
    whole = _Section(0, len(content.blocks), None, sum(counts))
    sections = [whole] if whole.words <= WHOLE_WORDS else _cut(content, counts, whole, 1)
    if len(sections) == 1:
        title = document.title or "Text"
        return (_chapter(document, sections[0], title, _slug(title, 1)),)
    taken: set[str] = set()
    chapters: list[ChapterSource] = []
    for number, section in enumerate(sections, 1):
        title = section.heading.text if section.heading else document.title
        name = _free(_slug(title, number), taken)
        taken.add(name)
        chapters.append(_chapter(document, section, title, name))
    return tuple(chapters)


def _words(text: str) -> int:
    """Words; in scripts that set no blanks between them, two letters count as one."""
    return len(text.split()) + len(_UNSPACED.findall(text)) // 2


def _cut(
    content: CanonicalText, counts: Sequence[int], section: _Section, depth: int
) -> list[_Section]:
    """`section` cut at headings of the first depth from `depth` on that gives a sensible cut."""
    for at in range(depth, _DEEPEST + 1):
        found = _at_headings(content, counts, section, at)
        joined = _joined(found)
        if len(joined) < 2:
            continue
        if section.words / len(joined) < PART_WORDS and section.heading is not None:
            break
        cut: list[_Section] = []
        for piece in joined:
            smaller = _cut(content, counts, piece, at + 1) if piece.words > LARGE_WORDS else [piece]
            above = (*piece.part, piece.heading.text) if piece.heading else piece.part
            # The first keeps the large section's own heading, so it isn't below itself.
            cut += [
                each if len(smaller) == 1 or each.heading is piece.heading
                else replace(each, part=(*above, *each.part[len(above) :]))
                for each in smaller
            ]  # fmt: skip
        return cut
    return [section]


def _at_headings(
    content: CanonicalText, counts: Sequence[int], section: _Section, depth: int
) -> list[_Section]:
    starts = [block.start for block in content.blocks]
    edges: list[tuple[int, Heading | None]] = []
    for heading in content.headings:
        index = bisect_left(starts, heading.start)
        inside = section.first <= index < section.last
        # A heading within a list stands at no block's start and divides nothing.
        stands = inside and index < len(starts) and starts[index] == heading.start
        if stands and heading.depth <= depth and (not edges or edges[-1][0] != index):
            edges.append((index, heading))
    if not edges or edges[0][0] != section.first:
        edges.insert(0, (section.first, section.heading))
    ends = [index for index, _ in edges[1:]] + [section.last]
    return [
        _Section(first, last, heading, sum(counts[first:last]), section.part)
        for (first, heading), last in zip(edges, ends, strict=True)
        if last > first
    ]


def _joined(sections: Sequence[_Section]) -> list[_Section]:
    """Small sections joined to the next one; the largest of a group gives it its heading."""
    groups: list[list[_Section]] = []
    for section in sections:
        small = bool(groups) and sum(each.words for each in groups[-1]) < SMALL_WORDS
        if small:
            groups[-1].append(section)
        else:
            groups.append([section])
    if len(groups) > 1 and sum(each.words for each in groups[-1]) < SMALL_WORDS:
        last = groups.pop()
        groups[-1] += last
    joined: list[_Section] = []
    for group in groups:
        headed = [each for each in group if each.heading is not None] or group
        largest = max(headed, key=lambda each: each.words)
        words = sum(each.words for each in group)
        joined.append(replace(largest, first=group[0].first, last=group[-1].last, words=words))
    return joined


def _chapter(
    document: DocumentSource, section: _Section, title: str, chapter_id: str
) -> ChapterSource:
    content = document.content
    blocks = content.blocks[section.first : section.last]
    start, end = blocks[0].start, blocks[-1].end
    seen: dict[str, int] = {}
    moved: list[Block] = []
    for block in blocks:
        name = block_id(block.kind, content.text[block.start : block.end], seen)
        moved.append(
            replace(block, block_id=name, start=block.start - start, end=block.end - start)
        )
    headings = tuple(
        replace(heading, start=heading.start - start)
        for heading in content.headings
        if start <= heading.start < end
    )
    return ChapterSource(
        chapter_id=chapter_id,
        title=title,
        content=CanonicalText(content.text[start:end], tuple(moved), headings),
        language=document.language,
        depth=len(section.part),
        part=section.part,
    )


def _slug(title: str, number: int) -> str:
    slug = re.sub(r"-{2,}", "-", github_slug(title)).strip("-")[:_SLUG_CHARS].strip("-")
    return slug or f"section-{number}"


def _free(name: str, taken: set[str]) -> str:
    candidate, number = name, 1
    while candidate in taken:
        number += 1
        candidate = f"{name}-{number}"
    return candidate
