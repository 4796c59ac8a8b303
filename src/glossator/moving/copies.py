"""Copies of a database before its schema is changed, and the way back to one.

Of SQLite a copy is a whole database file, made by its own backup while others may use the
database. Raw files aren't changed by a migration, so they are in none.
"""

from __future__ import annotations

import os
import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

from glossator.foundation.database import Database
from glossator.foundation.errors import Unavailable
from glossator.foundation.telemetry import log
from glossator.moving.archive import Refused, new_file
from glossator.moving.backing_up import back_up
from glossator.schema import revisions

FOLDER = "backups"
KEPT = 3
_NAME = re.compile(r"glossator-\d{8}T\d{12}Z-\d{4}\.(?:db|tar)")


def copier(database: Database, data: Path) -> Callable[[str], None]:
    """What is done before a server or a command changes a schema that holds data.

    Postgres may hold much and has backups of its own: there only `glossator migrate` writes one.
    """

    def copy(revision: str) -> None:
        if database.is_sqlite:
            keep(database, data, revision)
        else:
            log(__name__).warning(
                "the database's schema is changed without a copy of it; `glossator migrate` makes "
                "one", revision=revision,
            )  # fmt: skip

    return copy


def keep(database: Database, data: Path, revision: str) -> Path | None:
    """Copy a SQLite database into the data folder's backups, of which the last few stay.

    None where it holds nothing. Raises `Unavailable` where the copy can't be written.
    """
    path = _path(data, revision, "db")
    try:
        with _opened(Path(database.url.database or "")) as source:
            if not _holds_something(source):
                return None
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            _copy(source, path)
    except (sqlite3.Error, OSError) as error:
        raise _no_room(path.parent, error) from error
    _forget_old(path)
    return path


def keep_archive(database: Database, data: Path, revision: str) -> Path:
    """The same for Postgres: an archive of all rows, without raw files."""
    path = _path(data, revision, "tar")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with new_file(path) as out:
            back_up(database, None, data, out)
    except OSError as error:
        raise _no_room(path.parent, error) from error
    _forget_old(path)
    return path


def kept(data: Path, ending: str = "db") -> list[Path]:
    """The copies that there are, the oldest first."""
    found = (data / FOLDER).glob(f"glossator-*.{ending}")
    return sorted(path for path in found if _NAME.fullmatch(path.name))


def _path(data: Path, revision: str, ending: str) -> Path:
    moment = datetime.now(UTC).strftime("%Y%m%dT%H%M%S%fZ")
    return data / FOLDER / f"glossator-{moment}-{revision}.{ending}"


def _forget_old(path: Path) -> None:
    for old in kept(path.parents[1], path.suffix.removeprefix("."))[:-KEPT]:
        old.unlink(missing_ok=True)


def _no_room(folder: Path, error: Exception) -> Unavailable:
    return Unavailable(
        f"The database can't be copied into {folder} before it is changed: {error}. Make room "
        "there, or run `glossator migrate --no-backup` if you have a backup."
    )


def put_back(database: Database, copy: Path) -> str:
    """Make the database what a copy is; its revision. Nobody else may use the database.

    Raises `Refused` for a file that is no whole copy.
    """
    if not database.is_sqlite:
        raise Refused(
            "Only an SQLite database is put back from a copy. On Postgres restore an archive "
            "into a new database: `glossator restore`."
        )
    try:
        with _opened(copy) as source:
            revision = _checked(source, copy)
            # By SQLite itself: a file put in its place would find the old one's log beside it.
            with closing(sqlite3.connect(database.url.database or "")) as target:
                source.backup(target)
    except sqlite3.Error as error:
        raise Refused(f"{copy} can't be put back: {error}.") from error
    return revision


def _checked(source: sqlite3.Connection, copy: Path) -> str:
    row = source.execute("SELECT version_num FROM alembic_version").fetchone()
    whole = source.execute("PRAGMA integrity_check(1)").fetchone()
    if whole != ("ok",):
        raise Refused(f"{copy} is damaged: {whole[0]}.")
    if row is None or row[0] not in revisions():
        raise Refused(f"{copy} is no copy that this version knows.")
    return str(row[0])


@contextmanager
def _opened(path: Path) -> Iterator[sqlite3.Connection]:
    """A connection that changes nothing; one to a file that isn't there fails."""
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as connection:
        yield connection


def _holds_something(source: sqlite3.Connection) -> bool:
    names = source.execute(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%' "
        "AND name NOT LIKE 'sqlite%' AND name NOT LIKE 'chunk_words%' "
        "AND name <> 'alembic_version'"
    ).fetchall()
    return any(
        source.execute(f'SELECT EXISTS (SELECT 1 FROM "{name}")').fetchone()[0]  # noqa: S608
        for (name,) in names
    )


def _copy(source: sqlite3.Connection, path: Path) -> None:
    """Written beside its name, for this user alone, and there whole or not at all."""
    draft = path.with_suffix(".part")
    os.close(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    try:
        with closing(sqlite3.connect(draft)) as target:
            source.backup(target)
        draft.rename(path)
    finally:
        draft.unlink(missing_ok=True)
