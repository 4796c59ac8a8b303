"""What a model reads: within the budget, by rank, neighbours merged, widened with the rest."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from glossator.library.content import Block, BlockKind
from glossator.library.embeddings import Passage
from glossator.retrieval.context import BUDGET, Stretch, context, tokens
from small_passages import passage

UNLIMITED = 1_000_000


@dataclass(frozen=True, slots=True)
class Page:
    """A document of blocks, one blank line between them."""

    name: str
    blocks: tuple[str, ...]

    @property
    def text(self) -> str:
        return "\n\n".join(self.blocks)

    @property
    def places(self) -> tuple[Block, ...]:
        found, at = [], 0
        for n, block in enumerate(self.blocks):
            found.append(Block(f"b-{n}", BlockKind.PARAGRAPH, at, at + len(block)))
            at += len(block) + 2
        return tuple(found)


def at(page: Page, words: str, number: int = 0) -> Passage:
    """The passage that consists of these words of a page."""
    start = page.text.index(words)
    return passage(number, page.name, start, start + len(words))


def read(pages: list[Page], passages: list[Passage], budget: int = BUDGET) -> list[Stretch]:
    texts = {page.name: page.text for page in pages}
    blocks = {page.name: page.places for page in pages}
    return context(passages, texts, blocks, budget)


def words_of(pages: list[Page], stretches: list[Stretch]) -> list[str]:
    texts = {page.name: page.text for page in pages}
    return [texts[item.document_id][item.start : item.end] for item in stretches]


def filler(name: str, count: int) -> str:
    return " ".join(f"{name}{n}" for n in range(count)) + "."


pages = st.lists(
    st.lists(
        st.tuples(st.sampled_from(["word", "سطر", "x", "averylongidentifier"]), st.integers(1, 60)),
        min_size=1,
        max_size=6,
    ),
    min_size=1,
    max_size=3,
).map(
    lambda drawn: [
        Page(f"d{n}", tuple(filler(word, size) for word, size in blocks))
        for n, blocks in enumerate(drawn)
    ]
)


@st.composite
def libraries(draw: st.DrawFn) -> tuple[list[Page], list[Passage], int]:
    made = draw(pages)
    passages = []
    for number in range(draw(st.integers(0, 12))):
        page = draw(st.sampled_from(made))
        start = draw(st.integers(0, len(page.text) - 1))
        end = draw(st.integers(start + 1, len(page.text)))
        passages.append(passage(number, page.name, start, end))
    return made, passages, draw(st.integers(0, 700))


@settings(deadline=None, max_examples=200)
@given(libraries())
def test_it_keeps_the_budget_and_repeats_nothing(library: tuple[list[Page], list[Passage], int]):
    made, passages, budget = library
    found = read(made, passages, budget)
    assert sum(tokens(text) for text in words_of(made, found)) <= budget
    assert [item.rank for item in found] == sorted({item.rank for item in found})
    texts = {page.name: page.text for page in made}
    for item in found:
        assert item.document_id == passages[item.rank].document_id
        assert item.start <= passages[item.rank].start < passages[item.rank].end <= item.end
    by_place = sorted(found, key=lambda item: (item.document_id, item.start))
    for one, other in pairwise(by_place):
        if one.document_id == other.document_id:
            # Something must stand between two stretches, else they are one.
            assert one.end < other.start
            assert texts[one.document_id][one.end : other.start].strip()


@settings(deadline=None, max_examples=100)
@given(libraries())
def test_with_room_for_all_every_passage_is_there_with_its_blocks(
    library: tuple[list[Page], list[Passage], int],
):
    made, passages, _ = library
    found = read(made, passages, UNLIMITED)
    places = {page.name: page.places for page in made}
    for item in passages:
        holder = next(
            s for s in found
            if s.document_id == item.document_id and s.start <= item.start and item.end <= s.end
        )  # fmt: skip
        for block in places[item.document_id]:
            if block.start < item.end and item.start < block.end:
                assert holder.start <= block.start
                assert block.end <= holder.end


def test_better_passages_come_first_whatever_their_place():
    page = Page("d", ("One stands here.", "Two is between.", "Three comes last.", "Four."))
    found = read([page], [at(page, "Three comes last."), at(page, "One stands here.")])
    assert words_of([page], found) == ["Three comes last.", "One stands here."]
    assert [item.rank for item in found] == [0, 1]


def test_neighbours_and_overlaps_become_one_stretch_with_the_better_rank():
    page = Page("d", ("One. Two. Three.", "Four.", "Five.", "Six."))
    passages = [at(page, "Six."), at(page, "One. Two."), at(page, "Two. Three."), at(page, "Four.")]
    found = read([page], passages)
    assert words_of([page], found) == ["Six.", "One. Two. Three.\n\nFour."]
    assert [item.rank for item in found] == [0, 1]


def test_a_stretch_between_two_others_joins_them():
    page = Page("d", ("One.", "Two.", "Three."))
    found = read([page], [at(page, "Three."), at(page, "One."), at(page, "Two.")])
    assert words_of([page], found) == ["One.\n\nTwo.\n\nThree."]
    assert [item.rank for item in found] == [0]


def test_equal_places_of_two_documents_stay_apart():
    here, there = Page("a", ("Same words.",)), Page("b", ("Same words.",))
    found = read([here, there], [at(there, "Same words."), at(here, "Same words.")])
    assert [item.document_id for item in found] == ["b", "a"]


def test_a_huge_listing_is_left_out_and_the_rest_goes_in():
    page = Page("d", (filler("line", 500), "Prose that answers.", "More prose."))
    huge = at(page, page.blocks[0])
    budget = 2 * tokens(page.blocks[0]) - 2
    found = read([page], [huge, at(page, "More prose.")], budget)
    assert words_of([page], found) == ["More prose."]
    assert [item.rank for item in found] == [1]
    assert len(read([page], [huge, at(page, "More prose.")], budget + 2)) == 2


def test_what_does_not_fit_is_skipped_for_a_smaller_one_behind_it():
    parts = [filler(name, 60) for name in "abc"] + ["Short."]
    page = Page("d", tuple(block for part in parts for block in (part, "Between.")))
    passages = [at(page, part) for part in parts]
    budget = 3 * tokens(parts[0])
    assert words_of([page], read([page], passages, budget)) == parts[:3]
    assert words_of([page], read([page], passages, budget - 1)) == [*parts[:2], parts[3]]


def test_only_what_is_left_of_the_budget_widens():
    long, short = filler("wide", 100), "Tiny sentence. Small two."
    page = Page("d", (f"Best sentence. {long}", "Between.", short))
    passages = [at(page, "Best sentence."), at(page, "Tiny sentence.")]
    narrow = sum(tokens(text) for text in ("Best sentence.", "Tiny sentence."))
    assert words_of([page], read([page], passages, narrow)) == ["Best sentence.", "Tiny sentence."]
    # The best one's block is too long for what is left; the second's is not.
    some = narrow + tokens(short)
    assert words_of([page], read([page], passages, some)) == ["Best sentence.", short]
    assert words_of([page], read([page], passages)) == list(page.blocks[::2])


def test_tokens_are_not_underestimated_for_code_or_short_words():
    assert tokens("") == 0
    assert tokens("x" * 36) == 10
    assert tokens("a b c d e f") == 8
