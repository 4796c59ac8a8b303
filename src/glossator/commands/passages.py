"""Texts in JSON lines as a book of a library of their own: what a question set was made for.

The library lies in the data folder, where no reader sees it, and is kept: another check of the
same texts adds nothing anew.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import SecretStr

from glossator.commands.output import WRONG_USAGE, fail, note, shelf

if TYPE_CHECKING:
    from glossator.ingestion.sources import BookSource
    from glossator.settings import Settings

BOOK = "passages"


def added(configured: Settings, path: Path) -> tuple[Settings, str]:
    """Settings of the library with these texts alone, and the book's id."""
    name = hashlib.sha256(str(path.resolve()).encode("utf-8", "replace")).hexdigest()[:12]
    local = {"database_url": None, "vectors_url": SecretStr("sql:"), "queue": "embedded"}
    own = configured.model_copy(update={"data": configured.data / "checks" / name, **local})
    own.data.mkdir(parents=True, exist_ok=True)
    state, kept = _state(own, path), own.data / "added"
    # Reading thousands of them only to find each as it was took a fifth of a check.
    is_there = kept.exists() and (own.data / "glossator.db").exists()
    if is_there and kept.read_text("utf-8") == state:
        note("The passages are as they were.")
        return own, BOOK
    kept.unlink(missing_ok=True)
    source = book_of(path)
    with shelf(own) as built:
        done = built.pipeline.add_book(source, BOOK)
    kept.write_text(state, "utf-8")
    note(f"{done.chapters} passages, {done.chunks_embedded} of {done.chunks} chunks embedded now.")
    return own, BOOK


def _state(own: Settings, path: Path) -> str:
    """What the library is made of: the file, and by what it is read, cut and embedded."""
    from glossator import __version__
    from glossator.ingestion.canonical import PIPELINE_VERSION

    try:
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        fail(f"{path} can't be read: {error}.")
    cut = f"{own.chunker} {own.chunk_size} {own.chunk_overlap}"
    return f"{digest} {__version__} {PIPELINE_VERSION} {own.embedder} {cut}\n"


def book_of(path: Path) -> BookSource:
    """A book whose chapters are the rows {id, text, title?} of a file."""
    from glossator.ingestion.canonical import build
    from glossator.ingestion.slugs import github_slugger
    from glossator.ingestion.sources import BookSource, ChapterSource

    chapters = []
    try:
        lines = path.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        fail(f"{path} can't be read: {error}.")
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            name, text = str(row["id"]), str(row["text"])
            title = str(row.get("title") or name).replace("_", " ")
        except (ValueError, KeyError, TypeError, AttributeError):
            fail(f"{path}, line {number}: a passage is an object with id and text.", WRONG_USAGE)
        content = build(text, slug=github_slugger())[0]
        chapters.append(ChapterSource(chapter_id=name, title=title, content=content))
    if not chapters:
        fail(f"{path} holds no passage.", WRONG_USAGE)
    return BookSource(kind="plain", title=path.stem, chapters=tuple(chapters))
