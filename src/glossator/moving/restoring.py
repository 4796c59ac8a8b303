"""Put all that an archive holds into an empty installation of either kind.

Everything of the archive is read and compared with its manifest before anything is written. The
rows are entered in one transaction, read back and compared, and committed when the files are in
their store too: an interrupted restore leaves an empty database, and can simply be run again.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import DataError, IntegrityError

from glossator.foundation.database import Database
from glossator.gateways.ports import FileStore, FileTooLarge
from glossator.moving.archive import SECRET, Archive, Refused, damaged
from glossator.moving.backing_up import GLOSSARIES
from glossator.moving.numbering import go_on
from glossator.moving.rows import empty, insert, remove_all, tally
from glossator.moving.shapes import LOGINS, Shape, Wrong, shapes
from glossator.moving.stored_files import FOLDERS, named
from glossator.schema import current, migrate, revisions

# A server that nobody has used yet may have counted somebody who looked at it.
_MAY_HAVE_ROWS = frozenset({"limit_counters"})

Report = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Restored:
    """What was put back. `gone` are files that rows name and nobody has."""

    revision: str
    rows: int
    files: int
    gone: tuple[str, ...]
    secret: bool


def restore(
    archive: Archive,
    database: Database,
    files: FileStore,
    data: Path,
    *,
    report: Report = lambda _: None,
) -> Restored:
    """Fill an empty installation; word index and outside vectors are made by the caller.

    Raises `Refused` for an archive or a target of no use, with nothing changed.
    """
    revision = _revision(archive)
    archive.check()
    report("The archive is whole.")
    _must_be_empty(database, files, archive)
    # To the archive's own schema first, be it older: its rows fit no other.
    migrate(database, revision)
    with database.writing() as session:
        connection = session.connection()
        tables = _tables(archive, connection)
        for shape in tables:
            _fill(archive, connection, shape)
            report(f"{shape.name}: {archive.manifest['tables'][shape.name]['rows']} rows")
        go_on(connection, tables, _numbers(archive))
        count, gone = _put_files(archive, connection, tables, files)
    migrate(database)
    _put_glossaries(archive, data / GLOSSARIES)
    secret = _put_secret(archive, data / SECRET)
    rows = sum(fact["rows"] for fact in archive.manifest["tables"].values())
    return Restored(revision, rows, count, tuple(gone), secret)


def _revision(archive: Archive) -> str:
    revision = archive.about.get("revision")
    if not isinstance(revision, str):
        raise damaged("it doesn't say its schema")
    if revision not in revisions():
        raise Refused(
            f"The archive has schema {revision}, and this version of Glossator knows them up to "
            f"{revisions()[-1]}. Install {archive.about.get('glossator')}, which made it, or a "
            "newer one."
        )
    return revision


def _must_be_empty(database: Database, files: FileStore, archive: Archive) -> None:
    if current(database) is not None:
        with database.reading() as session:
            connection = session.connection()
            for shape in shapes(connection):
                if shape.name not in _MAY_HAVE_ROWS and not empty(connection, shape):
                    where = database.url.render_as_string(hide_password=True)
                    raise Refused(
                        f"The database {where} isn't empty: {shape.name} has rows. Restore into "
                        "a new data folder or a new database."
                    )
    if archive.about.get("files"):
        own = {name.removeprefix("files/") for name in archive.names("files")}
        others = {name for folder in FOLDERS for name in files.names(folder)} - own
        if others:
            raise Refused(
                f"The store of files holds {len(others)} files of something else, such as "
                f"{min(others)}. Restore into an empty one: GLOSSATOR_FILES_URL names it."
            )


def _tables(archive: Archive, connection: Connection) -> Sequence[Shape]:
    """The tables to fill, which are exactly the archive's, column by column."""
    described: Any = archive.about.get("tables")
    sums: Any = archive.manifest.get("tables")
    try:
        wanted = {item["name"]: item["columns"] for item in described}
        agreed = wanted.keys() == sums.keys()
    except (TypeError, KeyError, AttributeError) as error:
        raise damaged("it doesn't say its tables") from error
    tables = shapes(connection, logins=LOGINS in wanted)
    if not agreed or wanted != {shape.name: shape.columns for shape in tables}:
        raise damaged("its tables aren't those of its schema")
    return tables


def _fill(archive: Archive, connection: Connection, shape: Shape) -> None:
    """Enter a table's rows, and read them back."""
    if shape.name in _MAY_HAVE_ROWS:
        remove_all(connection, shape)
    try:
        for rows in archive.rows(shape.name):
            insert(connection, shape, rows)
    except (Wrong, IntegrityError, DataError) as error:
        raise damaged(f"rows of {shape.name} don't fit their table") from error
    found = tally(connection, shape)
    if archive.manifest["tables"][shape.name] != {"rows": found.rows, "digest": found.digest}:
        raise damaged(f"{shape.name} has other rows than its manifest says")


def _numbers(archive: Archive) -> dict[str, int]:
    found: Any = archive.manifest.get("numbers")
    if not isinstance(found, dict) or not all(type(last) is int for last in found.values()):
        raise damaged("it doesn't say which numbers were given")
    return found


def _put_files(
    archive: Archive, connection: Connection, tables: Sequence[Shape], files: FileStore
) -> tuple[int, list[str]]:
    """Store the raw files; how many, and which of those that rows name nobody has."""
    wanted = {file.path: file.needed for file in named(connection, tables)}
    if not all(path.startswith(tuple(f"{folder}/" for folder in FOLDERS)) for path in wanted):
        raise damaged("a row names a file outside of the store's folders")
    if not archive.about.get("files"):
        needed = [path for path, is_needed in wanted.items() if is_needed]
        return 0, [path for path in needed if not _there(files, path)]
    names = archive.names("files")
    for name in names:
        path = name.removeprefix("files/")
        if path not in wanted:
            raise damaged(f"no row names its file {path}")
        try:
            put = files.put(path, archive.read(name), most=archive.size(name))
        except (ValueError, FileTooLarge) as error:
            raise damaged(f"{name} is no file of a store") from error
        if put.sha256 != archive.sha256(name):
            raise OSError(f"{path} was not stored as it is")
    had = {name.removeprefix("files/") for name in names}
    gone = sorted(path for path, needed in wanted.items() if needed and path not in had)
    if gone != archive.manifest.get("gone"):
        raise damaged("it lacks files that its rows name")
    return len(names), gone


def _there(files: FileStore, path: str) -> bool:
    try:
        files.size(path)
    except FileNotFoundError:
        return False
    return True


def _put_glossaries(archive: Archive, folder: Path) -> None:
    """The operator's glossaries; one that is there already stays."""
    for name in archive.names(GLOSSARIES):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with suppress(FileExistsError), (folder / Path(name).name).open("xb") as file:
            file.writelines(archive.read(name))


def _put_secret(archive: Archive, path: Path) -> bool:
    """The signing key; one that is there already stays. Whether it was put."""
    if not archive.has(SECRET):
        return False
    try:
        made = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return False
    with os.fdopen(made, "wb") as file:
        file.writelines(archive.read(SECRET))
    return True
