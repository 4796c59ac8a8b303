"""ZIP archives of files, or of a site, as one book: unpacked safely, then read as a folder."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory

from glossator.ingestion.canonical import assemble
from glossator.ingestion.pieces import HeadingMark, Piece
from glossator.ingestion.readers.files import bounded
from glossator.ingestion.readers.prose import words_of_name
from glossator.ingestion.readers.zips import SafeZip, opened, shortened
from glossator.ingestion.slugs import github_slugger
from glossator.ingestion.sources import (
    BookSource,
    ChapterSource,
    DocumentSource,
    ReadLimits,
    SourceError,
)
from glossator.library.content import BlockKind, Container

# Never chapters, often large.
_PICTURES = frozenset(".png .jpg .jpeg .gif .webp .svg".split())
_LEFT_OUT = frozenset(
    ".png .jpg .jpeg .gif .webp .avif .bmp .ico .tif .tiff .mp3 .mp4 .webm .ogg .wav .mov .woff"
    " .woff2 .ttf .otf .eot .exe .dll .so .map .wasm".split()
)


_BOTH = "A name in it is both a file and a folder; rename one, and pack it anew: {name}"
_NO_ROOM = "It can't be unpacked here ({why}). Unpack it, and add what is in it."


@contextmanager
def unpacked(path: Path, limits: ReadLimits, *, pictures: bool = False) -> Iterator[Path]:
    """The archive's files in a folder of their own that is gone afterwards.

    The folder is named like the archive, or is the only folder in it. Sounds and fonts are left
    out, and `pictures` unless they are wanted. Raises `SourceError` for an archive that is
    damaged or dangerous.
    """
    with TemporaryDirectory(prefix="glossator-") as temporary:
        name = re.sub(r"[^\w. -]", "_", path.stem).strip(". ")[:80]
        root = Path(temporary, name or "archive")
        root.mkdir()
        with opened(path, limits) as archive:
            _unpack(archive, root, path.name, _LEFT_OUT - _PICTURES if pictures else _LEFT_OUT)
        yield _inner(root)


def _unpack(archive: SafeZip, root: Path, shown: str, left_out: frozenset[str]) -> None:
    written = False
    for name in archive.names():
        # Some programs on Windows write their own separators.
        parts = PurePosixPath(name.replace("\\", "/"))
        if parts.suffix.lower() in left_out or parts.parts[0] == "__MACOSX":
            continue
        target = root.joinpath(*parts.parts)
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            with target.open("xb") as stream:
                for chunk in archive.chunks(name):
                    stream.write(chunk)
        except (FileExistsError, NotADirectoryError, IsADirectoryError) as error:
            raise SourceError(shown, _BOTH.format(name=shortened(name))) from error
        except OSError as error:
            raise SourceError(shown, _NO_ROOM.format(why=error.strerror)) from error
        written = True
    if not written:
        raise SourceError(shown, "The archive holds nothing that could be read.")


def _inner(root: Path) -> Path:
    entries = list(root.iterdir())
    # One level: a folder further in is a part of the book, and stands in its chapters' ids.
    return entries[0] if len(entries) == 1 and entries[0].is_dir() else root


def read(path: Path, limits: ReadLimits) -> DocumentSource:
    """All that the archive holds as one document, chapter after chapter. Raises `SourceError`."""
    from glossator.ingestion.readers.detect import read_sources

    with unpacked(path, limits) as root:
        try:
            book = read_sources([root], limits)[0]
        except SourceError as error:
            raise SourceError(path.name, error.message) from error
    pieces = [piece for chapter in _numbered(book) for piece in chapter]
    document = DocumentSource(
        kind="zip",
        title=book.title or words_of_name(path.stem),
        content=assemble(pieces, github_slugger()),
        language=book.language,
        problems=book.problems,
    )
    return bounded(document, path.name, limits)


def _numbered(book: BookSource) -> Iterator[list[Piece]]:
    groups = 0
    for chapter in book.chapters:
        pieces = _pieces(chapter, groups)
        groups += max(
            (c.group for block in chapter.content.blocks for c in block.containers), default=0
        )
        if chapter.title not in {mark.text for piece in pieces for mark in piece.headings}:
            mark = HeadingMark(chapter.title, 1, None)
            pieces.insert(0, Piece(BlockKind.HEADING, f"# {chapter.title}", headings=(mark,)))
        yield pieces


def _pieces(chapter: ChapterSource, groups: int) -> list[Piece]:
    """A chapter's blocks as pieces again; containers are told apart across chapters."""
    content = chapter.content
    pieces: list[Piece] = []
    headings = list(content.headings)
    for block in content.blocks:
        inside: list[HeadingMark] = []
        while headings and headings[0].start < block.end:
            each = headings.pop(0)
            inside.append(HeadingMark(each.text, each.depth, each.anchor, each.start - block.start))
        containers = tuple(Container(c.kind, c.title, c.group + groups) for c in block.containers)
        text = content.text[block.start : block.end]
        pieces.append(Piece(block.kind, text, block.language, containers, tuple(inside)))
    return pieces
