"""The schema: up, down and up again, equal to the models, safe for two at once."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect, text

from cli_tools import environment
from glossator.foundation.database import Database, Table
from glossator.foundation.errors import GlossatorError
from glossator.library import tables
from glossator.schema import current, migrate, newest

MIGRATE = """
import sys
from glossator.foundation.database import Database
from glossator.schema import current, migrate
database = Database(sys.argv[1])
done = migrate(database)
print(done, current(database))
database.close()
"""
# The word index isn't a table of the ORM: it is made by the gateway's own statement.
OF_THE_WORD_INDEX = "chunk_words"


@pytest.fixture
def empty(empty_url: str):
    """A database with nothing in it."""
    database = Database(empty_url)
    yield database
    database.close()


def names(database: Database) -> set[str]:
    found = inspect(database.engine).get_table_names()
    return {name for name in found if not name.startswith(f"{OF_THE_WORD_INDEX}_")}


def test_up_down_and_up_again(empty: Database):
    assert current(empty) is None
    assert migrate(empty) is True
    assert current(empty) == newest()
    full = names(empty)
    assert {*Table.metadata.tables, OF_THE_WORD_INDEX, "alembic_version"} == full
    assert migrate(empty) is False
    assert migrate(empty, "base") is True
    assert names(empty) == {"alembic_version"}
    assert migrate(empty) is True
    assert names(empty) == full


def test_the_models_are_what_the_migrations_make(empty: Database):
    assert tables.Document.__table__.metadata is Table.metadata
    migrate(empty)
    options = {
        "compare_type": True,
        "include_name": lambda name, kind, _: (
            kind != "table" or not str(name).startswith(OF_THE_WORD_INDEX)
        ),
    }
    with empty.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, Table.metadata) == []


def test_foreign_keys_still_hold_afterwards(empty: Database):
    migrate(empty)
    if empty.is_sqlite:
        with empty.reading() as session:
            assert session.scalar(text("PRAGMA foreign_keys")) == 1


def test_processes_that_start_together(empty_url: str, tmp_path: Path):
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", MIGRATE, empty_url],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            env=environment(tmp_path),
        )
        for _ in range(3)
    ]  # fmt: skip
    said = [process.communicate(timeout=60) for process in processes]
    assert [process.returncode for process in processes] == [0, 0, 0], said
    assert all(out.split()[1] == newest() for out, _ in said)


def test_a_failing_migration_leaves_the_database_as_it_was(empty: Database):
    with empty.engine.begin() as connection:
        connection.execute(text("CREATE TABLE document_chunks (mine INTEGER)"))
    with pytest.raises(Exception, match="document_chunks"):
        migrate(empty)
    assert names(empty) == {"document_chunks"}


def test_a_database_of_a_newer_version_is_refused_in_words(empty: Database):
    migrate(empty)
    with empty.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(GlossatorError, match="newer version") as raised:
        migrate(empty)
    assert "9999" in raised.value.detail


def test_looking_at_the_revision_never_waits_for_a_writer(database: Database):
    found: list[str | None] = []
    with database.writing() as session:
        session.execute(tables.Collection.__table__.insert().values(id="c", version=1))
        reader = threading.Thread(target=lambda: found.append(current(database)))
        reader.start()
        reader.join(5)
        assert found == [newest()]
    reader.join()
