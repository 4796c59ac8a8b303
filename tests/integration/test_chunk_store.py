"""Chunks kept in memory: never one that is gone, changed or another's, never more than allowed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import event, select

from glossator.gateways.fakes import FakeEmbedder
from glossator.gateways.ports import Embedder, Scope
from glossator.ingestion.sources import BookSource
from glossator.library.chunk_store import ChunkStore
from glossator.library.embeddings import versions
from glossator.library.tables import DocumentChunk
from glossator.wiring import House, build
from house_tools import chunk_ids, made_settings
from small_books import CHAPTERS, SENSORS, book, chapter

ROBOTS = ("book:robots",)


@pytest.fixture
def other(database_url: str, tmp_path: Path, embedder: Embedder) -> Iterator[House]:
    """A second process on the same database, as far as caches go."""
    built = build(made_settings(tmp_path, database_url), embedder=embedder)
    yield built
    built.close()


@pytest.fixture
def store() -> ChunkStore:
    return made(4_000_000)


def made(cache_bytes: int) -> ChunkStore:
    return ChunkStore(FakeEmbedder.name, FakeEmbedder.dimensions, cache_bytes=cache_bytes)


def seen(
    house: House, store: ChunkStore, chunks: list[int], collections: tuple[str, ...] = ROBOTS
) -> tuple[dict[int, str], set[int], int]:
    """The passages' texts, the chunks with vectors, and how many statements that took."""
    statements: list[str] = []

    def note(_c: object, _k: object, statement: str, *_: object) -> None:
        statements.append(statement)

    with house.database.reading() as session:
        current = versions(session, collections)
        event.listen(house.database.engine, "before_cursor_execute", note)
        try:
            passages = store.passages(session, current, chunks)
            outlines = store.outlines(session, current, chunks)
        finally:
            event.remove(house.database.engine, "before_cursor_execute", note)
    texts = {chunk: held.passage.text for chunk, held in passages.items()}
    return texts, set(outlines), len(statements)


def stored(house: House) -> dict[int, str]:
    with house.database.reading() as session:
        return {row.id: row.text for row in session.execute(
            select(DocumentChunk.id, DocumentChunk.text)
        )}  # fmt: skip


def answers(house: House, question: str) -> list[str]:
    with house.database.reading() as session:
        result = house.search.search(session, Scope(ROBOTS), question)
    return [found.ranked.passage.text for found in result.found]


def test_what_was_read_once_is_not_read_again(house: House, store: ChunkStore):
    house.pipeline.add_book(book(), "robots")
    ids = chunk_ids(house)
    first, with_vectors, statements = seen(house, store, ids)
    assert (first, statements) == (stored(house), 2)
    # Code has no vectors, and that is remembered too.
    assert len(with_vectors) == len(ids) - 1
    assert seen(house, store, ids) == (first, with_vectors, 0)


def test_a_passage_knows_its_document(house: House, store: ChunkStore):
    house.pipeline.add_book(book(), "robots")
    with house.database.reading() as session:
        held = store.passages(session, versions(session, ROBOTS), chunk_ids(house))
    documents = {item.document.chapter_id: item.document.title for item in held.values()}
    assert documents == {"part-1/sensors": "Sensors", "part-1/control": "Control"}
    assert all(item.document.id == item.passage.document_id for item in held.values())


def test_what_another_process_changed_is_read_anew(house: House, other: House, store: ChunkStore):
    house.pipeline.add_book(book(), "robots")
    before = stored(house)
    seen(house, store, list(before))
    changed = {**CHAPTERS, "part-1/sensors": SENSORS.replace("short pulses", "tiny pulses")}
    other.pipeline.add_book(book(changed), "robots")
    found, with_vectors, _ = seen(house, store, [*before, *stored(house)])
    assert found == stored(house) != before
    assert with_vectors <= set(found)


def test_an_address_that_another_process_changed_is_read_anew(house: House, other: House):
    for place in ("old/arm", "new/arm"):
        moved = chapter("c", "# Arm\n\nThe arm turns left.", url_path=place)
        source = BookSource(kind="plain", title="Robots", chapters=(moved,))
        other.pipeline.add_book(source, "robots")
        with house.database.reading() as session:
            result = house.search.search(session, Scope(ROBOTS), "arm turns left")
        assert [found.document.url_path for found in result.found] == [place]


def test_what_another_process_removed_is_gone(house: House, other: House, store: ChunkStore):
    house.pipeline.add_book(book(), "robots")
    ids = chunk_ids(house)
    seen(house, store, ids)
    assert any("lidar" in text.lower() for text in answers(house, "lidar pulses"))
    other.pipeline.add_book(book({"part-1/control": CHAPTERS["part-1/control"]}), "robots")
    assert seen(house, store, ids)[0] == stored(house)
    assert not any("lidar" in text.lower() for text in answers(house, "lidar pulses"))
    other.pipeline.remove_book("robots")
    assert seen(house, store, ids)[:2] == ({}, set())
    assert answers(house, "lidar pulses") == []
    other.pipeline.add_book(book(), "robots")
    assert seen(house, store, ids)[0] == stored(house)


def test_a_stranger_sees_nothing_of_it_whether_kept_or_not(house: House, store: ChunkStore):
    house.pipeline.add_book(book(), "robots")
    house.pipeline.add_book(book({"z": "# Zoo\n\nA zoo has animals."}), "zoo")
    ids = chunk_ids(house)
    mine = {chunk for chunk in ids if "zoo" not in stored(house)[chunk]}
    for _ in range(2):
        assert set(seen(house, store, ids, ("book:zoo",))[0]) == set(ids) - mine
        assert set(seen(house, store, ids)[0]) == mine
        for nobody in ((), ("book:unknown",)):
            assert seen(house, store, ids, nobody)[:2] == ({}, set())
    assert set(seen(house, store, ids, ("book:zoo", *ROBOTS))[0]) == set(ids)


def test_a_transaction_that_began_earlier_still_sees_its_own_state(
    house: House, other: House, store: ChunkStore
):
    house.pipeline.add_book(book(), "robots")
    before = stored(house)
    changed = {**CHAPTERS, "part-1/sensors": SENSORS.replace("short pulses", "tiny pulses")}
    with house.database.reading() as session:
        then = versions(session, ROBOTS)
        other.pipeline.add_book(book(changed), "robots")
        after, _, _ = seen(other, store, list(stored(other)))
        assert after == stored(other)
        held = store.passages(session, then, list(before))
        assert {chunk: item.passage.text for chunk, item in held.items()} == before
    # And what it read of the old state isn't given to those that came later.
    assert seen(other, store, [*before, *after])[0] == after


def test_memory_stays_within_its_limit(house: House):
    house.pipeline.add_book(book(), "robots")
    ids = chunk_ids(house)
    small = made(40_000)
    for chunk in (*ids, *ids[::-1]):
        assert set(seen(house, small, [chunk])[0]) == {chunk}
        for kept in (small._outlines, small._passages):
            assert kept._bytes == sum(entry.size for entry in kept._entries.values())
            assert kept._bytes <= kept._limit
    assert 0 < len(small._passages._entries) < len(ids)
    # More than fits is still answered.
    assert set(seen(house, made(1), ids)[0]) == set(ids)
