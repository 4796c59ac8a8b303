"""Numbers that a database gives by itself: rows that bring theirs don't count them up.

A number is never given twice, not even that of a user who is gone: something outside may still
mean the old one by it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import sqlalchemy as sa
from sqlalchemy import Connection

from glossator.moving.shapes import Kind, Shape


def last_numbers(connection: Connection, tables: Sequence[Shape]) -> dict[str, int]:
    """The last number given in each table that the database numbers."""
    return {
        shape.name: max(
            connection.execute(sa.select(sa.func.max(shape.table.c[column]))).scalar() or 0,
            _counter(connection, shape.name, column),
        )
        for shape, column in _numbered(connection, tables)
    }


def go_on(connection: Connection, tables: Sequence[Shape], given: Mapping[str, int]) -> None:
    """Have each table's next number be higher than all in it and than the one given before."""
    there = last_numbers(connection, tables)
    for shape, column in _numbered(connection, tables):
        last = max(there[shape.name], given.get(shape.name, 0))
        if not last:
            continue
        values = {"table": shape.name, "column": column, "last": last}
        if connection.dialect.name == "postgresql":
            connection.execute(
                sa.text("SELECT setval(pg_get_serial_sequence(:table, :column), :last)"), values
            )
        elif _remembers(connection, shape.name):
            connection.execute(sa.text("DELETE FROM sqlite_sequence WHERE name = :table"), values)
            connection.execute(
                sa.text("INSERT INTO sqlite_sequence (name, seq) VALUES (:table, :last)"), values
            )


def _numbered(connection: Connection, tables: Sequence[Shape]) -> Iterator[tuple[Shape, str]]:
    """The tables that the database numbers, and the column that has the number."""
    if connection.dialect.name == "postgresql":
        query = "SELECT pg_get_serial_sequence(:table, :column) IS NOT NULL"
    else:
        # Only a column of exactly this type is SQLite's own number of the row.
        query = "SELECT type = 'INTEGER' FROM pragma_table_info(:table) WHERE name = :column"
    for shape in tables:
        keys = shape.key_columns
        if len(keys) == 1 and shape.kinds[shape.keys[0]] is Kind.INTEGER:
            values = {"table": shape.name, "column": keys[0].name}
            if connection.execute(sa.text(query), values).scalar():
                yield shape, keys[0].name


def _counter(connection: Connection, table: str, column: str) -> int:
    """The last number that the database itself remembers, 0 where it remembers none."""
    values = {"table": table, "column": column}
    if connection.dialect.name == "postgresql":
        name = sa.text("SELECT pg_get_serial_sequence(:table, :column)")
        sequence = connection.execute(name, values).scalar()
        last = sa.text(f"SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM {sequence}")  # noqa: S608
        return int(connection.execute(last).scalar() or 0)
    if not _remembers(connection, table):
        return 0
    query = sa.text("SELECT seq FROM sqlite_sequence WHERE name = :table")
    return int(connection.execute(query, values).scalar() or 0)


def _remembers(connection: Connection, table: str) -> bool:
    """Whether SQLite remembers numbers of this table that are no longer there."""
    query = sa.text("SELECT sql FROM sqlite_master WHERE type = 'table' AND name = :table")
    return "AUTOINCREMENT" in (connection.execute(query, {"table": table}).scalar() or "").upper()
