"""Real books added whole: every chunk is the chapter's own text, and nothing is cut in half."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import undefer

from glossator.gateways.embedders.bundled import BundledEmbedder
from glossator.gateways.fakes import FakeEmbedder
from glossator.ingestion.chunking import Chunk, chunk
from glossator.ingestion.pipeline import Added
from glossator.ingestion.readers.detect import read_sources
from glossator.ingestion.sources import BookSource, ChapterSource, ReadLimits
from glossator.library import books
from glossator.library.content import BlockKind
from glossator.library.tables import Document, DocumentChunk, DocumentEmbedding
from glossator.schema import migrate
from glossator.wiring import House, build
from house_tools import made_settings
from real_data import BOOKS

ADDED = ("docusaurus-starter", "mdbook-guide")
# The others have the tables and formulas that those two lack; adding them takes too long here.
CHUNKED = (*ADDED, "docusaurus-robotics", "mkdocs-cp-algorithms")
WHOLE = (BlockKind.CODE, BlockKind.TABLE, BlockKind.MATH, BlockKind.FIGURE)
PIECES = 254

pytestmark = pytest.mark.skipif(
    BOOKS is None, reason="The real textbooks aren't beside this repository."
)


@dataclass(frozen=True, slots=True)
class Shelf:
    """A book as read, and as added with the fake embedder."""

    house: House
    source: BookSource
    added: Added


Chunked = tuple[tuple[ChapterSource, tuple[Chunk, ...]], ...]


def _read(name: str) -> BookSource:
    assert BOOKS is not None
    return next(s for s in read_sources([BOOKS / name], ReadLimits()) if s.version is None)


@pytest.fixture(scope="module", params=ADDED)
def shelf(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Shelf]:
    source = _read(request.param)
    house = build(made_settings(tmp_path_factory.mktemp("shelf")), embedder=FakeEmbedder())
    migrate(house.database)
    yield Shelf(house, source, house.pipeline.add_book(source, request.param))
    house.close()


@pytest.fixture(scope="module", params=CHUNKED)
def chunked(request: pytest.FixtureRequest, real_embedder: BundledEmbedder) -> Chunked:
    """A book's chapters with their chunks, cut by the real tokenizer."""
    return tuple(
        (chapter, tuple(chunk(chapter.content, chapter.title, real_embedder.count)))
        for chapter in _read(request.param).chapters
    )


def test_every_chapter_is_there_in_order_with_its_text(shelf: Shelf):
    with shelf.house.database.reading() as session:
        book = books.get(session, shelf.added.book_id)
        rows = session.scalars(
            select(Document).options(undefer(Document.text)).order_by(Document.position)
        ).all()
        listed = [row.chapter_id for row in books.chapters(session, book)]
    stored = {(row.chapter_id, row.language): row.text for row in rows}
    assert listed == [chapter.chapter_id for chapter in shelf.source.chapters]
    for chapter in (*shelf.source.chapters, *shelf.source.translations):
        assert stored[chapter.chapter_id, chapter.language] == chapter.content.text
    assert shelf.added.words == sum(len(c.content.text.split()) for c in shelf.source.chapters)


def test_every_stored_chunk_is_its_stretch_of_the_text(shelf: Shelf):
    with shelf.house.database.reading() as session:
        stored = session.scalars(select(DocumentChunk)).all()
        texts = {row: books.text_of(session, row) for row in {c.document_id for c in stored}}
        vectors = session.scalar(select(func.count()).select_from(DocumentEmbedding))
    assert len(stored) == shelf.added.chunks > 50
    assert vectors == sum(item.kind != "code" for item in stored)
    for item in stored:
        assert texts[item.document_id][item.start : item.end] == item.text


def test_no_word_of_the_text_is_outside_all_chunks(chunked: Chunked):
    for chapter, chunks in chunked:
        covered = bytearray(len(chapter.content.text))
        for item in chunks:
            covered[item.start : item.end] = b"\1" * (item.end - item.start)
        for block in chapter.content.blocks:
            if block.kind is BlockKind.HEADING:
                continue
            left = "".join(
                char
                for at, char in enumerate(chapter.content.text[block.start : block.end])
                if not covered[block.start + at]
            )
            # The markers of a list's items belong to no sentence.
            assert not any(char.isalpha() for char in left), (chapter.chapter_id, left)


def test_what_is_embedded_fits_the_encoder(chunked: Chunked, real_embedder: BundledEmbedder):
    assert real_embedder.max_pieces == PIECES
    embedded = [item for _, chunks in chunked for item in chunks if item.embed]
    pieces = real_embedder.count([item.embed for item in embedded])
    assert max(pieces) <= PIECES
    assert all((item.embed == "") is (item.kind == "code") for _, cs in chunked for item in cs)


def test_no_chunk_begins_or_ends_inside_a_listing_table_or_formula(chunked: Chunked):
    for chapter, chunks in chunked:
        whole = [block for block in chapter.content.blocks if block.kind in WHOLE]
        for item in chunks:
            cut = [
                block
                for block in whole
                if block.start < item.start < block.end or block.start < item.end < block.end
            ]
            assert cut == [], (chapter.chapter_id, chapter.content.text[item.start : item.end])


def test_a_listing_is_a_chunk_of_its_own_and_is_not_embedded_with_prose(chunked: Chunked):
    for chapter, chunks in chunked:
        listings = {(b.start, b.end) for b in chapter.content.blocks if b.kind is BlockKind.CODE}
        assert {(item.start, item.end) for item in chunks if item.kind == "code"} == listings
        for item in chunks:
            if item.kind == "code":
                continue
            for start, end in item.sentences:
                assert not any(start < b and a < end for a, b in listings)


def test_a_chunk_stays_within_one_section(chunked: Chunked):
    for chapter, chunks in chunked:
        starts = [heading.start for heading in chapter.content.headings]
        borders = [0, *starts, len(chapter.content.text)]
        tops = {b.start for b in chapter.content.blocks if b.kind is BlockKind.HEADING}
        for item in chunks:
            inside = [at for at in borders if item.start < at < item.end and at in tops]
            assert inside == []
            assert item.heading_path[0] == chapter.title
        assert all(one.start <= other.start for one, other in pairwise(chunks))
