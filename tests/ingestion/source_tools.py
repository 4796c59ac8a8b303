"""Helpers of the reader tests: write a source, read it, look at what came out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path

from glossator.ingestion.readers.folder import SourceFolder
from glossator.ingestion.sources import BookSource, ChapterSource, Problem, ReadLimits
from glossator.library.content import BlockKind

LIMITS = ReadLimits()


def write(root: Path, files: Mapping[str, str | bytes]) -> Path:
    """Write `files` (path below `root` -> content) and return `root`."""
    for rel, content in files.items():
        path = root / rel
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    return root


def opened(root: Path, limits: ReadLimits = LIMITS) -> SourceFolder:
    return SourceFolder.open(root, limits)


def ids(book: BookSource) -> list[str]:
    return [chapter.chapter_id for chapter in book.chapters]


def named(book: BookSource, chapter_id: str) -> ChapterSource:
    return next(each for each in book.chapters if each.chapter_id == chapter_id)


def text_of(book: BookSource, chapter_id: str) -> str:
    return named(book, chapter_id).content.text


def blocks_of(chapter: ChapterSource, *, code: bool) -> list[str]:
    """The chapter's listings, or everything but listings and formulas."""
    left_out = {BlockKind.CODE, BlockKind.MATH}
    return [
        chapter.content.text[block.start : block.end]
        for block in chapter.content.blocks
        if (block.kind is BlockKind.CODE if code else block.kind not in left_out)
    ]


def messages(problems: Iterable[Problem]) -> str:
    return "\n".join(f"{problem.path}: {problem.message}" for problem in problems)


def everything(books: Iterable[BookSource]) -> str:
    """All that a reader gave, problems included, as one text to search for leaks."""
    return "\n".join(repr(book) for book in books)


def headings_below_title(chapter: ChapterSource) -> list[str]:
    """All headings but the first of level 1, which is the page's own title."""
    found = [(heading.depth, heading.text) for heading in chapter.content.headings]
    first = next((at for at, (depth, _) in enumerate(found) if depth == 1), None)
    return [text for at, (_, text) in enumerate(found) if at != first]


def lost_words(source: Iterable[str], result: Iterable[str]) -> Counter[str]:
    """Words that the result has fewer times than the source."""
    return Counter(source) - Counter(result)
