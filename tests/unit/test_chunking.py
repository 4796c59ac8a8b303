"""Chunks cover the prose, cut nothing that must stay whole, and fit the encoder."""

from __future__ import annotations

import time
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from glossator.gateways.fakes import FakeEmbedder
from glossator.ingestion.chunking import Chunk, ChunkSizes, chunk
from glossator.library.content import Block, BlockKind, CanonicalText
from glossator.library.plain import plain
from small_books import CONTROL, SENSORS, content

COUNT = FakeEmbedder().count
SIZES = ChunkSizes()
SMALL = ChunkSizes(target=20, overlap=6, limit=40, prefix=10, inline_code=60)

WORDS = "robot arm sees a wall; it turns the motor so that error falls in two steps of x".split()


def sentence(n: int) -> str:
    """A sentence of n words, different for different n."""
    return f"S{n} " + " ".join(WORDS[at % len(WORDS)] for at in range(n)) + "."


MAKERS = {
    "paragraph": lambda n: " ".join(sentence(n + at) for at in range(n % 5 + 1)),
    "long": lambda n: " ".join(["word"] * (3 * n + 60)),
    "heading": lambda n: "#" * (n % 4 + 1) + f" Part {n} " + " ".join(WORDS[: n % 12]),
    "listing": lambda n: "```python\n" + "\n".join(WORDS[: n % 17]) + f"\n{n}\n```",
    "table": lambda n: (
        "| a | b |\n|---|---|\n" + "\n".join(f"| {at} | {sentence(at)} |" for at in range(n % 13))
    ),
    "list": lambda n: "\n".join(f"- {sentence(n + at)}" for at in range(n % 6 + 1)),
    "formula": lambda n: "$$\n" + " + ".join(WORDS[: n % 15 + 1]) + "\n$$",
}
# A few drawn numbers stand for each block: drawing it letter by letter takes ten times as long.
chapters = st.lists(
    st.tuples(st.sampled_from(sorted(MAKERS)), st.integers(0, 40)), max_size=12
).map(lambda drawn: content("\n\n".join(MAKERS[kind](n) for kind, n in drawn)))
some = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def chunks_of(text: CanonicalText, sizes: ChunkSizes = SMALL) -> list[Chunk]:
    return chunk(text, "The title", COUNT, sizes)


@some
@given(chapters)
def test_a_chunk_is_a_stretch_of_the_text_and_holds_its_sentences(chapter: CanonicalText):
    for item in chunks_of(chapter):
        assert 0 <= item.start < item.end <= len(chapter.text)
        assert chapter.text[item.start : item.end].strip()
        assert all(item.start <= a < b <= item.end for a, b in item.sentences)
        assert all(b <= c for (_, b), (c, _) in pairwise(item.sentences))


@some
@given(chapters)
def test_places_say_where_the_encoder_reads_each_sentence(chapter: CanonicalText):
    for item in chunks_of(chapter):
        assert len(item.places) == len(item.sentences)
        for (a, b), (c, d) in zip(item.sentences, item.places, strict=True):
            read, whole = item.embed[c:d], plain(chapter.text[a:b])
            assert read == whole or (d == len(item.embed) and whole.startswith(read))


@some
@given(chapters)
def test_what_is_embedded_fits_the_encoder(chapter: CanonicalText):
    for sizes in (SMALL, SIZES):
        for item in chunks_of(chapter, sizes):
            assert COUNT([item.embed])[0] <= sizes.limit
            assert (item.embed == "") == (item.kind == "code")


def kept_whole(block: Block) -> bool:
    return block.kind in (BlockKind.CODE, BlockKind.TABLE, BlockKind.MATH)


@some
@given(chapters)
def test_no_listing_table_or_formula_is_cut(chapter: CanonicalText):
    for item in chunks_of(chapter):
        for block in filter(kept_whole, chapter.blocks):
            outside = item.end <= block.start or block.end <= item.start
            assert outside or (item.start <= block.start and block.end <= item.end)


@some
@given(chapters)
def test_everything_but_headings_stands_in_some_chunk(chapter: CanonicalText):
    found = chunks_of(chapter)
    for block in chapter.blocks:
        if block.kind is BlockKind.CODE:
            assert [
                c for c in found if (c.kind, c.start, c.end) == ("code", block.start, block.end)
            ]
        elif block.kind is not BlockKind.HEADING:
            held = {
                at for c in found if c.kind != "code" for span in c.sentences for at in range(*span)
            }
            missed = [at for at in range(block.start, block.end) if at not in held]
            letters = "".join(chapter.text[at] for at in missed)
            assert not any(char.isalnum() for char in letters)


@some
@given(chapters)
def test_a_chunk_stays_in_its_section_and_overlaps_little(chapter: CanonicalText):
    found = [item for item in chunks_of(chapter) if item.kind != "code"]
    borders = [b.start for b in chapter.blocks if b.kind is BlockKind.HEADING]
    assert all(not item.start < border < item.end for item in found for border in borders)
    for before, after in pairwise(found):
        assert before.start <= after.start
        assert before.end < after.end
        shared = [plain(chapter.text[slice(*s)]) for s in after.sentences if s in before.sentences]
        assert sum(COUNT(shared)) <= SMALL.overlap
        assert len(shared) < len(after.sentences)


@some
@given(chapters)
def test_the_same_text_gives_the_same_chunks(chapter: CanonicalText):
    assert chunks_of(chapter) == chunks_of(chapter)


def test_sections_kinds_and_anchors_of_a_real_chapter():
    found = chunk(content(SENSORS), "Sensors", COUNT)
    assert [(c.kind, c.heading_path, c.anchor) for c in found] == [
        ("prose", ("Sensors",), "sensors"),
        ("prose", ("Sensors", "Cameras"), "cameras"),
        ("code", ("Sensors", "Cameras"), "cameras"),
        ("prose", ("Sensors", "Lidar"), "lidar"),
    ]
    assert found[1].embed.startswith("Sensors. Cameras. A stereo camera computes depth")


def test_a_formula_stands_with_the_sentences_around_it():
    found = chunk(content(CONTROL), "Control", COUNT)
    pid = next(c for c in found if c.anchor == "the-pid-controller")
    assert "derivative term damps" in pid.embed
    assert "K_p" in pid.embed


def test_a_long_listing_ends_a_chunk_and_a_short_one_does_not():
    short = "Before it.\n\n```\nx\n```\n\nAfter it."
    assert [c.kind for c in chunk(content(short), "T", COUNT)] == ["prose", "code"]
    long = f"Before it.\n\n```\n{'x = 1 ' * 100}\n```\n\nAfter it."
    assert [c.kind for c in chunk(content(long), "T", COUNT)] == ["prose", "code", "prose"]


def test_a_table_too_large_for_the_encoder_is_embedded_from_its_beginning():
    rows = "\n".join(f"| part {n} | made of steel |" for n in range(200))
    (item,) = chunk(content(f"| a | b |\n|---|---|\n{rows}"), "T", COUNT)
    assert item.kind == "table"
    assert len(item.sentences) == 201
    assert "part 3 " in item.embed
    assert "part 199 " in item.words


def test_the_hash_changes_with_the_words_and_not_with_the_place():
    def hashes(markdown: str) -> list[str]:
        return [item.hash for item in chunk(content(markdown), "T", COUNT)]

    alone = hashes("## A\n\nOne robot.")
    assert hashes("## Z\n\nFirst.\n\n## A\n\nOne robot.")[1:] == alone
    assert hashes("## A\n\nTwo robots.") != alone
    assert hashes("## B\n\nOne robot.") != alone
    assert hashes("## A\n\n**One** robot.") != alone


@pytest.mark.parametrize("separator", [" ", "", ". "])
def test_a_line_of_a_million_characters_is_no_trouble(separator: str):
    line = separator.join(["word"] * (900_000 // (4 + len(separator))))
    text = content(line)
    began = time.process_time()
    found = chunk(text, "T", COUNT)
    assert time.process_time() - began < 15
    assert found[-1].end == len(line)
    assert all(COUNT([item.embed])[0] <= SIZES.limit for item in found)
