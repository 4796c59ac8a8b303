"""Write all that an installation holds into one archive, while it is in use."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from sqlalchemy import Connection

from glossator import __version__
from glossator.foundation.database import Database
from glossator.gateways.ports import FileStore
from glossator.moving.archive import ABOUT, FORMAT, SECRET, Refused, Writer
from glossator.moving.numbering import last_numbers
from glossator.moving.rows import pages
from glossator.moving.shapes import Shape, Tally, line, shapes
from glossator.moving.stored_files import named, pieces, whole
from glossator.schema import revision_of, revisions

GLOSSARIES = "glossaries"
_GLOSSARY = re.compile(r"[A-Za-z0-9@_%~-][A-Za-z0-9@_%~.-]{0,80}\.txt")
_MOST_GLOSSARY = 1_000_000

Report = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Contents:
    """What an archive holds; `gone` are files that rows name and the store hasn't."""

    revision: str
    rows: int
    files: int
    gone: tuple[str, ...]
    size: int


def back_up(
    database: Database,
    files: FileStore | None,
    data: Path,
    out: BinaryIO,
    *,
    secret: bytes | None = None,
    report: Report = lambda _: None,
) -> Contents:
    """Write an archive of the state of this moment; what is written meanwhile isn't in it.

    Without `files` the raw ones stay out. With the signing key `secret` the logins come too:
    either lets nobody in without the other. Raises `Refused` for a database that can't be read.
    """
    writer = Writer(out, time.time())
    work = data / "work"
    work.mkdir(mode=0o700, parents=True, exist_ok=True)
    with database.reading() as session:
        connection = session.connection()
        revision = _revision(connection)
        tables = shapes(connection, logins=secret is not None)
        about = {
            "format": FORMAT,
            "glossator": __version__,
            "revision": revision,
            "at": datetime.now(UTC).isoformat(timespec="seconds"),
            "files": files is not None,
            "tables": [{"name": shape.name, "columns": shape.columns} for shape in tables],
        }
        writer.add(ABOUT, json.dumps(about).encode())
        counted = {}
        for shape in tables:
            counted[shape.name] = _rows(writer, connection, shape)
            report(f"{shape.name}: {counted[shape.name].rows} rows")
        count, gone = (0, []) if files is None else _files(writer, connection, tables, files, work)
        numbers = last_numbers(connection, tables)
    _glossaries(writer, data / GLOSSARIES)
    if secret is not None:
        writer.add(SECRET, secret)
    sums = {name: {"rows": it.rows, "digest": it.digest} for name, it in counted.items()}
    writer.finish({"tables": sums, "numbers": numbers, "gone": gone})
    rows = sum(it.rows for it in counted.values())
    return Contents(revision, rows, count, tuple(gone), writer.size)


def _revision(connection: Connection) -> str:
    """The database's revision, which this version must know, or it would miss tables."""
    revision = revision_of(connection)
    if revision is None:
        raise Refused("There is nothing to back up: the database is empty.")
    if revision not in revisions():
        raise Refused(
            f"The database is at revision {revision}, which this version doesn't know. Use the "
            "version of Glossator that it belongs to."
        )
    return revision


def _rows(writer: Writer, connection: Connection, shape: Shape) -> Tally:
    found = Tally()
    for number, page in enumerate(pages(connection, shape)):
        lines = [line(row) for row in page]
        for item in lines:
            found.add(item)
        writer.rows(shape.name, number, b"".join(lines))
    return found


def _files(
    writer: Writer,
    connection: Connection,
    tables: tuple[Shape, ...],
    files: FileStore,
    folder: Path,
) -> tuple[int, list[str]]:
    """The raw files; how many there were, and which were not there."""
    count, gone = 0, []
    for file in named(connection, tables):
        try:
            with whole(files, file, folder) as (copy, size, _):
                writer.stream(f"files/{file.path}", size, pieces(copy))
            count += 1
        except FileNotFoundError:
            if file.needed:
                gone.append(file.path)
    return count, sorted(gone)


def _glossaries(writer: Writer, folder: Path) -> None:
    for path in sorted(folder.glob("*.txt")):
        plain = path.is_file() and not path.is_symlink() and _GLOSSARY.fullmatch(path.name)
        if plain and path.stat().st_size <= _MOST_GLOSSARY:
            writer.add(f"{GLOSSARIES}/{path.name}", path.read_bytes())
