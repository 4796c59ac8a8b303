"""Bring a database to this program's schema, once, before anything else uses it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from sqlalchemy import Connection, inspect, text

from glossator.foundation.database import Database
from glossator.foundation.errors import Unavailable
from glossator.foundation.patience import PATIENT

MIGRATIONS = Path(__file__).parent / "migrations"
# What a database's revision begins with until all of an installation has been moved into it.
MOVING = "moving-"


def revisions() -> list[str]:
    """All revisions in order; read from file names, because Alembic takes 0.3 s."""
    names = sorted(path.name for path in (MIGRATIONS / "versions").glob("m[0-9]*_*.py"))
    return [name[1:5] for name in names]


def newest() -> str:
    """The revision this program needs."""
    return revisions()[-1]


def current(database: Database) -> str | None:
    """The revision a database is at, None for an empty one."""
    with database.engine.connect() as connection:
        # Else SQLite would take the write lock for it.
        connection.execution_options(read_only=True)
        return revision_of(connection)


def revision_of(connection: Connection) -> str | None:
    """The same within a transaction."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def mark(connection: Connection, revision: str) -> None:
    """Say that a database is at another revision than it was, or `MOVING` to one."""
    connection.execute(text("UPDATE alembic_version SET version_num = :name"), {"name": revision})


def migrate(
    database: Database,
    revision: str = "head",
    *,
    before: Callable[[str], None] | None = None,
) -> bool:
    """Run what is missing in one transaction, or undo what is too much; True if anything was.

    Two processes that start together are safe: SQLite's write lock or a Postgres advisory
    lock makes the second wait, and then find nothing to do. `before` is called with the old
    revision while nobody else can change the schema, unless the database is new; what it raises
    leaves everything as it was. Raises `Unavailable` where the database was made by a newer
    version, or is the target of an unfinished move.
    """
    wanted = newest() if revision == "head" else revision
    at = current(database)
    if at == wanted:
        return False
    if at is not None and at.startswith(MOVING):
        raise Unavailable(
            "An installation is being moved into this database, and that isn't finished. Run "
            "`glossator migrate-to` again, with the settings of the old one."
        )
    if at is not None and at not in revisions():
        raise Unavailable(
            f"The database is at revision {at}, which this version doesn't know: it was made by a "
            "newer version of Glossator. Install that one."
        )
    from alembic import command
    from alembic.config import Config

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
                at = revision_of(connection)
                if at == wanted:
                    return False
                if at is not None and before is not None:
                    before(at)
                config.attributes["connection"] = connection
                if wanted == "base" or (at is not None and wanted < at):
                    command.downgrade(config, wanted)
                else:
                    command.upgrade(config, wanted)
        finally:
            if database.is_sqlite:
                connection.connection.cursor().execute("PRAGMA foreign_keys = ON")
    return True
