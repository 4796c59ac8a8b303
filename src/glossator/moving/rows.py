"""Reading and writing neutral rows, some MB at a time, whatever a table holds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from glossator.moving.shapes import (
    Key,
    Row,
    Shape,
    Tally,
    line,
    neutral,
    neutral_value,
    stored,
    stored_value,
)

_FIRST_PAGE, _MOST_ROWS, _PAGE_BYTES = 16, 2_000, 4_000_000
# Values bound in one statement, below what SQLite and drivers take.
_MOST_VALUES = 8_000


def pages(connection: Connection, shape: Shape) -> Iterator[list[Row]]:
    """All rows of a table in the order of its keys, which each database has its own way of."""
    query = sa.select(*shape.table.columns).order_by(*shape.key_columns)
    most, last = _FIRST_PAGE, None
    while True:
        page = query if last is None else query.where(_after(shape, last))
        found = connection.execute(page.limit(most)).all()
        if not found:
            return
        rows = [neutral(shape, row) for row in found]
        yield rows
        if len(found) < most:
            return
        last = tuple(found[-1][place] for place in shape.keys)
        most = _next(most, rows)


def _next(most: int, rows: Sequence[Row]) -> int:
    """How many rows the next page may have: texts are short in one table and long in another."""
    size = sum(len(value) for row in rows for value in row if isinstance(value, str))
    if size > 2 * _PAGE_BYTES:
        return max(1, most // 4)
    return min(_MOST_ROWS, 2 * most) if size < _PAGE_BYTES else most


def _after(shape: Shape, last: Key) -> sa.ColumnElement[bool]:
    keys = shape.key_columns
    values = [sa.literal(value, key.type) for key, value in zip(keys, last, strict=True)]
    if len(keys) == 1:
        return keys[0] > values[0]
    return sa.tuple_(*keys) > sa.tuple_(*values)


def some(connection: Connection, shape: Shape, keys: Sequence[Key]) -> list[Row]:
    """The rows with these keys that are there."""
    found = _with_keys(connection, shape, keys, list(shape.table.columns))
    return [neutral(shape, row) for row in found]


def there(connection: Connection, shape: Shape, keys: Sequence[Key]) -> set[Key]:
    """Which of these keys are there."""
    kinds = [shape.kinds[place] for place in shape.keys]
    return {
        tuple(neutral_value(kind, value) for kind, value in zip(kinds, row, strict=True))
        for row in _with_keys(connection, shape, keys, shape.key_columns)
    }


def _with_keys(
    connection: Connection, shape: Shape, keys: Sequence[Key], columns: Sequence[sa.Column[Any]]
) -> Iterator[sa.Row[Any]]:
    named = shape.key_columns
    kinds = [shape.kinds[place] for place in shape.keys]
    at_once = _MOST_VALUES // len(named)
    for at in range(0, len(keys), at_once):
        values = [
            tuple(stored_value(kind, value) for kind, value in zip(kinds, key, strict=True))
            for key in keys[at : at + at_once]
        ]
        if len(named) == 1:
            inside = named[0].in_([value[0] for value in values])
        else:
            inside = sa.tuple_(*named).in_(values)
        yield from connection.execute(sa.select(*columns).where(inside))


def insert(connection: Connection, shape: Shape, rows: Sequence[Row]) -> None:
    """Enter rows; raises `Wrong` for one that doesn't fit."""
    if rows:
        connection.execute(shape.table.insert(), [stored(shape, row) for row in rows])


def update(connection: Connection, shape: Shape, rows: Sequence[Row]) -> None:
    """Renew the rows that have the same keys."""
    columns = [column for column in shape.table.columns if not column.primary_key]
    if not rows or not columns:
        return
    # A parameter may not be called as a column is.
    same = sa.and_(*(column == sa.bindparam(f"p_{column.name}") for column in shape.key_columns))
    change = sa.update(shape.table).where(same)
    change = change.values({column.name: sa.bindparam(f"p_{column.name}") for column in columns})
    found = [stored(shape, row) for row in rows]
    connection.execute(
        change, [{f"p_{name}": value for name, value in row.items()} for row in found]
    )


def remove(connection: Connection, shape: Shape, keys: Sequence[Key]) -> None:
    """Delete the rows with these keys."""
    if not keys:
        return
    kinds = [shape.kinds[place] for place in shape.keys]
    named = list(zip(shape.key_columns, kinds, strict=True))
    same = sa.and_(*(column == sa.bindparam(f"k{n}") for n, (column, _) in enumerate(named)))
    values = [
        {f"k{n}": stored_value(kind, key[n]) for n, (_, kind) in enumerate(named)} for key in keys
    ]
    connection.execute(sa.delete(shape.table).where(same), values)


def remove_all(connection: Connection, shape: Shape) -> None:
    """Delete all rows of a table."""
    connection.execute(sa.delete(shape.table))


def tally(connection: Connection, shape: Shape) -> Tally:
    """Count a table's rows, and add up their digests."""
    found = Tally()
    for page in pages(connection, shape):
        for row in page:
            found.add(line(row))
    return found


def tallies(connection: Connection, tables: Sequence[Shape]) -> dict[str, Tally]:
    """The same for several tables, by name."""
    return {shape.name: tally(connection, shape) for shape in tables}


def empty(connection: Connection, shape: Shape) -> bool:
    """Whether a table has no row."""
    one = sa.select(sa.literal(1)).select_from(shape.table).limit(1)
    return connection.execute(one).first() is None
