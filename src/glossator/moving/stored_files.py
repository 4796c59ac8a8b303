"""Which raw files a database's rows name, and reading one that may change meanwhile."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import sqlalchemy as sa
from sqlalchemy import Connection

from glossator.gateways.ports import FileStore
from glossator.moving.shapes import Shape

# The folders of the store in which everything lies.
FOLDERS = ("documents", "books")
_IN_MEMORY, _PIECE = 8 << 20, 1 << 20
_TRIES = 3
_UNFINISHED = ("queued", "parsing", "embedding")


@dataclass(frozen=True, slots=True)
class Named:
    """A file that a row names.

    `sha256` is that of what was uploaded; a locked PDF has another one once its password was
    given. One that isn't `needed` may be gone: its document is being deleted or still arriving.
    """

    path: str
    sha256: str | None
    needed: bool


def named(connection: Connection, tables: Sequence[Shape]) -> Iterator[Named]:
    """The files that the rows of this moment name."""
    by_name = {shape.name: shape.table.c for shape in tables}
    documents, jobs = by_name.get("documents"), by_name.get("book_jobs")
    connection = connection.execution_options(yield_per=1_000)
    if documents is not None and "raw_path" in documents:
        query = sa.select(documents.raw_path, documents.checksum, documents.deleted_at)
        for path, checksum, deleted in connection.execute(
            query.where(documents.raw_path.is_not(None)).order_by(documents.raw_path)
        ):
            yield Named(path, checksum, needed=deleted is None)
    if jobs is not None:
        # Those of a job that has ended are gone.
        lists = sa.select(jobs.files, jobs.due_at).where(jobs.status.in_(_UNFINISHED))
        for files, due in connection.execute(lists):
            for path, _ in files:
                # A job with a moment waits, mostly for its files.
                yield Named(path, None, needed=due is None)


@contextmanager
def whole(files: FileStore, file: Named, folder: Path) -> Iterator[tuple[IO[bytes], int, str]]:
    """A file as it is at one moment: its bytes in a temporary place, their number and digest.

    Raises `FileNotFoundError`, and `OSError` for one that doesn't stop changing.
    """
    before = None
    for _ in range(_TRIES):
        with tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY, dir=str(folder)) as copy:
            digest = hashlib.sha256()
            for piece in files.read(file.path):
                digest.update(piece)
                copy.write(piece)
            found = digest.hexdigest()
            # Read in pieces, so it could be half of one and half of another.
            if found in (file.sha256, before):
                size = copy.tell()
                copy.seek(0)
                yield copy, size, found
                return
            before = found
    raise OSError(f"{file.path} changed again and again while it was read")


def pieces(copy: IO[bytes]) -> Iterator[bytes]:
    """A copy's bytes, a megabyte at a time."""
    while piece := copy.read(_PIECE):
        yield piece


def digest_of(files: FileStore, path: str) -> str | None:
    """The SHA-256 of what a store has under a path; None for nothing."""
    digest = hashlib.sha256()
    try:
        for piece in files.read(path):
            digest.update(piece)
    except FileNotFoundError:
        return None
    return digest.hexdigest()
