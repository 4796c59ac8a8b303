"""Rows of every table, in a form that both kinds of databases share."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa

from glossator.accounts.tables import Account
from glossator.foundation.database import Database, Table
from glossator.moving import rows
from glossator.moving.numbering import go_on, last_numbers
from glossator.moving.shapes import LEFT_OUT, LOGINS, Shape, Wrong, known, line, shapes, stored
from glossator.schema import migrate, revisions
from row_maker import fill

# The word index is made anew, by the gateway's own statement; Alembic's row isn't ours.
NOT_ROWS = ("chunk_words", "alembic_version")


def tables_of(database: Database) -> set[str]:
    found = sa.inspect(database.engine).get_table_names()
    return {name for name in found if not name.startswith(NOT_ROWS)}


def all_shapes(database: Database) -> tuple[Shape, ...]:
    with database.reading() as session:
        return shapes(session.connection())


def test_every_table_is_known_where_nothing_else_was_imported():
    code = "from glossator.moving.shapes import known; print(*sorted(known()))"
    said = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=os.environ
    )
    assert set(said.stdout.split()) == set(Table.metadata.tables)


def test_no_table_and_no_column_is_forgotten(database: Database):
    assert tables_of(database) == known()
    moved = {shape.name for shape in all_shapes(database)}
    # A new table is moved, or stands here with its reason.
    assert tables_of(database) - moved == LEFT_OUT
    for shape in all_shapes(database):
        there = {column["name"] for column in sa.inspect(database.engine).get_columns(shape.name)}
        assert {name for name, _ in shape.columns} == there


def test_no_table_of_an_earlier_revision_is_forgotten(tmp_path: Path):
    database = Database(f"sqlite:///{tmp_path / 'old.db'}")
    for revision in revisions():
        migrate(database, revision)
        assert tables_of(database) <= known(), revision
    database.close()


def test_both_kinds_hold_the_same(database: Database, other: Database):
    fill(database)
    tables = all_shapes(database)
    assert [(s.name, s.columns, s.keys) for s in tables] == [
        (s.name, s.columns, s.keys) for s in all_shapes(other)
    ]
    with database.reading() as session, other.writing() as there:
        for shape in tables:
            for page in rows.pages(session.connection(), shape):
                rows.insert(there.connection(), shape, page)
    with database.reading() as session, other.reading() as there:
        before = rows.tallies(session.connection(), tables)
        assert rows.tallies(there.connection(), tables) == before
        assert {tally.rows for tally in before.values()} == {3}
        # Nothing stays nothing, and isn't JSON's own.
        query = sa.text("SELECT count(*) FROM documents WHERE notes IS NULL")
        assert session.scalar(query) == there.scalar(query)


def test_nothing_stays_nothing(database: Database, other: Database):
    fill(database)
    with database.writing() as session:
        session.execute(sa.text("UPDATE documents SET notes = NULL, claim = 'me'"))
    shape = next(shape for shape in all_shapes(database) if shape.name == "documents")
    parents = [s for s in all_shapes(database) if s.name in ("collections", "users", "books")]
    with database.reading() as session, other.writing() as there:
        for each in (*parents, shape):
            for page in rows.pages(session.connection(), each):
                rows.insert(there.connection(), each, page)
    with other.reading() as there:
        query = "SELECT count(*) FROM documents WHERE notes IS NULL AND claim IS NULL"
        assert there.scalar(sa.text(query)) == 3


def test_pages_of_any_size_give_every_row_once(database: Database, monkeypatch: pytest.MonkeyPatch):
    fill(database, rows=9)
    tables = all_shapes(database)
    with database.reading() as session:
        whole = rows.tallies(session.connection(), tables)
        assert {tally.rows for tally in whole.values()} == {9}
        for first, most in ((1, 1), (2, 3), (9, 9), (8, 8)):
            monkeypatch.setattr(rows, "_FIRST_PAGE", first)
            monkeypatch.setattr(rows, "_MOST_ROWS", most)
            assert rows.tallies(session.connection(), tables) == whole
        # Long rows make short pages.
        monkeypatch.setattr(rows, "_PAGE_BYTES", 10)
        assert rows.tallies(session.connection(), tables) == whole


def test_numbers_are_never_given_twice(database: Database, other: Database):
    fill(database)
    tables = all_shapes(database)
    with database.writing() as session:
        session.execute(sa.text("UPDATE documents SET user_id = NULL"))
        session.execute(sa.text("DELETE FROM users WHERE id = 3"))
        go_on(session.connection(), tables, {"users": 41})
    with database.reading() as session:
        numbers = last_numbers(session.connection(), tables)
    assert numbers == {"users": 41, "chapter_variants": 3}
    with other.writing() as session:
        go_on(session.connection(), tables, numbers)
        assert last_numbers(session.connection(), tables)["users"] == 41
    with other.writing() as session:
        account = Account(email="a", email_key="a", password_hash="x", name="A")
        session.add(account)
        session.flush()
        assert account.id == 42


def test_what_postgres_takes_no_text_with_is_replaced(sqlite_url: str):
    database = Database(sqlite_url)
    fill(database)
    with database.writing() as session:
        session.execute(sa.text("UPDATE users SET name = :name"), {"name": "A\x00B"})
    shape = next(shape for shape in all_shapes(database) if shape.name == "users")
    place = [name for name, _ in shape.columns].index("name")
    with database.reading() as session:
        (page,) = rows.pages(session.connection(), shape)
    assert {row[place] for row in page} == {"A\ufffdB"}
    database.close()


def test_a_value_of_another_kind_is_refused(sqlite_url: str):
    database = Database(sqlite_url)
    fill(database)
    shape = next(shape for shape in all_shapes(database) if shape.name == "users")
    with database.reading() as session:
        ((row, *_),) = rows.pages(session.connection(), shape)
    database.close()
    assert stored(shape, row)["id"] == 1
    names = [name for name, _ in shape.columns]
    for column, value in (
        ("id", "1"), ("id", True), ("id", 2**63), ("name", 7), ("created_at", "soon"),
        ("created_at", 5), ("name", ["x"]),
    ):  # fmt: skip
        changed = list(row)
        changed[names.index(column)] = value
        with pytest.raises(Wrong, match="users"):
            stored(shape, changed)
    with pytest.raises(Wrong):
        stored(shape, row[:-1])


def test_logins_are_left_out_where_nobody_asks_for_them(database: Database):
    with database.reading() as session:
        names = {shape.name for shape in shapes(session.connection(), logins=False)}
    assert LOGINS in known() - names
    assert line([1, "ä", None]) == b'[1,"\\u00e4",null]\n'
