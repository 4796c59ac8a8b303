"""Tables and rows in a form that is neither SQLite's nor Postgres' own: JSON lines.

Which tables and columns there are is read from the database itself, at whatever revision it is,
so that a new column or table is never forgotten; `known` keeps out what others have in the same
Postgres schema. A row's line is the same whatever database it was read from, so two
installations hold the same exactly if the sums of their lines' digests are equal, in any order.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

import glossator.accounts.tables
import glossator.adaptation.tables
import glossator.foundation.limits
import glossator.ingestion.tables
import glossator.insight.tables
import glossator.library.tables
import glossator.library.variants
import glossator.progress.tables
import glossator.tutor.tables
import glossator.usage.tables  # noqa: F401  each of them enters its tables
from glossator.foundation.database import Table, in_utc

# Tables of former revisions that no model names any more.
RETIRED: frozenset[str] = frozenset()
# What means nothing in another installation: its own copies in outside stores, and who is making a
# chapter's form at this moment.
LEFT_OUT = frozenset({"vector_copies", "vector_copy_collections", "adaptation_runs"})
# What lets somebody in.
LOGINS = "sessions"
# Who works on a row just now: nobody, in another installation.
_CLAIMS = frozenset({"claim", "lease_until"})
_BIGGEST = 2**63

Row = list[Any]
Key = tuple[Any, ...]


class Wrong(ValueError):
    """A row that its table can't hold; the sentence says which table's."""


class Kind(StrEnum):
    """What a column holds, as every database has it."""

    TEXT = "text"
    INTEGER = "integer"
    NUMBER = "number"
    FLAG = "flag"
    BYTES = "bytes"
    MOMENT = "moment"
    DAY = "day"
    JSON = "json"


@dataclass(frozen=True, slots=True)
class Shape:
    """A table: the kinds of its columns, by name, and the places of those of its primary key."""

    name: str
    table: sa.Table
    kinds: tuple[Kind, ...]
    keys: tuple[int, ...]

    @property
    def columns(self) -> list[list[str]]:
        """Names and kinds, as an archive says them."""
        pairs = zip(self.table.columns, self.kinds, strict=True)
        return [[column.name, str(kind)] for column, kind in pairs]

    @property
    def key_columns(self) -> list[sa.Column[Any]]:
        """The columns of the primary key."""
        columns = list(self.table.columns)
        return [columns[place] for place in self.keys]

    def key(self, row: Row) -> Key:
        """The primary key of a neutral row."""
        return tuple(row[place] for place in self.keys)


@dataclass(slots=True)
class Tally:
    """How many rows there are, and the sum of their digests modulo 2**256."""

    rows: int = 0
    digests: int = 0

    def add(self, line: bytes) -> None:
        """Count a row's line."""
        self.rows += 1
        self.digests += int.from_bytes(hashlib.sha256(line).digest())
        self.digests %= 2**256

    @property
    def digest(self) -> str:
        """The sum in 64 hexadecimal digits."""
        return f"{self.digests:064x}"


def known() -> frozenset[str]:
    """The names of all tables that are ours, but for the word index."""
    return frozenset(Table.metadata.tables) | RETIRED


def shapes(connection: Connection, *, logins: bool = True) -> tuple[Shape, ...]:
    """The tables that are moved, those first that others refer to."""
    there = known() & set(sa.inspect(connection).get_table_names())
    found = sa.MetaData()
    found.reflect(connection, only=sorted(there))
    skipped = LEFT_OUT if logins else LEFT_OUT | {LOGINS}
    return tuple(_shape(table) for table in found.sorted_tables if table.name not in skipped)


def _shape(table: sa.Table) -> Shape:
    # By name: their own order depends on the way a database came to its revision.
    there = sorted(table.columns, key=lambda column: column.name)
    kinds = tuple(_kind(column) for column in there)
    columns = [
        sa.Column(column.name, _type(kind, column), primary_key=column.primary_key)
        for column, kind in zip(there, kinds, strict=True)
    ]
    # In the order of their index, or every page would sort the whole table.
    keys = tuple(there.index(column) for column in table.primary_key.columns)
    return Shape(table.name, sa.Table(table.name, sa.MetaData(), *columns), kinds, keys)


def _kind(column: sa.Column[Any]) -> Kind:
    for kind, classes in (
        (Kind.JSON, sa.JSON),
        (Kind.FLAG, sa.Boolean),
        (Kind.MOMENT, sa.DateTime),
        (Kind.DAY, sa.Date),
        (Kind.BYTES, sa.LargeBinary),
        (Kind.INTEGER, sa.Integer),
        (Kind.NUMBER, sa.Float),
        (Kind.TEXT, sa.String),
    ):
        if isinstance(column.type, classes):
            return kind
    raise TypeError(f"{column.table.name}.{column.name} has the unknown type {column.type!r}.")


def _type(kind: Kind, column: sa.Column[Any]) -> sa.types.TypeEngine[Any]:
    types: dict[Kind, sa.types.TypeEngine[Any]] = {
        # Else a column with nothing in it would get JSON's own `null`.
        Kind.JSON: sa.JSON(none_as_null=bool(column.nullable)),
        Kind.FLAG: sa.Boolean(),
        Kind.MOMENT: sa.DateTime(timezone=True),
        Kind.DAY: sa.Date(),
        Kind.BYTES: sa.LargeBinary(),
        Kind.INTEGER: sa.BigInteger(),
        Kind.NUMBER: sa.Double(),
        Kind.TEXT: sa.Text(),
    }
    return types[kind]


def neutral(shape: Shape, row: Sequence[Any]) -> Row:
    """A row, as a database gives it, in the form that all share."""
    return [
        None if column.name in _CLAIMS else neutral_value(kind, value)
        for column, kind, value in zip(shape.table.columns, shape.kinds, row, strict=True)
    ]


def neutral_value(kind: Kind, value: Any) -> Any:
    """The same for one value."""
    change = _NEUTRAL.get(kind)
    return value if value is None or change is None else change(value)


def _without_nul(value: str) -> str:
    # Postgres takes no NUL; one sign for one, so that places in the text stay.
    return value.replace("\x00", "\ufffd")


_NEUTRAL: Mapping[Kind, Callable[[Any], Any]] = {
    Kind.BYTES: lambda value: base64.b64encode(value).decode("ascii"),
    Kind.MOMENT: lambda value: in_utc(value).isoformat(timespec="microseconds"),
    Kind.DAY: date.isoformat,
    Kind.TEXT: _without_nul,
    Kind.NUMBER: float,
}


def line(row: Row) -> bytes:
    """A neutral row's line; a lone surrogate in JSON stays one."""
    return json.dumps(row, separators=(",", ":")).encode("ascii") + b"\n"


def stored(shape: Shape, row: Row) -> dict[str, Any]:
    """A neutral row as a statement takes it; raises `Wrong`."""
    columns = list(shape.table.columns)
    try:
        return {
            column.name: stored_value(kind, value)
            for column, kind, value in zip(columns, shape.kinds, row, strict=True)
        }
    except (TypeError, ValueError, OverflowError) as error:
        raise Wrong(f"a row of {shape.name} doesn't fit its columns") from error


def stored_value(kind: Kind, value: Any) -> Any:
    """The same for one value; raises `TypeError`, `ValueError` and `OverflowError`."""
    return None if value is None else _STORED[kind](value)


def _of(kind: type[Any]) -> Callable[[Any], Any]:
    def checked(value: Any) -> Any:
        # A bool is an int too.
        if type(value) is not kind:
            raise TypeError(value)
        return value

    return checked


_text, _number = _of(str), _of(int)


def _integer(value: Any) -> int:
    found: int = _number(value)
    if not -_BIGGEST <= found < _BIGGEST:
        raise OverflowError(value)
    return found


_STORED: Mapping[Kind, Callable[[Any], Any]] = {
    Kind.TEXT: _text,
    Kind.INTEGER: _integer,
    Kind.NUMBER: _of(float),
    Kind.FLAG: _of(bool),
    Kind.BYTES: lambda value: base64.b64decode(_text(value), validate=True),
    Kind.MOMENT: lambda value: datetime.fromisoformat(_text(value)).astimezone(UTC),
    Kind.DAY: lambda value: date.fromisoformat(_text(value)),
    Kind.JSON: lambda value: value,
}
