"""Files that aren't Markdown as chapters of a book: each read by its own reader, then cut."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from posixpath import splitext
from urllib.parse import unquote

from glossator.ingestion.chapters import chapters_of
from glossator.ingestion.readers.folder import SourceFolder
from glossator.ingestion.readers.kinds import kind_of_file
from glossator.ingestion.readers.registry import reader_for
from glossator.ingestion.sources import ChapterSource, DocumentSource, SourceError

DOCUMENTS = (".epub", ".docx", ".pptx", ".pdf", ".ipynb")
PAGES = (".html", ".htm", ".xhtml")
TABLES = (".csv", ".tsv")
ARCHIVES = (".zip",)

# Pages that every site has and nobody reads as a chapter.
_NOT_PAGES = frozenset(("404", "search", "genindex", "py-modindex", "print"))
_LINK = re.compile(r"""\bhref\s*=\s*["']([^"'#?<>]{1,500})""")
_INDEXES = ("index.html", "index.htm", "toc.html", "contents.html")


def chosen(files: Sequence[str], *, markdown: bool) -> list[str]:
    """The files of a folder that are read beside its Markdown.

    Pages of a site count only where the folder holds no `markdown`, tables only where it holds
    nothing else: beside a text they are its attachments.
    """
    found = [rel for rel in files if rel.lower().endswith(DOCUMENTS + ARCHIVES)]
    if not markdown:
        found += [rel for rel in files if rel.lower().endswith(PAGES) and _is_page(rel)]
        if not found:
            found = [rel for rel in files if rel.lower().endswith(TABLES)]
    return found


def _is_page(rel: str) -> bool:
    return splitext(rel.rsplit("/", 1)[-1])[0].lower() not in _NOT_PAGES


def linked_order(folder: SourceFolder, files: Sequence[str]) -> dict[str, int]:
    """Pages of a site -> their places in the order in which its first page links to them."""
    index = next((name for name in _INDEXES if name in files), None)
    if index is None:
        return {}
    try:
        text = folder.text(index)
    except SourceError:
        return {}
    order = {index: 0}
    for target in _LINK.findall(text):
        rel = folder.resolve(index, unquote(target))
        if rel is not None and rel in files:
            order.setdefault(rel, len(order))
    return order


def read_document(folder: SourceFolder, rel: str) -> DocumentSource:
    """The file `rel` by the reader of its kind; its problems are noted. Raises `SourceError`."""
    real = folder.real_path(rel)
    if real is None:
        raise SourceError(rel, "It lies outside the book's folder, so it wasn't read.")
    path = Path(real)
    kind = kind_of_file(path)
    if kind == "zip":
        sentence = "It is an archive within the book; unpack it there, or add it by itself."
        raise SourceError(rel, sentence)
    document = reader_for(kind)(path, folder.limits)
    for problem in document.problems:
        # Not the file's own name: a file with that problem counts as one that can't be read.
        place = f"inside {rel}" + (f", {problem.path}" if problem.path else "")
        folder.note(place, problem.message, problem.line)
    return document


def chapters_in(
    folder: SourceFolder, rel: str, document: DocumentSource, *, alone: bool, whole: bool
) -> list[ChapterSource]:
    """The chapters of a document: one where it is short or `whole`, several otherwise.

    `alone`: it is the book, so its chapters have ids of their own; in a folder they stand
    below the file's name.
    """
    stem = splitext(rel)[0]
    cut = chapters_of(document)
    if whole or len(cut) == 1:
        return [
            ChapterSource(
                chapter_id=stem,
                title=document.title,
                content=document.content,
                language=document.language,
                url_path=rel,
                source_path=folder.shown(rel),
            )
        ]
    above = () if alone else (document.title,)
    return [
        replace(
            chapter,
            chapter_id=chapter.chapter_id if alone else f"{stem}/{chapter.chapter_id}",
            depth=chapter.depth + len(above),
            part=(*above, *chapter.part),
            url_path=rel,
            source_path=folder.shown(rel),
        )
        for chapter in cut
    ]
