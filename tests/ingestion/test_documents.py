"""A user's file to a searchable document, step by step, on both databases."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert, select, update

from glossator.foundation.errors import TooLarge, Unauthorized, Unsupported, Unusable
from glossator.gateways.fakes import FakeEmbedder
from glossator.ingestion import claims
from glossator.ingestion.storing import BATCH, FIRST
from glossator.library.tables import Document, DocumentChunk, now
from glossator.wiring import House, build
from house_tools import made_settings, rows
from upload_tools import (
    Moody,
    document,
    even,
    long_text,
    received,
    run_until,
    statuses,
    traces,
    upload,
    user,
    work,
)


@pytest.fixture
def embedder() -> Moody:
    """Counts and fails."""
    return Moody()


@pytest.fixture
def ada(house: House) -> int:
    """A user."""
    return user(house)


def test_a_file_becomes_ready(house: House, ada: int):
    identity = upload(house, ada, long_text("lidar"), "Lidar notes.md")
    assert document(house, identity).status == "queued"
    work(house)
    row = document(house, identity)
    assert (row.status, row.error, row.title) == ("ready", None, "The lidar book")
    assert row.progress_done == row.progress_total == even(house, ada) > BATCH
    assert row.last_processed_at is not None
    assert (row.attempts, row.claim, row.lease_until) == (0, None, None)


def test_a_text_is_called_by_its_name(house: House, ada: int):
    identity = upload(house, ada, "Just a few words.", "my_notes.txt")
    work(house)
    assert document(house, identity).title == "My notes"


def test_the_first_batch_can_be_found_before_the_last_is_there(house: House, ada: int):
    upload(house, ada, long_text("sonar"))
    assert house.documents.parse()
    assert house.documents.embed()
    assert even(house, ada) == FIRST
    assert statuses(house).popitem()[1] == "embedding"
    assert house.documents.embed()
    assert even(house, ada) == FIRST + BATCH
    work(house)
    assert even(house, ada) > FIRST + BATCH


def test_progress_never_says_done_before_it_is(house: House, ada: int):
    identity = upload(house, ada, long_text("sonar"))
    assert house.documents.parse()
    told = []
    while statuses(house)[identity] == "embedding":
        assert house.documents.embed()
        row = document(house, identity)
        told.append((row.progress_done, row.progress_total))
    assert all(done < total for done, total in told[:-1])
    assert [done for done, _ in told] == sorted(done for done, _ in told)
    # Once all is cut, what is left is known.
    assert {total for _, total in told[1:]} == {told[-1][0]} == {even(house, ada)}


def test_a_text_is_cut_as_far_as_it_is_needed(house: House, ada: int):
    """The first chunks of a long text don't wait for its last ones."""
    counted: list[int] = []
    count = house.embedder.count

    def counting(texts: Sequence[str]) -> list[int]:
        counted.append(sum(map(len, texts)))
        return count(texts)

    content = long_text("sonar", sections=60)
    upload(house, ada, content)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(type(house.embedder), "count", lambda _, texts: counting(texts))
        assert house.documents.parse()
        assert house.documents.embed()
    assert even(house, ada) == FIRST
    assert sum(counted) < len(content) / 5


def test_chunks_of_an_interrupted_older_version_go(house: House, ada: int):
    identity = upload(house, ada, long_text("sonar"))
    assert house.documents.parse()
    assert house.documents.embed()
    with house.database.writing() as session:
        first = session.scalars(select(DocumentChunk).order_by(DocumentChunk.position)).first()
        assert first is not None
        values = {column.name: getattr(first, column.name) for column in DocumentChunk.__table__.c}
        session.execute(insert(DocumentChunk).values(**{**values, "id": 1, "position": 999}))
    work(house)
    assert statuses(house)[identity] == "ready"
    with house.database.reading() as session:
        assert session.get(DocumentChunk, 1) is None
    even(house, ada)


def test_the_same_file_again_is_no_second_copy(house: House, ada: int):
    first = upload(house, ada, "Words.", "a.txt")
    again = house.intake.take(ada, received("Words.", "b.txt"))
    assert (again.duplicate, again.document.id) == (True, first)
    bob = user(house, "bob@example.org")
    assert upload(house, bob, "Words.", "a.txt") != first
    assert len(statuses(house)) == 2


def test_two_at_once_make_one(house: House, ada: int):
    barrier, found = threading.Barrier(4), []

    def send() -> None:
        item = received("The same words.", "a.txt")
        barrier.wait(10)
        found.append(house.intake.take(ada, item))

    threads = [threading.Thread(target=send) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({item.document.id for item in found}) == 1
    assert sum(not item.duplicate for item in found) == 1
    assert len(statuses(house)) == len(house.files.names("documents")) == 1


@pytest.mark.parametrize(
    ("content", "error", "sentence"),
    [
        (b"", Unusable, "empty"),
        (b"\x89PNG\r\n\x1a\n" + bytes(99), Unsupported, "image"),
        (bytes(range(256)) * 9, Unsupported, "isn't a text"),
    ],
)
def test_what_is_no_use_is_refused_and_leaves_nothing(
    house: House, ada: int, content: bytes, error: type[Exception], sentence: str
):
    with pytest.raises(error, match=sentence):
        house.intake.take(ada, received(content, "x.md"))
    too_large = received(b"x")
    too_large.too_large = True
    with pytest.raises(TooLarge, match="100 MB"):
        house.intake.take(ada, too_large)
    assert house.files.names("documents") == []
    assert statuses(house) == {}


def test_who_leaves_while_a_file_is_stored_takes_it_along(
    house: House, ada: int, monkeypatch: pytest.MonkeyPatch
):
    put = house.files.put

    def leaving(path: str, parts: Iterator[bytes], *, most: int) -> object:
        with house.database.writing() as session:
            house.personal.remove(session, ada)
        work(house)
        return put(path, parts, most=most)

    monkeypatch.setattr(house.files, "put", leaving)
    with pytest.raises(Unauthorized):
        house.intake.take(ada, received("Words.", "a.txt"))
    monkeypatch.undo()
    work(house)
    assert statuses(house) == {}
    assert house.files.names("documents") == []


def test_a_file_that_can_not_be_read_fails_with_its_sentence(house: House, ada: int):
    identity = upload(house, ada, "---\ntitle: only\n---\n")
    work(house)
    row = document(house, identity)
    assert (row.status, row.error) == (
        "failed",
        "It holds no text; if it shows pictures of text, add a PDF.",
    )


def test_a_stored_file_that_is_gone(house: House, ada: int):
    identity = upload(house, ada)
    house.files.delete(document(house, identity).raw_path or "")
    work(house)
    row = document(house, identity)
    assert row.status == "failed"
    assert "upload the file again" in (row.error or "")


def test_what_may_pass_is_tried_again_later(house: House, ada: int, embedder: Moody):
    identity = upload(house, ada)
    embedder.failing = 2
    work(house)
    row = document(house, identity)
    assert (row.status, row.error, row.attempts) == ("embedding", None, 1)
    assert row.due_at is not None
    for _ in range(2):
        _due_now(house)
        work(house)
    assert document(house, identity).status == "ready"
    even(house, ada)


def test_what_never_passes_fails_in_the_end(house: House, ada: int, embedder: Moody):
    identity = upload(house, ada)
    embedder.failing = 1_000
    for _ in range(claims.MOST_TRIES):
        _due_now(house)
        work(house)
    row = document(house, identity)
    assert row.status == "failed"
    assert f"{claims.MOST_TRIES} times" in (row.error or "")
    assert 1_000 - embedder.failing == claims.MOST_TRIES


def test_the_waits_grow_and_differ():
    waits = []
    for tries in range(1, claims.MOST_TRIES):
        row = Document(attempts=tries)
        found = claims.try_again(row, claims.Status.QUEUED, random.Random(tries))
        assert found is not None
        assert 2.0**tries * 0.5 <= found <= 2.0**tries * 1.5
        waits.append(found / 2.0**tries)
    assert len(set(waits)) == len(waits)


def test_a_file_that_kills_its_runner_is_given_up(house: House, ada: int):
    identity = upload(house, ada)
    for _ in range(claims.MOST_STARTS):
        states = (claims.Status.QUEUED, claims.Status.PARSING)
        with house.database.writing() as session:
            assert claims.take(session, Document, identity, states, claims.Status.PARSING)
        # The runner is killed here; the next one begins.
        with house.database.writing() as session:
            claims.free_all(session)
    # It has to wait, so that others come first.
    other = upload(house, ada, long_text("other", 1), "other.md")
    work(house)
    assert statuses(house) == {identity: "queued", other: "ready"}
    with house.database.writing() as session:
        session.get_one(Document, identity).due_at = now() - timedelta(seconds=1)
    work(house)
    row = document(house, identity)
    assert row.status == "failed"
    assert f"{claims.MOST_STARTS} times" in (row.error or "")


def test_kills_after_each_first_step_fail_nobody(
    house: House, ada: int, embedder: Moody, monkeypatch: pytest.MonkeyPatch
):
    """A server that dies in its second step, again and again: each start ends one step."""
    for owner in (ada, user(house, "bob@example.org")):
        upload(house, owner, long_text(f"radar{owner}", 30))
    while house.documents.parse():
        pass

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    for _ in range(2 * claims.MOST_STARTS + 2):
        with house.database.writing() as session:
            claims.free_all(session)
        fresh = build(house.settings, embedder=embedder)
        assert fresh.documents.embed() or "embedding" not in statuses(house).values()
        with monkeypatch.context() as patched:
            patched.setattr(embedder, "encode_with_spans", killed)
            with suppress(KeyboardInterrupt):
                fresh.documents.embed()
        fresh.close()
    assert "failed" not in statuses(house).values()


def test_a_dead_workers_document_is_taken_up_when_its_lease_ends(house: House, ada: int):
    identity = upload(house, ada)
    states = (claims.Status.QUEUED, claims.Status.PARSING)
    with house.database.writing() as session:
        token = claims.take(session, Document, identity, states, claims.Status.PARSING)
    work(house)
    assert document(house, identity).status == "parsing"
    with house.database.writing() as session:
        session.execute(update(Document).values(lease_until=now() - timedelta(seconds=1)))
    work(house)
    assert document(house, identity).status == "ready"
    # And it can't come back and write.
    with house.database.writing() as session, pytest.raises(claims.Lost):
        claims.hold(session, Document, identity, token or "")


def test_users_take_turns(house: House, ada: int):
    bob = user(house, "bob@example.org")
    for n in range(6):
        upload(house, ada, long_text(f"ada{n}", 3), f"{n}.md")
    small = [upload(house, bob, long_text(f"bob{n}", 3), f"{n}.md") for n in range(2)]
    for _ in range(4):
        house.documents.parse()
    for _ in range(12):
        house.documents.embed()
        if {statuses(house)[identity] for identity in small} == {"ready"}:
            break
    assert {statuses(house)[identity] for identity in small} == {"ready"}
    done = sum(status == "ready" for status in statuses(house).values())
    assert done <= 5


def test_small_files_first_but_nobody_waits_for_ever(house: House, ada: int):
    large = upload(house, ada, long_text("large", 30), "large.md")
    small = upload(house, ada, "Few words.", "small.md")
    house.documents.parse()
    assert statuses(house)[small] != "queued"
    smaller = upload(house, ada, "Few.", "smaller.md")
    with house.database.writing() as session:
        old = now() - timedelta(minutes=6)
        session.execute(update(Document).where(Document.id == large).values(created_at=old))
    house.documents.parse()
    assert statuses(house)[large] != "queued"
    assert statuses(house)[smaller] == "queued"


def test_reprocessing_embeds_nothing_anew(house: House, ada: int, embedder: Moody):
    identity = upload(house, ada, long_text("radar"))
    work(house)
    chunks, embedded = even(house, ada), len(embedder.embedded)
    before = _ids(house)
    with house.database.writing() as session:
        house.documents.enqueue(session, session.get_one(Document, identity))
    work(house)
    assert (even(house, ada), len(embedder.embedded)) == (chunks, embedded)
    assert document(house, identity).status == "ready"
    assert _ids(house) == before


def test_a_changed_text_keeps_its_equal_chunks(house: House, ada: int, embedder: Moody):
    identity = upload(house, ada, long_text("radar"))
    work(house)
    embedded = len(embedder.embedded)
    path = document(house, identity).raw_path or ""
    new = long_text("radar").replace("## Section 3\n", "A new first paragraph.\n\n## Section 3\n")
    house.files.put(path, [new.encode()], most=1_000_000)
    with house.database.writing() as session:
        house.documents.enqueue(session, session.get_one(Document, identity))
    work(house)
    even(house, ada)
    assert 0 < len(embedder.embedded) - embedded <= 3
    with house.database.reading() as session:
        words = session.scalars(select(DocumentChunk.text)).all()
    assert any("A new first paragraph." in part for part in words)


def test_deleting_leaves_nothing(house: House, ada: int):
    kept = upload(house, ada, long_text("kept"))
    before = rows(house)
    gone = upload(house, ada, long_text("gone"), "gone.md")
    work(house)
    with house.database.writing() as session:
        house.documents.bury(session, session.get_one(Document, gone))
    assert traces(house, gone)
    work(house)
    assert traces(house, gone) == []
    assert even(house, ada) > 0
    with house.database.writing() as session:
        house.documents.bury(session, session.get_one(Document, kept))
    work(house)
    left = rows(house)
    assert {name: n for name, n in left.items() if n != before[name]} == {"documents": 0}
    assert house.files.names("documents") == []


def test_a_document_deleted_while_it_is_embedded(
    house: House, ada: int, monkeypatch: pytest.MonkeyPatch
):
    identity = upload(house, ada, long_text("gone"))
    house.documents.parse()
    real = Moody.encode_with_spans

    def deleting(self: Moody, texts: Sequence[str], spans: Sequence[Sequence[tuple[int, int]]]):  # type: ignore[no-untyped-def]  # noqa: ANN202
        with house.database.writing() as session:
            house.documents.bury(session, session.get_one(Document, identity))
        house.documents.remove(identity)
        return real(self, texts, spans)

    monkeypatch.setattr(Moody, "encode_with_spans", deleting)
    house.documents.embed()
    work(house)
    assert traces(house, identity) == []
    assert even(house, ada) == 0


def test_a_deletion_cut_short_is_finished(house: House, ada: int, monkeypatch: pytest.MonkeyPatch):
    identity = upload(house, ada, long_text("gone"))
    work(house)
    with house.database.writing() as session:
        house.documents.bury(session, session.get_one(Document, identity))

    def killed(_: str) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(house.files, "delete", killed)
        with pytest.raises(KeyboardInterrupt):
            house.documents.remove(identity)
    work(house)
    assert traces(house, identity) == []


def test_an_upload_cut_short_leaves_nothing_for_long(
    house: House, ada: int, monkeypatch: pytest.MonkeyPatch
):
    real: Callable[..., object] = house.files.put

    def killed(*args: object, **more: object) -> None:
        real(*args, **more)
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(house.files, "put", killed)
        with pytest.raises(KeyboardInterrupt):
            house.intake.take(ada, received("Words.", "a.txt"))
    assert len(house.files.names("documents")) == 1
    work(house)
    assert len(house.files.names("documents")) == 1
    with house.database.writing() as session:
        session.execute(update(Document).values(deleted_at=now() - timedelta(seconds=1)))
    work(house)
    assert house.files.names("documents") == []
    assert statuses(house) == {}


def test_the_queue_runs_by_itself_and_yields_to_questions(house: House, ada: int):
    stop = threading.Event()
    runner = run_until(house, stop)
    try:
        ids = [upload(house, ada, long_text(f"t{n}", 2), f"{n}.md") for n in range(3)]
        for _ in range(300):
            if set(statuses(house).values()) == {"ready"}:
                break
            stop.wait(0.1)
        assert {document(house, identity).status for identity in ids} == {"ready"}
    finally:
        stop.set()
        runner.join(20)
    assert not runner.is_alive()


@pytest.fixture
def second(tmp_path: Path, database_url: str) -> Iterator[House]:
    """Another process's house on the same data."""
    built = build(made_settings(tmp_path, database_url), embedder=FakeEmbedder())
    yield built
    built.close()


def test_one_runner_per_data_folder(house: House, second: House):
    stops, threads = [threading.Event(), threading.Event()], []
    began: list[int] = []
    for n, (built, stop) in enumerate(zip((house, second), stops, strict=True)):
        steps = {"look": lambda n=n: bool(began.append(n))}
        threads.append(threading.Thread(target=built.queue.run, args=(steps, stop)))
        threads[-1].start()
        stop.wait(0.3)
    assert set(began) == {0}
    stops[0].set()
    threads[0].join(10)
    stops[1].wait(1.5)
    assert began[-1] == 1
    stops[1].set()
    threads[1].join(10)


def _due_now(house: House) -> None:
    with house.database.writing() as session:
        session.execute(update(Document).values(due_at=None))


def _ids(house: House) -> list[int]:
    with house.database.reading() as session:
        return sorted(session.scalars(select(DocumentChunk.id)))
