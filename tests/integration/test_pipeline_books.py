"""What books may be: translated, mixed, versioned, alike, odd, in either database."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import func, select

from glossator.accounts.callers import Guest
from glossator.gateways.ports import Embedder
from glossator.library import access, books
from glossator.library.tables import (
    DocumentBlock,
    DocumentChunk,
    DocumentEmbedding,
)
from glossator.wiring import House, build
from house_tools import chunk_ids, made_settings, rows
from small_books import book, chapter


def test_the_authors_translation_is_kept_and_not_searched(house: House):
    spanish = chapter("part-1/sensors", "# Sensores\n\nUn sensor lidar mide.", language="es")
    added = house.pipeline.add_book(book(translations=(spanish,)), "robots")
    assert (added.chapters, added.translations) == (2, 1)
    with house.database.reading() as session:
        languages = books.languages(session, "robots")
        found = books.chapters(session, books.get(session, "robots"))
        held = session.scalars(select(DocumentChunk.text)).all()
        blocks = session.scalar(select(func.count()).select_from(DocumentBlock))
    assert languages == {"part-1/sensors": ["en", "es"], "part-1/control": ["en"]}
    assert [row.language for row in found] == ["en", "en"]
    assert not any("Un sensor" in item for item in held)
    assert blocks
    again = house.pipeline.add_book(book(), "robots")
    assert again.unchanged == 2
    with house.database.reading() as session:
        assert books.languages(session, "robots")["part-1/sensors"] == ["en"]


def test_a_chapter_in_another_language_than_its_book_is_still_a_chapter(house: House):
    house.pipeline.add_book(
        book(translations=(chapter("part-1/sensors", "# S\n\nUno.", language="es"),)), "robots"
    )
    source = book()
    urdu = chapter("urdu", "# اردو\n\nیہ روبوٹ ہے۔", language="ur")
    mixed = book()
    mixed = type(source)(
        kind="plain", title="Robots", chapters=(*source.chapters, urdu), translations=()
    )
    house.pipeline.add_book(mixed, "robots")
    with house.database.reading() as session:
        shelf = books.get(session, "robots")
        listed = [row.chapter_id for row in books.chapters(session, shelf)]
        _, document = books.chapter(session, [shelf], "urdu")
    assert listed == ["part-1/sensors", "part-1/control", "urdu"]
    assert document.language == "ur"


def test_two_versions_are_searched_apart(house: House):
    house.pipeline.add_book(book({"c": "# A\n\nThe old arm turns."}, version="1"), "jest@1")
    house.pipeline.add_book(book({"c": "# A\n\nThe new arm turns."}), "jest")
    with house.database.reading() as session:
        for name, word in (("jest", "new"), ("jest@1", "old")):
            scope = access.scope(session, Guest(), book_ids=[name])
            assert scope.collections == (f"book:{name}",)
            found = house.search.search(session, scope, "the arm turns").found
            assert [f.ranked.passage.text for f in found] == [f"The {word} arm turns."]


def test_equal_chunks_of_two_books_are_embedded_once(house: House):
    first = house.pipeline.add_book(book(), "one")
    second = house.pipeline.add_book(book(), "two")
    assert first.chunks == second.chunks
    assert second.chunks_embedded == 0
    assert len(set(chunk_ids(house))) == first.chunks * 2


def test_equal_paragraphs_in_one_chapter_are_chunks_of_their_own(house: House):
    same = "# T\n\n" + "\n\n".join(
        f"## Same\n\nThe arm turns.\n\n```\n{'x' * 500}\n```" for _ in "abc"
    )
    added = house.pipeline.add_book(book({"c": same}), "robots")
    assert added.chunks == 6 == len(set(chunk_ids(house)))


def test_odd_characters_in_a_source_do_not_stop_a_book(house: House):
    odd = chapter("odd", "# T\n\nA lone \ud800 surrogate.", title="Half \udc80 title",
                  part=("P \ud800",), source_path="f\udcff.md")  # fmt: skip
    source = book({"fine": "# Fine\n\nAll good."})
    both = type(source)(kind="plain", title="B \udcff", chapters=(odd, *source.chapters))
    added = house.pipeline.add_book(both, "robots")
    assert added.new == 2
    assert house.pipeline.add_book(both, "robots").unchanged == 2
    with house.database.reading() as session:
        for found in session.scalars(select(DocumentChunk)):
            body = books.text_of(session, found.document_id)
            assert body[found.start : found.end] == found.text


def test_both_databases_hold_the_same(
    postgres_url: str, sqlite_url: str, tmp_path: Path, embedder: Embedder
):
    held = []
    for url in (postgres_url, sqlite_url):
        built = build(made_settings(tmp_path, url), embedder=embedder)
        built.pipeline.add_book(book(), "robots")
        with built.database.reading() as session:
            vectors = session.execute(
                select(DocumentEmbedding).order_by(DocumentEmbedding.chunk_id)
            ).scalars()
            held.append(
                (
                    chunk_ids(built),
                    [(v.chunk_id, v.vector, v.sentences, v.spans, v.tokens) for v in vectors],
                    rows(built),
                    built.words.count(session, "book:robots"),
                )
            )
        built.close()
    assert held[0] == held[1]
