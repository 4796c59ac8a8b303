"""The database: one engine, one transaction per request or job, commit only at the edge.

Access is synchronous and runs in threads: measured at a tenth of the async ORM's CPU, and
without lock errors as long as a transaction that writes takes SQLite's write lock when it
begins (a deferred one that reads first and then writes fails at once when another wrote).
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, Literal

from sqlalchemy import URL, Connection, MetaData, create_engine, event, make_url, text
from sqlalchemy.orm import DeclarativeBase, Session, sessionmaker
from sqlalchemy.pool import ConnectionPoolEntry

from glossator.foundation.patience import Patience

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}

BUSY_TIMEOUT_MS = 15_000
PATIENCE_SECONDS = 30.0
# What libpq and the system give up by: a host that can't be reached, packets nobody confirms.
_REACH = {
    "connect_timeout": 5,
    "tcp_user_timeout": 10_000,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
}
POOL, OVERFLOW = 24, 8

_SNAPSHOT = "snapshot"

Synchronous = Literal["NORMAL", "FULL"]


def snapshot(session: Session) -> dict[object, Any] | None:
    """Where a transaction of `Database.reading` may keep what it read; None for one that writes.

    What one state of the database says needs no second look at it.
    """
    kept: dict[object, Any] | None = session.info.get(_SNAPSHOT)
    return kept


class Table(DeclarativeBase):
    """What every table class inherits; names of constraints are fixed from the first migration."""

    metadata = MetaData(naming_convention=NAMING)


def in_utc(moment: datetime) -> datetime:
    """A stored moment in UTC: SQLite gives it back without its zone, Postgres in another one."""
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


class Database:
    """An engine and the two ways to use it.

    `synchronous` matters to SQLite alone: NORMAL survives a killed process, FULL also a
    power cut, at the price of an fsync per commit. `patience_seconds` matters to Postgres alone:
    a statement that has had no answer for so long has none, see `patience`.
    """

    def __init__(
        self,
        url: str | URL,
        *,
        synchronous: Synchronous = "NORMAL",
        patience_seconds: float = PATIENCE_SECONDS,
    ) -> None:
        self.url = make_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        if self.url.drivername == "postgresql":
            self.url = self.url.set(drivername="postgresql+psycopg")
        # A host that doesn't answer must become an error, not a request that hangs.
        reach: dict[str, Any] = {} if self.is_sqlite else dict(_REACH)
        self.engine = create_engine(
            self.url,
            connect_args=reach,
            # Else an error's text holds the values: e-mail addresses, hashes, questions.
            hide_parameters=True,
            # More than the server has threads (app.py), so that no thread ever waits for one.
            pool_size=POOL,
            max_overflow=OVERFLOW,
            pool_timeout=5,
            # The last used one has its pages and statements at hand.
            pool_use_lifo=True,
        )
        if self.is_sqlite:
            event.listen(self.engine, "connect", _sqlite_connect(synchronous))
            event.listen(self.engine, "begin", _sqlite_begin)
        else:
            self._patience = Patience(self.engine, patience_seconds)
        self._watching = threading.Lock()
        self._watcher: sqlite3.Connection | None = None
        self._writers = sessionmaker(self.engine, expire_on_commit=False)
        snapshot: dict[str, Any] = {"read_only": True}
        if not self.is_sqlite:
            # SQLite's readers see one state by themselves, Postgres' by default one per statement.
            snapshot |= {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
        self._readers = sessionmaker(
            self.engine.execution_options(**snapshot), expire_on_commit=False, autoflush=False
        )

    @property
    def most_connections(self) -> int:
        """How many connections this process opens at most."""
        return POOL + OVERFLOW

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """A transaction that may write: committed when the block ends, undone when it raises."""
        with self._writers.begin() as session:
            yield session

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A transaction that only reads one consistent state; it never waits for a writer."""
        with self._readers() as session:
            session.info[_SNAPSHOT] = {}
            yield session

    def changes(self) -> int | None:
        """A number that differs after every commit by anybody, in microseconds; None on Postgres.

        None also where the file can't be read. The pragma counts the commits of other connections,
        so one is kept for it alone.
        """
        if not self.is_sqlite:
            return None
        with self._watching:
            try:
                if self._watcher is None:
                    self._watcher = sqlite3.connect(
                        self.url.database or "", isolation_level=None, check_same_thread=False
                    )
                return int(self._watcher.execute("PRAGMA data_version").fetchone()[0])
            except sqlite3.Error:
                return None

    def ping(self) -> None:
        """Ask the database for a sign of life; raises SQLAlchemy's `OperationalError`."""
        with self.reading() as session:
            session.execute(text("SELECT 1"))

    def close(self) -> None:
        """Give all connections back."""
        if self._watcher is not None:
            self._watcher.close()
            self._watcher = None
        self.engine.dispose()
        if not self.is_sqlite:
            self._patience.close()


def _sqlite_connect(
    synchronous: Synchronous,
) -> Callable[[sqlite3.Connection, ConnectionPoolEntry], None]:
    def prepare(connection: sqlite3.Connection, _record: ConnectionPoolEntry) -> None:
        # The driver's own transaction handling begins late and commits by itself around DDL.
        connection.isolation_level = None
        connection.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute(f"PRAGMA synchronous = {synchronous}")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA temp_store = MEMORY")

    return prepare


def _sqlite_begin(connection: Connection) -> None:
    read_only = connection.get_execution_options().get("read_only", False)
    connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")
