"""Backup and restore, between both kinds, while people write, and with archives of no use."""

from __future__ import annotations

import gzip
import io
import json
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from glossator.accounts.tables import Login
from glossator.foundation.database import Database
from glossator.gateways.fakes import FakeFiles
from glossator.library.tables import Document, now
from glossator.moving import backing_up, restoring, rows
from glossator.moving.archive import Archive, Refused, Writer
from glossator.moving.backing_up import Contents, back_up
from glossator.moving.restoring import Restored, restore
from glossator.moving.shapes import shapes
from glossator.schema import current, migrate, newest
from glossator.wiring import House
from row_maker import counts, fill
from upload_tools import even, long_text, received, upload, user, work
from vector_tools import found

Make = Callable[..., House]
SCOPES = (["book:robots"], ["user:1"], ["user:2"])
QUESTIONS = ("How is depth computed?", "velocity number 3", "mass1 in row 7", "integral term")


def backup_of(house: House, **options: object) -> tuple[bytes, Contents]:
    out = io.BytesIO()
    made = back_up(house.database, house.files, house.settings.data, out, **options)  # type: ignore[arg-type]
    return out.getvalue(), made


def restored(data: bytes, house: House) -> Restored:
    archive = Archive(io.BytesIO(data))
    done = restore(archive, house.database, house.files, house.settings.data)
    house.reindexing.words(lacking=True)
    house.copying.catch_up()
    return done


def sums(house: House, *, logins: bool = False) -> dict[str, rows.Tally]:
    with house.database.reading() as session:
        connection = session.connection()
        return rows.tallies(connection, shapes(connection, logins=logins))


def answers(house: House) -> list[list[int]]:
    return [found(house, scope, question) for scope in SCOPES for question in QUESTIONS]


def stored_files(house: House) -> dict[str, bytes]:
    return {name: b"".join(house.files.read(name)) for name in house.files.names("documents")}


def test_all_that_there_is_comes_back_in_the_other_kind(
    full: House, other_url: str, tmp_path: Path, built: Make
):
    data, made = backup_of(full)
    assert made.gone == ()
    assert made.files == 3
    new = built(tmp_path / "new", other_url)
    done = restored(data, new)
    assert (done.rows, done.files, done.gone) == (made.rows, 3, ())
    assert sums(new) == sums(full)
    assert stored_files(new) == stored_files(full) != {}
    assert (tmp_path / "new/glossaries/robots.ur.txt").read_text() == "wrist = kalai\n"
    assert new.embedder.embedded == []  # type: ignore[attr-defined]
    for owner in (1, 2):
        assert even(new, owner) == even(full, owner) > 0
    assert all(answers(new))
    # And back: then word for word the same is found.
    again, _ = backup_of(new)
    last = built(tmp_path / "last", f"sqlite:///{tmp_path / 'last.db'}")
    restored(again, last)
    assert sums(last) == sums(full)
    assert current(last.database) == newest()
    if full.database.is_sqlite:
        assert answers(last) == answers(full)
    # The next user gets a number of their own.
    assert user(last, "carl@example.org") == 3
    assert last.embedder.embedded == []  # type: ignore[attr-defined]


def test_neither_the_key_nor_a_login_is_in_it_unless_asked(
    copied: House, tmp_path: Path, empty_house: Make
):
    with copied.database.writing() as session:
        session.add(Login(id="geheimer-login", user_id=1, kind="bearer", expires_at=now()))
    key = (copied.settings.data / "secret.key").read_bytes()
    data, _ = backup_of(copied)
    archive = Archive(io.BytesIO(data))
    text = b"".join(b"".join(archive.read(name)) for name in archive._parts)
    for name in archive.about["tables"]:
        text += b"".join(json.dumps(page).encode() for page in archive.rows(name["name"]))
    assert b"ada@example.org" in text
    assert key.strip() not in text
    assert b"geheimer-login" not in text
    new = empty_house("new")
    assert restored(data, new).secret is False
    assert not (tmp_path / "new/secret.key").exists()
    data, _ = backup_of(copied, secret=key)
    newer = empty_house("newer")
    assert restored(data, newer).secret is True
    assert sums(newer, logins=True) == sums(copied, logins=True)
    assert (tmp_path / "newer/secret.key").read_bytes() == key
    assert (tmp_path / "newer/secret.key").stat().st_mode & 0o077 == 0


def test_it_is_one_state_while_people_write(
    full: House, other_url: str, tmp_path: Path, built: Make,
    monkeypatch: pytest.MonkeyPatch,
):  # fmt: skip
    before, files = sums(full), stored_files(full)
    stop, wrote = threading.Event(), threading.Event()

    def write() -> None:
        number = 0
        while not stop.is_set():
            number += 1
            carl = user(full, f"carl{number}@example.org")
            upload(full, carl, long_text(f"power{number}", 1))
            work(full)
            with full.database.writing() as session:
                full.documents.bury(session, session.scalars(sa.select(Document)).all()[-1])
            work(full)
            wrote.set()

    writing = threading.Thread(target=write)
    real = backing_up._rows

    def slowly(*arguments: object) -> rows.Tally:
        # The snapshot is there; now somebody writes between one table and the next.
        if not writing.is_alive():
            writing.start()
        wrote.clear()
        assert wrote.wait(60)
        return real(*arguments)  # type: ignore[arg-type]

    with full.database.reading():
        monkeypatch.setattr(backing_up, "_rows", _every(4, slowly, real))
        data, made = backup_of(full)
    stop.set()
    writing.join()
    assert sums(full) != before
    new = built(tmp_path / "new", other_url)
    restored(data, new)
    after = sums(new)
    assert {name: tally for name, tally in after.items() if name != "collections"} == {
        name: tally for name, tally in before.items() if name != "collections"
    }
    assert {**stored_files(new), **files} == files
    assert len(made.gone) + len(stored_files(new)) == len(files)


def _every(
    nth: int, one: Callable[..., object], other: Callable[..., object]
) -> Callable[..., object]:
    count = 0

    def call(*arguments: object) -> object:
        nonlocal count
        count += 1
        return (one if count % nth == 2 else other)(*arguments)

    return call


def test_a_target_that_is_not_empty_is_refused(shelf: House, empty_house: Make):
    data, _ = backup_of(shelf)
    new = empty_house("new")
    user(new)
    before = counts(new.database)
    with pytest.raises(Refused, match="isn't empty: users has rows"):
        restored(data, new)
    assert counts(new.database) == before
    third = empty_house("third")
    third.files.put("documents/other", [b"x"], most=1)
    with pytest.raises(Refused, match="something else, such as documents/other"):
        restored(data, third)
    assert third.files.names("documents") == ["documents/other"]
    assert set(counts(third.database).values()) == {0}


def test_a_restore_that_is_cut_off_leaves_an_empty_database(
    full: House, other_url: str, tmp_path: Path, built: Make,
    monkeypatch: pytest.MonkeyPatch,
):  # fmt: skip
    data, _ = backup_of(full)
    new = built(tmp_path / "new", other_url)
    real = new.files.put

    def dying(path: str, *arguments: object, **named: object) -> object:
        if new.files.names("documents"):
            raise KeyboardInterrupt
        return real(path, *arguments, **named)  # type: ignore[arg-type]

    with monkeypatch.context() as patched:
        patched.setattr(new.files, "put", dying)
        with pytest.raises(KeyboardInterrupt):
            restored(data, new)
    assert set(counts(new.database).values()) == {0}
    assert len(new.files.names("documents")) == 1
    restored(data, new)
    assert sums(new) == sums(full)


@pytest.mark.parametrize(
    ("revision", "database_url"),
    [("0001", "postgres"), ("0007", "sqlite"), ("0013", "postgres")],
    indirect=["database_url"],
)
def test_an_archive_of_an_earlier_revision_is_brought_up_to_date(
    tmp_path: Path, database: Database, revision: str
):
    old = Database(f"sqlite:///{tmp_path / 'old.db'}")
    migrate(old, revision)
    filled = fill(old)
    files = FakeFiles()
    for n in (1, 2, 3):
        files.put(f"documents/d{n}", [b"%d" % n], most=9)
    out = io.BytesIO()
    made = back_up(old, files, tmp_path, out)
    assert made.revision == revision
    done = restore(Archive(io.BytesIO(out.getvalue())), database, FakeFiles(), tmp_path / "new")
    assert done.rows == made.rows
    assert current(database) == newest()
    there = counts(database)
    left_out = {*("sessions", "adaptation_runs"), *restoring._MAY_HAVE_ROWS}
    assert {name: there[name] for name in filled.keys() - left_out} == {
        name: count for name, count in filled.items() if name not in left_out
    } | ({"vector_copies": 0, "vector_copy_collections": 0} if revision >= "0009" else {})
    old.close()


def changed(data: bytes, change: Callable[[str, bytes], bytes | None], **facts: object) -> bytes:
    """The archive with other parts, and digests that agree with them."""
    old, out = Archive(io.BytesIO(data)), io.BytesIO()
    writer = Writer(out, 0)
    for name in old._parts:
        part = change(name, b"".join(old.read(name)))
        if name != "manifest.json" and part is not None:
            writer.add(name, part)
    kept = {key: value for key, value in old.manifest.items() if key != "entries"}
    writer.finish({**kept, **facts})
    return out.getvalue()


def test_archives_that_somebody_changed_are_refused(shelf: House, empty_house: Make):
    data, _ = backup_of(shelf)
    about = Archive(io.BytesIO(data)).about

    def with_about(**facts: object) -> bytes:
        text = json.dumps({**about, **facts}).encode()
        return changed(data, lambda name, part: text if name == "about.json" else part)

    def rows_of(table: str, text: bytes) -> bytes:
        def change(name: str, part: bytes) -> bytes:
            there = name.startswith(f"rows/{table}/")
            return gzip.compress(text) if there and name.endswith(".gz") else part

        return changed(data, change)

    manifest = Archive(io.BytesIO(data)).manifest
    fewer = {**manifest["tables"], "books": {"rows": 0, "digest": "0" * 64}}
    first = "files/" + shelf.files.names("documents")[0]
    cases = {
        "newer": with_about(revision="9999", glossator="9.0.0"),
        "no revision": with_about(revision=None),
        "no tables": with_about(tables=None),
        "other tables": with_about(tables=about["tables"][1:]),
        "other columns": with_about(tables=[{"name": "books", "columns": []}]),
        "no row": rows_of("books", b'["x"]\n'),
        "no list": rows_of("books", b"7\n"),
        "another row": rows_of("collections", b'["book:robots",7]\n["user:1",1]\n["user:2",1]\n'),
        "other counts": changed(data, lambda _, part: part, tables=fewer),
        "no numbers": changed(data, lambda _, part: part, numbers={"users": "x"}),
        "no file": changed(data, lambda name, part: None if name == first else part),
        "a file too many": changed(
            data, lambda _, part: part, gone=["documents/d0"]
        ),
    }  # fmt: skip
    new = empty_house("new")
    for name, bad in cases.items():
        with pytest.raises(Refused) as refused:
            restored(bad, new)
        if name == "newer":
            assert "Install 9.0.0" in refused.value.detail
        assert set(counts(new.database).values()) == {0}, name
    restored(data, new)
    assert sums(new) == sums(shelf)


def test_a_file_that_goes_meanwhile_is_named(copied: House, empty_house: Make):
    lost = copied.files.names("documents")[1]
    copied.files.delete(lost)
    data, made = backup_of(copied)
    assert made.gone == (lost,)
    new = empty_house("new")
    assert restored(data, new).gone == (lost,)
    assert all(answers(new))


def test_a_file_that_is_replaced_meanwhile_is_one_or_the_other(copied: House):
    path = copied.files.names("documents")[0]
    old_text, new_text = bytes(2_300_000), bytes(range(256)) * 9_000
    copied.files.put(path, [old_text], most=len(old_text))
    real, reads = copied.files.read, 0

    def reading(name: str) -> Iterator[bytes]:
        nonlocal reads
        for piece in real(name):
            yield piece
            if name == path and reads == 0:
                reads = 1
                copied.files.put(path, [new_text], most=len(new_text))

    copied.files.read = reading  # type: ignore[method-assign]
    data, _ = backup_of(copied)
    assert b"".join(Archive(io.BytesIO(data)).read(f"files/{path}")) == new_text


def test_without_files_only_rows_are_kept(shelf: House, empty_house: Make):
    out = io.BytesIO()
    made = back_up(shelf.database, None, shelf.settings.data, out)
    assert made.files == 0
    # Into the same store: the files have stayed there.
    new = empty_house("new",
                files_url=f"file://{shelf.settings.data}/files")  # fmt: skip
    assert restored(out.getvalue(), new).gone == ()
    assert stored_files(new) == stored_files(shelf)
    elsewhere = empty_house("third")
    assert len(restored(out.getvalue(), elsewhere).gone) == 3


def test_an_empty_or_unknown_database_is_not_backed_up(tmp_path: Path):
    database = Database(f"sqlite:///{tmp_path / 'none.db'}")
    with pytest.raises(Refused, match="nothing to back up"):
        back_up(database, None, tmp_path, io.BytesIO())
    migrate(database)
    with database.writing() as session:
        session.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(Refused, match="revision 9999, which this version doesn't know"):
        back_up(database, None, tmp_path, io.BytesIO())
    database.close()


def test_a_job_s_files_come_along(copied: House, empty_house: Make):
    from glossator.ingestion.bookjobs import Order

    item = received("# One\n\nA pump lifts water.", "one.md")
    copied.books.order(1, Order("pumps", None, None, None, replaces=False), [item], 1_000)
    data, made = backup_of(copied)
    assert made.files == 4
    new = empty_house("new")
    restored(data, new)
    (name,) = new.files.names("books")
    assert b"".join(new.files.read(name)) == b"# One\n\nA pump lifts water."
