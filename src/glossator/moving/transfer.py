"""Move an installation into another database and store of files, without embedding again.

Row by row, by primary key: what the target lacks is entered, what is different replaced, what the
source no longer has deleted. So a run that was killed is simply run again, and what was written
to the source meanwhile is brought over by another round, until a comparison of all sums finds
both sides equal. Until then the target's revision is a mark that keeps every server out.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from sqlalchemy import Connection

from glossator.foundation.database import Database
from glossator.gateways.ports import FileStore, LexicalIndex
from glossator.moving.archive import Refused
from glossator.moving.numbering import go_on, last_numbers
from glossator.moving.rows import empty, insert, pages, remove, some, tallies, there, update
from glossator.moving.shapes import Key, Row, Shape, Tally, line, shapes
from glossator.moving.stored_files import FOLDERS, Named, digest_of, named, pieces, whole
from glossator.schema import MOVING, current, mark, migrate, newest

_ROUNDS = 5
_CHUNKS = "document_chunks"

Report = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Stores:
    """The parts of an installation that rows and files are moved between."""

    database: Database
    files: FileStore
    words: LexicalIndex

    @property
    def where(self) -> str:
        """The database as a person knows it."""
        return self.database.url.render_as_string(hide_password=True)


@dataclass(frozen=True, slots=True)
class Moved:
    """What the target holds, and how many rows of it this run wrote; `gone` as for a backup."""

    rows: int
    written: int
    files: int
    gone: tuple[str, ...]


class Transfer:
    """One run of a move."""

    def __init__(
        self, source: Stores, target: Stores, work: Path, report: Report = lambda _: None
    ) -> None:
        self._source = source
        self._target = target
        self._work = work
        self._report = report
        # Tells moves of different installations apart, in the 32 characters there are.
        owner = hashlib.sha256(source.where.encode()).hexdigest()[:8]
        self._mark = f"{MOVING}{newest()}-{owner}"
        self._there: set[Named] = set()

    def begin(self) -> bool:
        """Prepare the target; True where an interrupted move goes on.

        Raises `Refused` where it holds something else.
        """
        if self._source.database.url == self._target.database.url:
            raise Refused("The installation is in that database already.")
        at = current(self._target.database)
        if at == self._mark:
            return True
        if at is not None and at.startswith(MOVING):
            raise Refused(
                "Another installation, or another version's, is being moved into "
                f"{self._target.where}. Finish that move, or use a new database."
            )
        migrate(self._target.database)
        with self._target.database.writing() as session:
            self._must_be_empty(session.connection())
            mark(session.connection(), self._mark)
        return False

    def carry_out(self, index: Callable[[], None]) -> Moved:
        """Bring everything over, have `index` make words and outside vectors, open the target.

        Raises `Refused` where the source doesn't stop changing.
        """
        written = 0
        for _ in range(_ROUNDS):
            seen = self._source.database.changes()
            moved, sums = self._round()
            written += moved.written
            index()
            if self._unchanged(seen, sums):
                with self._target.database.writing() as session:
                    mark(session.connection(), newest())
                return replace(moved, written=written)
            self._report("Something was written to the old installation meanwhile: once more.")
        raise Refused(
            "The old installation is written to all the time. Stop its servers and workers, and "
            "run the same command again: it goes on where it was."
        )

    def _must_be_empty(self, connection: Connection) -> None:
        for shape in shapes(connection):
            if not empty(connection, shape):
                raise Refused(
                    f"The database {self._target.where} isn't empty: {shape.name} has rows. "
                    "Move into a new one."
                )
        others = [] if self._same_files else self._stored()
        if others:
            raise Refused(
                f"The store of files holds {len(others)} files of something else, such as "
                f"{others[0]}. Move into an empty one: --files-url names it."
            )

    def _round(self) -> tuple[Moved, dict[str, Tally]]:
        """Make the target hold one state of the source, and compare all sums."""
        with self._source.database.reading() as session:
            connection = session.connection()
            tables = shapes(connection)
            written = sum(self._remove_gone(connection, shape) for shape in reversed(tables))
            sums: dict[str, Tally] = {}
            for shape in tables:
                count, sums[shape.name] = self._bring(connection, shape)
                written += count
                self._report(f"{shape.name}: {sums[shape.name].rows} rows, {count} written")
            files, gone = self._files(connection, tables)
            numbers = last_numbers(connection, tables)
        with self._target.database.writing() as session:
            go_on(session.connection(), tables, numbers)
            held = tallies(session.connection(), tables)
        different = [name for name, tally in sums.items() if held[name] != tally]
        if different:
            raise OSError(f"the target has other rows of {', '.join(different)}")
        rows = sum(tally.rows for tally in held.values())
        return Moved(rows, written, files, tuple(gone)), sums

    def _unchanged(self, seen: int | None, sums: dict[str, Tally]) -> bool:
        """Whether the source still is what was moved."""
        if seen is not None and self._source.database.changes() == seen:
            return True
        with self._source.database.reading() as session:
            tables = shapes(session.connection())
            return tallies(session.connection(), tables) == sums

    def _remove_gone(self, source: Connection, shape: Shape) -> int:
        """Delete what an earlier run brought and the source no longer has."""
        with self._target.database.reading() as session:
            gone = [
                key
                for page in pages(session.connection(), shape)
                for key in _lacking(source, shape, page)
            ]
        with self._target.database.writing() as session:
            if shape.name == _CHUNKS:
                self._target.words.remove(session, [key[0] for key in gone])
            remove(session.connection(), shape, gone)
        return len(gone)

    def _bring(self, source: Connection, shape: Shape) -> tuple[int, Tally]:
        """Enter and renew a table's rows; how many, and the sum of all there should be."""
        with self._target.database.reading() as session:
            fresh = empty(session.connection(), shape)
        found, written = Tally(), 0
        # What changed first: a new row may have what was unique to an old one until then.
        steps = (_enter,) if fresh else (_renew, _enter_missing)
        for n, step in enumerate(steps):
            for page in pages(source, shape):
                with self._target.database.writing() as session:
                    written += step(session.connection(), shape, page)
                if n == 0:
                    for row in page:
                        found.add(line(row))
        return written, found

    @property
    def _same_files(self) -> bool:
        return self._source.files.describe == self._target.files.describe

    def _stored(self) -> list[str]:
        return [name for folder in FOLDERS for name in self._target.files.names(folder)]

    def _files(self, source: Connection, tables: Sequence[Shape]) -> tuple[int, list[str]]:
        """Bring the raw files over; how many there are, and which nobody has."""
        count, gone = 0, []
        wanted = list(named(source, tables))
        for file in wanted:
            if file in self._there or self._brought(file):
                count += 1
            elif file.needed:
                gone.append(file.path)
        if not self._same_files:
            for path in sorted({*self._stored()} - {file.path for file in wanted}):
                self._target.files.delete(path)
        return count, gone

    def _brought(self, file: Named) -> bool:
        """Have the target hold a file, and read it there again; False where nobody has it."""
        held = digest_of(self._target.files, file.path)
        if held is not None and held == file.sha256:
            self._there.add(file)
            return True
        if self._same_files:
            return held is not None
        try:
            with whole(self._source.files, file, self._work) as (copy, size, digest):
                if held != digest:
                    self._target.files.put(file.path, pieces(copy), most=size)
        except FileNotFoundError:
            return False
        if digest_of(self._target.files, file.path) != digest:
            raise OSError(f"{file.path} was not stored as it is")
        return True


def _lacking(connection: Connection, shape: Shape, page: Sequence[Row]) -> list[Key]:
    keys = [shape.key(row) for row in page]
    held = there(connection, shape, keys)
    return [key for key in keys if key not in held]


def _enter(connection: Connection, shape: Shape, page: Sequence[Row]) -> int:
    insert(connection, shape, page)
    return len(page)


def _enter_missing(connection: Connection, shape: Shape, page: Sequence[Row]) -> int:
    missing = {*_lacking(connection, shape, page)}
    return _enter(connection, shape, [row for row in page if shape.key(row) in missing])


def _renew(connection: Connection, shape: Shape, page: Sequence[Row]) -> int:
    held = {
        shape.key(row): row for row in some(connection, shape, [shape.key(row) for row in page])
    }
    changed = [row for row in page if held.get(shape.key(row), row) != row]
    update(connection, shape, changed)
    return len(changed)
