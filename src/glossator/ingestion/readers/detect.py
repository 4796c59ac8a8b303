"""What a path holds, and one book from one or several paths."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

from glossator.ingestion.readers import docusaurus, mdbook, mkdocs, plain
from glossator.ingestion.readers.archive import unpacked
from glossator.ingestion.readers.folder import SourceFolder
from glossator.ingestion.readers.kinds import kind_of_file
from glossator.ingestion.readers.pictures import with_pictures
from glossator.ingestion.sources import (
    BookSource,
    ChapterSource,
    Known,
    Picture,
    Problem,
    ReadLimits,
    SourceError,
)

Reader = Callable[[SourceFolder, ReadLimits], list[BookSource]]

_SETTINGS = re.compile(
    r"(?:(?P<docusaurus>docusaurus\.config\.[cm]?[jt]s)|(?P<mkdocs>mkdocs\.ya?ml)"
    r"|(?P<mdbook>book\.toml))"
)
_SIDEBARS = re.compile(r"(?:website/)?(?:sidebars\.(?:[cm]?[jt]s|json)|versioned_docs/.*)")
_DEEPEST = {"docusaurus": 1, "mkdocs": 1, "mdbook": 2}


def kind_of(folder: SourceFolder) -> str:
    """`docusaurus`, `mkdocs`, `mdbook` or `plain`: what the folder's files say it is."""
    files = folder.files()
    found: list[tuple[int, str]] = []
    for rel in files:
        settings = _SETTINGS.fullmatch(rel.rsplit("/", 1)[-1])
        kind = settings.lastgroup if settings else None
        if kind and rel.count("/") <= _DEEPEST[kind]:
            found.append((rel.count("/"), kind))
    if found:
        return min(found)[1]
    if any(_SIDEBARS.fullmatch(rel) for rel in files):
        return "docusaurus"
    if any(rel.startswith("website/") for rel in files) and folder.is_folder("docs"):
        return "docusaurus"
    if any(_is_docusaurus_page(rel) for rel in files):
        return "docusaurus"
    return "mdbook" if mdbook.find_book(folder) is not None else "plain"


def _is_docusaurus_page(rel: str) -> bool:
    name = rel.rsplit("/", 1)[-1]
    if name in ("_category_.json", "_category_.yml", "_category_.yaml"):
        return True
    return rel.startswith("docs/") and name.endswith(".mdx")


def read_sources(
    paths: Sequence[Path], limits: ReadLimits, known: Mapping[str, Known] | None = None
) -> list[BookSource]:
    """The book in `paths`, and its versions where a site has several (the main one first).

    What is `known` isn't built again (see `SourceFolder.open`).
    A file that can't be read is a problem of its book. Raises `SourceError` for a path that
    isn't there or can't be opened, and where no path holds a chapter.
    """
    with ExitStack() as stack:
        folders = [_opened(path, limits, stack, known) for path in paths]
        read = [(folder, with_pictures(folder, _read(folder, limits))) for folder in folders]
    if not any(book.chapters for _, books in read for book in books):
        raise _nothing(paths, [problem for folder, _ in read for problem in folder.problems])
    if len(read) == 1:
        return [book for book in read[0][1] if book.chapters]
    return _merged(read)


def _opened(
    path: Path, limits: ReadLimits, stack: ExitStack, known: Mapping[str, Known] | None
) -> SourceFolder:
    # Who names the settings file means the book it belongs to.
    if _SETTINGS.fullmatch(path.name) and path.is_file():
        return SourceFolder.open(path.parent, limits, known)
    if path.is_file() and _is_archive(path):
        root = stack.enter_context(unpacked(path, limits, pictures=True))
        return SourceFolder.open(root, limits, known)
    return SourceFolder.open(path, limits, known)


def _is_archive(path: Path) -> bool:
    try:
        return kind_of_file(path) == "zip"
    except SourceError:
        # What it is instead is said where it is read.
        return False


def _read(folder: SourceFolder, limits: ReadLimits) -> list[BookSource]:
    readers: dict[str, Reader] = {
        "docusaurus": docusaurus.read,
        "mkdocs": mkdocs.read,
        "mdbook": mdbook.read,
        "plain": plain.read,
    }
    kind = kind_of(folder)
    if kind != "plain":
        try:
            books = readers[kind](folder, limits)
        except SourceError as error:
            books = []
            folder.problems.append(error.problem())
        if any(book.chapters for book in books):
            return books
    return plain.read(folder, limits)


_NONE = (
    "It holds no Markdown or text file. PDF, EPUB, DOCX, PPTX, HTML, notebooks and CSV"
    " are read too."
)


def _nothing(paths: Sequence[Path], problems: list[Problem]) -> SourceError:
    shown = ", ".join(path.name or str(path) for path in paths)
    if not problems:
        return SourceError(shown, _NONE)
    reasons = " ".join(f"{problem.path}: {problem.message}" for problem in problems[:3])
    more = f" And {len(problems) - 3} more problems." if len(problems) > 3 else ""
    return SourceError(shown, f"Nothing in it could be read. {reasons}{more}")


def _merged(read: list[tuple[SourceFolder, list[BookSource]]]) -> list[BookSource]:
    versions = list(dict.fromkeys(book.version for _, books in read for book in books))
    versions.sort(key=lambda version: version is not None)
    merged = [
        _one([(folder, book) for folder, books in read for book in books if book.version == name])
        for name in versions
    ]
    return [book for book in merged if book.chapters]


def _one(books: list[tuple[SourceFolder, BookSource]]) -> BookSource:
    """One book of several, in their order; equal chapter ids get their folder's name before."""
    first = books[0][1]
    taken: set[str] = set()
    chapters: list[ChapterSource] = []
    translations: list[ChapterSource] = []
    problems: list[Problem] = []
    for folder, book in books:
        renamed: dict[str, str] = {}
        problems += book.problems
        for chapter in book.chapters:
            name = _free(chapter.chapter_id, folder.name, taken)
            if name != chapter.chapter_id:
                renamed[chapter.chapter_id] = name
                message = f"Another chapter is called {chapter.chapter_id} too; this one is {name}."
                problems.append(Problem(chapter.source_path, message))
            taken.add(name)
            chapters.append(replace(chapter, chapter_id=name))
        translations += [
            replace(each, chapter_id=renamed.get(each.chapter_id, each.chapter_id))
            for each in book.translations
        ]
    addresses = {book.site_url for _, book in books}
    # Of two pictures in the same place of two folders nobody knows which is meant.
    drawn: dict[str, set[Picture]] = {}
    for picture in (picture for _, book in books for picture in book.pictures):
        drawn.setdefault(picture.path, set()).add(picture)
    return replace(
        first,
        kind=first.kind if all(book.kind == first.kind for _, book in books) else "plain",
        chapters=tuple(chapters),
        translations=tuple(translations),
        problems=tuple(problems),
        site_url=first.site_url if len(addresses) == 1 else None,
        pictures=tuple(next(iter(same)) for same in drawn.values() if len(same) == 1),
    )


def _free(name: str, folder: str, taken: set[str]) -> str:
    if name not in taken:
        return name
    base = f"{folder}/{name}"
    candidate, number = base, 1
    while candidate in taken:
        number += 1
        candidate = f"{base}-{number}"
    return candidate
