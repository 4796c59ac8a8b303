"""Bring a database to this program's schema, once, before anything else uses it."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import inspect, text

from glossator.foundation.database import Database
from glossator.foundation.errors import Unavailable
from glossator.foundation.patience import PATIENT

MIGRATIONS = Path(__file__).parent / "migrations"


def newest() -> str:
    """The revision this program needs; read from file names, because Alembic takes 0.3 s."""
    names = sorted(path.name for path in (MIGRATIONS / "versions").glob("m[0-9]*_*.py"))
    return names[-1][1:5]


def current(database: Database) -> str | None:
    """The revision a database is at, None for an empty one."""
    with database.engine.connect() as connection:
        # Else SQLite would take the write lock for it.
        connection.execution_options(read_only=True)
        if not inspect(connection).has_table("alembic_version"):
            return None
        return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def migrate(database: Database, revision: str = "head") -> bool:
    """Run what is missing in one transaction; True if anything was.

    Two processes that start together are safe: SQLite's write lock or a Postgres advisory
    lock makes the second wait, and then find nothing to do. Raises `Unavailable` where the
    database was made by a newer version.
    """
    if revision == "head" and current(database) == newest():
        return False
    from alembic import command
    from alembic.config import Config
    from alembic.util import CommandError

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    with database.engine.connect() as connection:
        connection.execution_options(**{PATIENT: True})
        if database.is_sqlite:
            # With foreign keys on, a batch migration's table rebuild deletes child rows.
            # The pragma only works outside a transaction.
            connection.connection.cursor().execute("PRAGMA foreign_keys = OFF")
        try:
            with connection.begin():
                if not database.is_sqlite:
                    connection.execute(text("SELECT pg_advisory_xact_lock(4706151)"))
                config.attributes["connection"] = connection
                if revision == "head":
                    command.upgrade(config, "head")
                else:
                    command.downgrade(config, revision)
        except CommandError as error:
            raise Unavailable(
                f"The database is at revision {current(database)}, which this version doesn't "
                "know: it was made by a newer version of Glossator. Install that one."
            ) from error
        finally:
            if database.is_sqlite:
                connection.connection.cursor().execute("PRAGMA foreign_keys = ON")
    return True
