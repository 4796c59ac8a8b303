"""LangChain's splitter as our chunker: its pieces, at exact places, readable by the encoder."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from glossator.foundation.errors import Unavailable
from glossator.gateways.fakes import FakeEmbedder
from glossator.ingestion import recursive
from glossator.ingestion.chunking import Chunk, ChunkSizes, chunk
from glossator.ingestion.recursive import RecursiveSizes, cut
from glossator.library.content import CanonicalText
from small_books import CONTROL, SENSORS, content

splitters = pytest.importorskip(
    "langchain_text_splitters", reason="The extra langchain isn't installed."
)
COUNT = FakeEmbedder().count
SMALL = RecursiveSizes(size=120, overlap=40, limit=60, prefix=12)
PIECES = (
    "# Head of a part",
    "A robot turns. A robot turns. A robot turns.",
    "It sees a wall, and it stops; then it turns again and again and again and again.",
    "- one item\n- one item\n- another item of the list",
    "| a | b |\n|---|---|\n| 1 | 2 |\n| 1 | 2 |",
    "```python\nwhile True:\n    turn()\n    turn()\n```",
    "x" * 300,
    "روبوٹ مڑتا ہے۔ روبوٹ مڑتا ہے۔",
)
chapters = st.lists(st.sampled_from(PIECES), min_size=1, max_size=9).map(
    lambda parts: content("\n\n".join(parts))
)


def cut_small(chapter: CanonicalText) -> list[Chunk]:
    return list(cut(chapter, "The title", COUNT, SMALL))


@settings(max_examples=60, deadline=None)
@given(chapters)
def test_the_pieces_are_the_splitters_own_at_exact_places(chapter: CanonicalText):
    splitter = splitters.RecursiveCharacterTextSplitter(chunk_size=120, chunk_overlap=40)
    found = cut_small(chapter)
    assert [chapter.text[c.start : c.end] for c in found] == splitter.split_text(chapter.text)
    assert all(a.start < b.start for a, b in pairwise(found))


@settings(max_examples=60, deadline=None)
@given(chapters)
def test_a_chunk_holds_its_sentences_and_fits_the_encoder(chapter: CanonicalText):
    for item in cut_small(chapter):
        assert all(item.start <= a < b <= item.end for a, b in item.sentences)
        assert len(item.places) == len(item.sentences)
        assert all(0 <= a <= b <= len(item.embed) for a, b in item.places)
        assert COUNT([item.embed])[0] <= SMALL.limit
        assert bool(item.embed) is (item.kind != "code")


def test_the_headings_above_it_stand_in_front():
    found = list(cut(content(CONTROL), "Control", COUNT, SMALL))
    assert all(item.heading_path[0] == "Control" for item in found)
    assert {len(item.heading_path) for item in found} > {1}
    assert all(item.embed.startswith("Control") for item in found if item.embed)


def test_every_letter_of_a_text_is_found():
    chapter = content(SENSORS)
    covered = [False] * len(chapter.text)
    for item in cut_small(chapter):
        covered[item.start : item.end] = [True] * (item.end - item.start)
    left = "".join(c for c, there in zip(chapter.text, covered, strict=True) if not there)
    assert not left.strip()


def test_hashes_tell_size_and_chunker_apart():
    chapter = content(SENSORS)
    ours = {item.hash for item in chunk(chapter, "Sensors", COUNT)}
    theirs = {item.hash for item in cut(chapter, "Sensors", COUNT, RecursiveSizes())}
    assert not ours & theirs
    assert theirs != {item.hash for item in cut(chapter, "Sensors", COUNT, SMALL)}
    assert ours == {item.hash for item in cut(chapter, "Sensors", COUNT, ChunkSizes())}


def test_without_the_extra_the_command_is_named(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    with pytest.raises(Unavailable, match=r"pip install 'glossator\[langchain\]'"):
        recursive.check()
