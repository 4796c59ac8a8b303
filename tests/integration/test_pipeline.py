"""A book comes in: repeatable, only changes embedded, nothing left behind."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from glossator.foundation.errors import NotFound
from glossator.gateways.ports import Scope
from glossator.library import books
from glossator.library.tables import (
    Collection,
    Document,
    DocumentChunk,
)
from glossator.wiring import House, build
from house_tools import chunk_ids, rows, texts_found
from small_books import CHAPTERS, CONTROL, SENSORS, book, chapter

SCOPE = Scope(("book:robots",))


def test_a_new_book(house: House):
    added = house.pipeline.add_book(book(), "robots", url="https://example.com")
    assert (added.chapters, added.new, added.changed, added.unchanged) == (2, 2, 0, 0)
    counted = rows(house)
    assert added.chunks == counted["document_chunks"] == counted["chunk_words"]
    code = 1
    assert added.chunks_embedded == counted["document_embeddings"] == added.chunks - code
    assert counted["documents"] == 2
    assert added.words > 150


def test_every_offset_points_at_its_text(house: House):
    house.pipeline.add_book(book(), "robots")
    with house.database.reading() as session:
        for document in session.scalars(select(Document)):
            body = books.text_of(session, document.id)
            held = session.scalars(
                select(DocumentChunk).where(DocumentChunk.document_id == document.id)
            ).all()
            assert held
            for chunk in held:
                assert body[chunk.start : chunk.end] == chunk.text
            for block in books.blocks(session, document.id):
                assert body[block.start : block.end].strip()
            headings = session.scalar(select(Document.headings).where(Document.id == document.id))
            assert all(body[h["start"] :].startswith("#") for h in headings or [])


def test_adding_again_costs_nothing_and_changes_nothing(house: House):
    house.pipeline.add_book(book(), "robots")
    before, counted = chunk_ids(house), rows(house)
    again = house.pipeline.add_book(book(), "robots")
    assert (again.unchanged, again.new, again.changed, again.removed) == (2, 0, 0, 0)
    assert again.chunks_embedded == 0
    assert again.chunks == len(before)
    assert (chunk_ids(house), rows(house)) == (before, counted)


def test_one_changed_sentence_embeds_its_own_chunk_alone(house: House):
    house.pipeline.add_book(book(), "robots")
    before = chunk_ids(house)
    changed = {**CHAPTERS, "part-1/sensors": SENSORS.replace("short pulses", "tiny pulses")}
    added = house.pipeline.add_book(book(changed), "robots")
    assert (added.changed, added.unchanged, added.chunks_embedded) == (1, 1, 1)
    after = chunk_ids(house)
    assert len(after) == len(before)
    assert len(set(after) - set(before)) == 1
    assert rows(house)["document_embeddings"] == len(after) - 1
    assert not any("short pulses" in found for found in texts_found(house, "short pulses of light"))
    assert "tiny pulses" in texts_found(house, "tiny pulses of light")[0]


def test_quotes_still_lie_right_when_only_a_listing_between_them_changed(house: House):
    first = "# T\n\nThe arm turns left.\n\n```\nx\n```\n\nThe gripper opens wide."
    house.pipeline.add_book(book({"c": first}), "robots")
    longer = first.replace("\nx\n", "\nx = 1\ny = 2\n")
    added = house.pipeline.add_book(book({"c": longer}), "robots")
    assert added.changed == 1
    with house.database.reading() as session:
        result = house.search.search(session, SCOPE, "gripper opens wide")
    passage = next(f.ranked.passage for f in result.found if f.ranked.passage.kind == "prose")
    quotes = [passage.text[a:b] for a, b in passage.spans.tolist()]
    assert quotes == ["The arm turns left.", "The gripper opens wide."]


def test_a_new_chapter_in_front_moves_the_others_without_embedding_them(house: House):
    house.pipeline.add_book(book(), "robots")
    before = chunk_ids(house)
    added = house.pipeline.add_book(
        book({"intro": "# Intro\n\nHello there.", **CHAPTERS}), "robots"
    )
    assert (added.new, added.chunks_embedded) == (1, 1)
    assert chunk_ids(house)[1:] == before


def test_a_chapter_that_vanished_goes_whole(house: House):
    house.pipeline.add_book(book(), "robots")
    added = house.pipeline.add_book(book({"part-1/control": CONTROL}), "robots")
    assert (added.removed, added.chapters) == (1, 1)
    counted = rows(house)
    assert counted["documents"] == 1
    assert counted["chunk_words"] == counted["document_chunks"] == added.chunks
    assert not any("lidar" in found.lower() for found in texts_found(house, "lidar pulses"))


def test_a_removed_book_leaves_nothing_anywhere(house: House):
    house.pipeline.add_book(book(translations=(chapter("x", "# X\n\nHola.", language="es"),)), "r")
    house.pipeline.remove_book("r")
    assert set(rows(house).values()) == {0}
    with pytest.raises(NotFound):
        house.pipeline.remove_book("r")


def test_a_removed_book_takes_nothing_of_another(house: House):
    house.pipeline.add_book(book(), "one")
    alone = rows(house)
    house.pipeline.add_book(book(), "two")
    house.pipeline.remove_book("two")
    assert rows(house) == alone


def test_a_book_removed_and_added_anew_is_found_by_whoever_searched_before(house: House):
    house.pipeline.add_book(book({"c": "# A\n\nThe arm turns left."}), "robots")
    assert texts_found(house, "which way does it turn")
    # Another process than the one that searches.
    other = build(house.settings, embedder=house.embedder)
    other.pipeline.remove_book("robots")
    other.pipeline.add_book(book({"c": "# B\n\nGrippers open wide."}), "robots")
    other.close()
    assert texts_found(house, "zzz") == ["Grippers open wide."]


def test_a_renamed_book_keeps_its_id_and_chunks(house: House):
    house.pipeline.add_book(book(), "robots")
    before = chunk_ids(house)
    with house.database.writing() as session:
        books.rename(session, "robots", "New name")
    with house.database.reading() as session:
        assert books.get(session, "robots").title == "New name"
    assert chunk_ids(house) == before
    with pytest.raises(NotFound), house.database.writing() as session:
        books.rename(session, "nowhere", "x")


def test_the_url_stays_until_another_is_given(house: House):
    for url, wanted in (
        ("https://a", "https://a"),
        (None, "https://a"),
        ("https://b", "https://b"),
    ):
        house.pipeline.add_book(book(), "robots", url=url)
        with house.database.reading() as session:
            assert books.get(session, "robots").url == wanted


def test_a_stop_between_chapters_is_made_good_by_the_next_add(house: House):
    class Stopped(Exception):
        """Stands for whatever ends a run."""

    def stop(progress: object) -> None:
        if getattr(progress, "done", 0) == 1:
            raise Stopped

    with pytest.raises(Stopped):
        house.pipeline.add_book(book(), "robots", report=stop)
    assert rows(house)["documents"] == 1
    added = house.pipeline.add_book(book(), "robots")
    assert (added.new, added.unchanged) == (1, 1)


def test_searches_of_another_process_see_a_change_at_once(house: House):
    house.pipeline.add_book(book({"c": "# A\n\nThe arm turns left."}), "robots")
    assert texts_found(house, "arm")
    with house.database.reading() as session:
        version = session.scalar(select(Collection.version))
    house.pipeline.add_book(book({"c": "# A\n\nThe arm turns right."}), "robots")
    with house.database.reading() as session:
        assert session.scalar(select(Collection.version)) != version
    assert texts_found(house, "arm") == ["The arm turns right."]
