"""Rows for every table of a schema at any revision, made from what the database says of itself."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from glossator.foundation.database import Database
from glossator.moving.shapes import known

MOMENT = datetime(2026, 3, 29, 1, 30, 0, 123456, UTC)
# What has a meaning that made-up values would break.
_GIVEN: dict[tuple[str, str], Any] = {
    ("documents", "raw_path"): lambda n: f"documents/d{n}",
    ("documents", "checksum"): lambda n: f"{n:064x}",
    ("documents", "deleted_at"): lambda _: None,
    ("documents", "book_id"): lambda _: None,
    ("book_jobs", "files"): lambda n: [[f"books/j{n}/0", "a.md"]],
    ("book_jobs", "status"): lambda _: "ready",
    ("chat_sessions", "user_id"): lambda _: None,
    ("index_embedders", "place"): lambda n: "active" if n == 1 else f"old {n}",
}


_MADE: tuple[tuple[type[Any], Any], ...] = (
    (sa.JSON, lambda n: [{"سطر": n, "share": n / 7, "no": None, "half": "\ud800"}, []]),
    (sa.Boolean, lambda n: n % 2 == 0),
    (sa.DateTime, lambda n: MOMENT + timedelta(microseconds=n)),
    (sa.Date, lambda n: date(2026, 10, n)),
    (sa.LargeBinary, lambda n: bytes(range(n)) + b"\x00\xff"),
    (sa.Float, lambda n: n / 3),
)


def fill(database: Database, rows: int = 3) -> dict[str, int]:
    """Put rows into every table of ours; how many there are in each."""
    with database.writing() as session:
        connection = session.connection()
        found = sa.MetaData()
        there = set(sa.inspect(connection).get_table_names())
        found.reflect(connection, only=sorted(known() & there))
        for table in found.sorted_tables:
            if not connection.scalar(sa.select(sa.func.count()).select_from(table)):
                connection.execute(
                    table.insert(), [_row(table, number) for number in range(1, rows + 1)]
                )
    return counts(database)


def counts(database: Database) -> dict[str, int]:
    """How many rows each table has."""
    with database.reading() as session:
        connection = session.connection()
        there = known() & set(sa.inspect(connection).get_table_names())
        return {
            name: connection.scalar(sa.select(sa.func.count()).select_from(sa.table(name)))
            for name in sorted(there)
        }


def _row(table: sa.Table, n: int) -> dict[str, Any]:
    return {column.name: _value(table, column, n) for column in table.columns}


def _value(table: sa.Table, column: sa.Column[Any], n: int) -> Any:
    given = _GIVEN.get((table.name, column.name))
    if given is not None:
        return given(n)
    for key in column.foreign_keys:
        return _value(key.column.table, key.column, n)
    for kind, made in _MADE:
        if isinstance(column.type, kind):
            return made(n)
    if isinstance(column.type, sa.Integer):
        return n if column.primary_key else 2**31 - n
    return f"{column.name} {n} \u0633\u0637\u0631 \\ ' \" {'x' * n}"
