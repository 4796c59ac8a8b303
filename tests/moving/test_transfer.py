"""Moving an installation: whole, in both directions, wherever it is cut off, while it changes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa

from glossator.foundation.errors import Unavailable
from glossator.library.tables import Document
from glossator.moving import rows, transfer
from glossator.moving.archive import Refused
from glossator.moving.shapes import shapes
from glossator.moving.transfer import Moved, Stores, Transfer
from glossator.schema import MOVING, current, migrate, newest
from glossator.wiring import House
from row_maker import counts
from upload_tools import even, long_text, upload, user, work
from vector_tools import found

Make = Callable[..., House]
SCOPES = (["book:robots"], ["user:1"], ["user:2"])
QUESTIONS = ("How is depth computed?", "velocity number 3", "mass1 in row 7", "integral term")


def moving(old: House, new: House) -> Transfer:
    work_folder = old.settings.data / "work"
    work_folder.mkdir(exist_ok=True)
    return Transfer(
        Stores(old.database, old.files, old.words),
        Stores(new.database, new.files, new.words),
        work_folder,
    )


def move(old: House, new: House, meanwhile: Callable[[], None] = lambda: None) -> Moved:
    steps = moving(old, new)
    steps.begin()

    def index() -> None:
        new.reindexing.words(lacking=True)
        new.copying.catch_up()
        meanwhile()

    return steps.carry_out(index)


def sums(house: House) -> dict[str, rows.Tally]:
    with house.database.reading() as session:
        return rows.tallies(session.connection(), shapes(session.connection()))


def answers(house: House) -> list[list[int]]:
    return [found(house, scope, question) for scope in SCOPES for question in QUESTIONS]


def stored_files(house: House) -> dict[str, bytes]:
    return {name: b"".join(house.files.read(name)) for name in house.files.names("documents")}


def same(new: House, old: House) -> None:
    assert sums(new) == sums(old)
    assert stored_files(new) == stored_files(old)
    assert current(new.database) == newest()
    for owner in (1, 2):
        assert even(new, owner) == even(old, owner) > 0
    assert new.embedder.embedded == []  # type: ignore[attr-defined]


def test_there_and_back(full: House, other_url: str, tmp_path: Path, built: Make):
    pgvector = {} if full.database.is_sqlite is False else {"vectors_url": "pgvector:"}
    there = built(tmp_path / "there", other_url, **pgvector)
    moved = move(full, there)
    assert moved.gone == ()
    assert moved.rows == moved.written == sum(it.rows for it in sums(full).values())
    same(there, full)
    assert all(answers(there))
    held = there.copying.counts()
    assert pgvector == {} or (held is not None and held.held == held.wanted > 0)
    back = built(tmp_path / "back", f"sqlite:///{tmp_path / 'back.db'}")
    move(there, back)
    same(back, full)
    if full.database.is_sqlite:
        assert answers(back) == answers(full)
    assert user(back, "carl@example.org") == 3
    # What works on it goes on.
    upload(back, 1, long_text("power", 1))
    work(back)
    assert found(back, ["user:1"], "power number 0")


def test_wherever_it_is_cut_off_it_goes_on(
    shelf: House, empty_house: Make, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(rows, "_MOST_ROWS", 16)
    real, writes, stops = rows.insert, 0, {1, 3, 6, 10, 15}
    new = empty_house("new")

    def dying(*arguments: object) -> None:
        nonlocal writes
        writes += 1
        if writes in stops:
            raise KeyboardInterrupt
        real(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(transfer, "insert", dying)
    for _ in stops:
        with pytest.raises(KeyboardInterrupt):
            move(shelf, new)
        at = current(new.database)
        assert at is not None
        assert at.startswith(MOVING)
        with pytest.raises(Unavailable, match="Run `glossator migrate-to` again"):
            migrate(new.database)
    moved = move(shelf, new)
    assert moved.written < moved.rows
    same(new, shelf)
    assert answers(new) == answers(shelf)


def test_what_changes_meanwhile_is_brought_over(copied: House, empty_house: Make):
    new, happened = empty_house("new"), []

    def meanwhile() -> None:
        if len(happened) == 0:
            # Every kind of change at once: new, other, gone, and a file under another row.
            documents = all_documents(copied)
            with copied.database.writing() as session:
                copied.documents.bury(session, session.get_one(Document, documents[0].id))
            work(copied)
            upload(copied, documents[0].user_id or 0, long_text("velocity", 2))
            carl = user(copied, "carl@example.org")
            upload(copied, carl, long_text("power", 2))
            work(copied)
            copied.pipeline.remove_book("robots")
            with copied.database.writing() as session:
                session.execute(sa.text("UPDATE users SET name = 'Other' WHERE id = 2"))
        happened.append(True)

    move(copied, new, meanwhile)
    assert len(happened) == 2
    same(new, copied)
    assert even(new, 3) > 0
    with new.database.reading() as session:
        words = session.scalar(sa.text("SELECT count(*) FROM chunk_words"))
    assert words == counts(new.database)["document_chunks"]


def all_documents(house: House) -> list[Document]:
    with house.database.reading() as session:
        query = sa.select(Document).where(Document.user_id.is_not(None)).order_by(Document.id)
        return list(session.scalars(query))


def test_a_source_that_never_rests_is_said(
    copied: House, empty_house: Make, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(transfer, "_ROUNDS", 2)
    new = empty_house("new")
    names = iter(range(100))

    def meanwhile() -> None:
        user(copied, f"u{next(names)}@example.org")

    with pytest.raises(Refused, match="written to all the time"):
        move(copied, new, meanwhile)
    # And later it goes on.
    move(copied, new)
    same(new, copied)


def test_a_target_with_something_else_is_refused(shelf: House, copied: House, empty_house: Make):
    taken = empty_house("taken")
    user(taken)
    with pytest.raises(Refused, match="isn't empty: users has rows"):
        move(shelf, taken)
    full_store = empty_house("full_store")
    full_store.files.put("books/j1/0", [b"x"], most=1)
    with pytest.raises(Refused, match="something else, such as books/j1/0"):
        move(shelf, full_store)
    assert current(full_store.database) == newest()
    with pytest.raises(Refused, match="in that database already"):
        move(shelf, shelf)
    half = empty_house("half")
    moving(shelf, half).begin()
    with pytest.raises(Refused, match="Another installation"):
        moving(copied, half).begin()
    assert moving(shelf, half).begin() is True


def test_a_store_that_changes_bytes_is_noticed(
    shelf: House, empty_house: Make, monkeypatch: pytest.MonkeyPatch
):
    new = empty_house("new")
    real = new.files.put

    def changing(path: str, _parts: object, *, most: int) -> object:
        return real(path, [b"other"], most=most)

    with monkeypatch.context() as patched:
        patched.setattr(new.files, "put", changing)
        with pytest.raises(OSError, match="was not stored as it is"):
            move(shelf, new)
    move(shelf, new)
    same(new, shelf)
