"""From every earlier version to this one, with a copy before and two ways back."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from filelock import FileLock
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from cli_tools import CommandLine
from glossator import schema
from glossator.foundation.database import Database
from glossator.foundation.errors import Unavailable
from glossator.moving import copies
from glossator.moving.archive import Refused
from glossator.schema import current, migrate, newest, revisions
from row_maker import counts, fill

BAD = '''
"""Fails halfway."""
import sqlalchemy as sa
from alembic import op
revision, down_revision, branch_labels, depends_on = "9998", "{before}", None, None
def upgrade():
    op.create_table("halves", sa.Column("id", sa.Integer, primary_key=True))
    op.execute("DELETE FROM users")
    op.execute("SELECT * FROM no_such_table")
def downgrade():
    pass
'''


@pytest.fixture(scope="module")
def every(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A data folder of every revision, with rows in every table."""
    folder = tmp_path_factory.mktemp("revisions")
    database = Database(f"sqlite:///{folder / 'glossator.db'}")
    found = {}
    for revision in revisions():
        migrate(database, revision)
        fill(database)
        copy = copies.keep(database, folder, revision)
        assert copy is not None
        found[revision] = copy.rename(folder / f"{revision}.db")
    database.close()
    return found


@pytest.fixture
def old(every: dict[str, Path], tmp_path: Path) -> Iterator[Database]:
    """A database of the revision before this one."""
    shutil.copyfile(every[revisions()[-2]], tmp_path / "glossator.db")
    database = Database(f"sqlite:///{tmp_path / 'glossator.db'}")
    yield database
    database.close()


def test_a_data_folder_of_every_revision_is_brought_up_to_date(
    every: dict[str, Path], tmp_path: Path
):
    for revision, path in every.items():
        data = tmp_path / revision
        data.mkdir()
        shutil.copyfile(path, data / "glossator.db")
        database = Database(f"sqlite:///{data / 'glossator.db'}")
        before = counts(database)
        done = migrate(database, before=copies.copier(database, data))
        assert done is (revision != newest())
        assert current(database) == newest()
        after = counts(database)
        assert {name: after[name] for name in before} == before, revision
        with database.reading() as session:
            assert session.execute(text("PRAGMA foreign_key_check")).all() == []
        kept = copies.kept(data)
        assert len(kept) == done
        for copy in kept:
            assert copy.stat().st_mode & 0o077 == 0
            held = Database(f"sqlite:///{copy}")
            assert (current(held), counts(held)) == (revision, before)
            held.close()
        database.close()


def test_on_postgres_too(postgres_url: str, tmp_path: Path):
    database = Database(postgres_url)
    migrate(database, "0009")
    before = fill(database)
    path = None

    def keep(revision: str) -> None:
        nonlocal path
        path = copies.keep_archive(database, tmp_path, revision)

    migrate(database, before=keep)
    after = counts(database)
    assert {name: after[name] for name in before} == before
    assert path is not None
    assert path.name.endswith("-0009.tar")
    database.close()


def test_a_migration_that_fails_leaves_the_old_one_startable(
    old: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    at, before = current(old), counts(old)
    migrations = tmp_path / "migrations"
    shutil.copytree(schema.MIGRATIONS, migrations)
    (migrations / "versions/m9998_bad.py").write_text(BAD.format(before=newest()), "utf-8")
    with monkeypatch.context() as patched:
        patched.setattr(schema, "MIGRATIONS", migrations)
        with pytest.raises(SQLAlchemyError, match="no_such_table"):
            migrate(old, before=copies.copier(old, tmp_path))
    assert (current(old), counts(old)) == (at, before)
    assert len(copies.kept(tmp_path)) == 1
    # The old program starts as if nothing had been: its newest is what the database is at.
    for path in (migrations / "versions").glob("m*.py"):
        if path.name[1:5] > str(at):
            path.unlink()
    monkeypatch.setattr(schema, "MIGRATIONS", migrations)
    assert migrate(old) is False


def test_without_room_for_a_copy_nothing_is_changed(old: Database, tmp_path: Path):
    (tmp_path / "backups").write_text("no folder")
    before = counts(old)
    with pytest.raises(Unavailable, match="can't be copied"):
        migrate(old, before=copies.copier(old, tmp_path))
    assert (current(old), counts(old)) == (revisions()[-2], before)


def test_an_empty_database_and_a_new_one_need_no_copy(tmp_path: Path):
    database = Database(f"sqlite:///{tmp_path / 'glossator.db'}")
    migrate(database, "0003", before=copies.copier(database, tmp_path))
    migrate(database, before=copies.copier(database, tmp_path))
    assert copies.kept(tmp_path) == []
    database.close()


def test_the_last_copies_stay_and_other_files_are_nobody_s_business(old: Database, tmp_path: Path):
    (tmp_path / "backups").mkdir()
    mine = tmp_path / "backups/glossator-mine.db"
    mine.write_text("mine")
    made = [copies.keep(old, tmp_path, f"000{n}") for n in range(5)]
    assert copies.kept(tmp_path) == made[-3:]
    assert mine.exists()


def test_a_copy_is_put_back_also_while_a_log_lies_beside(old: Database, tmp_path: Path):
    before = counts(old)
    copy = copies.keep(old, tmp_path, "0013")
    assert copy is not None
    migrate(old)
    with old.writing() as session:
        session.execute(text("UPDATE users SET name = 'later'"))
    assert copies.put_back(old, copy) == revisions()[-2]
    assert (current(old), counts(old)) == (revisions()[-2], before)
    with old.reading() as session:
        assert session.scalar(text("SELECT count(*) FROM users WHERE name = 'later'")) == 0
        assert session.scalar(text("PRAGMA integrity_check")) == "ok"


def test_what_is_no_copy_is_not_put_back(old: Database, tmp_path: Path):
    before = counts(old)
    none, text_file, other = (tmp_path / name for name in ("none.db", "text.db", "other.db"))
    text_file.write_text("no database")
    with closing(sqlite3.connect(other)) as connection:
        connection.execute("CREATE TABLE alembic_version (version_num)")
        connection.execute("INSERT INTO alembic_version VALUES ('9999')")
        connection.commit()
    for path in (none, text_file, other):
        with pytest.raises(Refused):
            copies.put_back(old, path)
    assert not none.exists()
    assert counts(old) == before


def test_the_command_leads_there_and_back(glossator: CommandLine, data: Path, tmp_path: Path):
    def run(*words: str, code: int = 0) -> str:
        done = glossator(*words, "--data", data, cwd=tmp_path)
        assert done.returncode == code, done.stderr
        return done.stdout + done.stderr

    one_before = revisions()[-2]
    said = run("migrate", "--back", one_before)
    assert f"at revision {one_before}. Install the version" in said
    assert "kept in" in said
    assert f"at revision {newest()}" in run("migrate")
    (first, second) = copies.kept(data)
    assert (first.stem[-4:], second.stem[-4:]) == (newest(), one_before)
    assert f"was at revision {one_before}" in run("migrate", "--put-back", str(second))
    assert "confidence" in run("search", "What does a stereo camera compute?")
    assert "no way back to 0099" in run("migrate", "--back", "0099", code=1)
    assert "Either" in run("migrate", "--back", "0001", "--put-back", "x", code=2)
    with FileLock(data / "worker.lock"):
        assert "Stop it" in run("migrate", "--back", "0001", code=1)
