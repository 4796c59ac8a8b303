"""Transactions: committed at the edge alone, undone on any error, without lock errors."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import pytest
from sqlalchemy import func, select, text, update
from sqlalchemy.exc import IntegrityError, SQLAlchemyError
from sqlalchemy.orm import Session

from cli_tools import environment
from glossator.foundation.database import Database
from glossator.library.tables import Book, Collection

WRITER = """
import sys
from sqlalchemy import select, update
from glossator.foundation.database import Database
from glossator.library.tables import Collection
database = Database(sys.argv[1])
for _ in range(int(sys.argv[2])):
    with database.writing() as session:
        found = session.scalar(select(Collection.version).where(Collection.id == "c"))
        session.execute(update(Collection).values(version=Collection.version + 1))
database.close()
"""


def number(session: Session) -> int:
    return session.scalar(select(Collection.version).where(Collection.id == "c")) or 0


def count(database: Database) -> int:
    with database.reading() as session:
        return session.scalar(select(func.count()).select_from(Collection)) or 0


def raise_after_writing(database: Database) -> None:
    with database.writing() as session:
        session.add(Collection(id="c", version=1))
        session.flush()
        raise KeyError("after the write")


def test_a_block_that_ends_is_committed(database: Database):
    with database.writing() as session:
        session.add(Collection(id="c", version=1))
    assert count(database) == 1


def test_a_block_that_raises_leaves_nothing(database: Database):
    with pytest.raises(KeyError):
        raise_after_writing(database)
    assert count(database) == 0
    raises_nothing_later = count(database)
    assert raises_nothing_later == 0


def test_nothing_is_seen_before_the_edge(database: Database):
    with database.writing() as session:
        session.add(Collection(id="c", version=1))
        session.flush()
        assert count(database) == 0
    assert count(database) == 1


def test_a_reading_block_keeps_nothing(database: Database):
    with database.reading() as session:
        session.add(Collection(id="c", version=1))
    assert count(database) == 0


def test_a_reading_block_sees_one_state(database: Database):
    with database.writing() as session:
        session.add(Collection(id="c", version=1))
    with database.reading() as reader:
        assert number(reader) == 1
        with database.writing() as writer:
            writer.execute(update(Collection).values(version=2))
        reader.expire_all()
        assert number(reader) == 1
    with database.reading() as reader:
        assert number(reader) == 2


def test_reading_never_waits_for_a_writer(database: Database):
    with database.writing() as session:
        session.add(Collection(id="c", version=1))
    done = threading.Event()

    def read() -> None:
        with database.reading() as session:
            assert number(session) == 1
        database.ping()
        done.set()

    with database.writing() as session:
        session.execute(update(Collection).values(version=2))
        reader = threading.Thread(target=read)
        reader.start()
        assert done.wait(5)
    reader.join()


def test_foreign_keys_hold(database: Database):
    book = Book(id="b", collection_id="nowhere", title="t", language="en", kind="plain")
    with pytest.raises(IntegrityError), database.writing() as session:
        session.add(book)
    assert count(database) == 0


def test_many_threads_read_and_write_without_losing_one(database: Database):
    with database.writing() as session:
        session.add(Collection(id="c", version=0))
    failures: list[SQLAlchemyError] = []

    def work() -> None:
        try:
            for _ in range(15):
                with database.writing() as session:
                    number(session)
                    session.execute(update(Collection).values(version=Collection.version + 1))
        except SQLAlchemyError as error:
            failures.append(error)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    with database.reading() as session:
        assert number(session) == 8 * 15


def test_many_processes_write_without_losing_one(
    database: Database, database_url: str, tmp_path: Path
):
    with database.writing() as session:
        session.add(Collection(id="c", version=0))
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", WRITER, database_url, "40"],
            stderr=subprocess.PIPE,
            text=True,
            env=environment(tmp_path),
        )
        for _ in range(3)
    ]
    said = [process.communicate(timeout=60)[1] for process in processes]
    assert [process.returncode for process in processes] == [0, 0, 0], said
    with database.reading() as session:
        assert number(session) == 120


def test_ping_tells_when_nobody_is_there(tmp_path: Path):
    database = Database(f"sqlite:///{tmp_path / 'no' / 'folder.db'}")
    with pytest.raises(SQLAlchemyError):
        database.ping()
    database.close()


def test_sqlite_is_set_up_for_several_processes(sqlite_url: str):
    for wanted, synchronous in (("NORMAL", 1), ("FULL", 2)):
        database = Database(sqlite_url, synchronous=wanted)  # type: ignore[arg-type]
        with database.reading() as session:
            pragmas = {
                name: session.scalar(text(f"PRAGMA {name}"))
                for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
            }
        database.close()
        assert pragmas == {
            "journal_mode": "wal", "synchronous": synchronous, "foreign_keys": 1,
            "busy_timeout": 15_000,
        }  # fmt: skip


def test_a_plain_postgres_address_is_enough(postgres_url: str):
    database = Database(postgres_url.replace("+psycopg", ""))
    database.ping()
    assert not database.is_sqlite
    database.close()
