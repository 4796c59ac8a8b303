"""A place in a chapter becomes a citation that proves itself, and an answer is made of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from glossator.gateways.ports import Embedder, Scope
from glossator.library import books
from glossator.library.content import BlockKind
from glossator.library.text_store import TextStore
from glossator.retrieval import pieces, ranking
from glossator.retrieval.confidence import Logistic
from glossator.retrieval.service import Search
from glossator.tutor.answers import Answer, Mode, Support
from glossator.tutor.citations import Place, block_at, cite
from glossator.tutor.extractive import SentenceModel
from glossator.tutor.service import Tutor
from glossator.wiring import House, build
from house_tools import made_settings
from small_books import SENSORS, book, content
from small_passages import found, ranked

BODY = content(SENSORS)
SITE = "https://example.com/book/"
HERE = None


def place(words: str, markdown: str = SENSORS, book_id: str | None = "robots") -> Place:
    """The place of some words, found by the first chunk that holds them."""
    items = found(ranked("x", markdown, "part-1/sensors"), book_id)
    text = content(markdown).text
    start = text.index(words)
    holder = next(
        item for item in items
        if item.ranked.passage.start <= start and start + len(words) <= item.ranked.passage.end
    )  # fmt: skip
    return Place(holder, start, start + len(words))


def test_the_quote_stands_at_its_place():
    source = cite(place("A lidar sends short pulses of light"), SITE, BODY.text, BODY.blocks)
    assert source.quote == BODY.text[source.start : source.end]
    assert source.quote == "A lidar sends short pulses of light"
    assert (source.chapter_id, source.document_id, source.book_id) == (
        "part-1/sensors", None, "robots"
    )  # fmt: skip
    assert source.section == "T > Sensors > Lidar"
    assert (source.title, source.page, source.similarity) == ("T", None, 0.5)
    block = next(b for b in BODY.blocks if b.block_id == source.block_id)
    assert block.start <= source.start < source.end <= block.end


def test_the_address_leads_to_the_heading_and_the_words():
    short = cite(place("Every measurement\ncarries noise."), SITE, BODY.text, BODY.blocks)
    assert short.url == (
        "https://example.com/book/docs/part-1/sensors#sensors"
        ":~:text=Every%20measurement%20carries%20noise."
    )
    long = cite(
        place("One pulse takes 67 nanoseconds to\ncome back from a wall ten metres away."),
        SITE, BODY.text, BODY.blocks,
    )  # fmt: skip
    assert long.url.endswith(
        "#lidar:~:text=One%20pulse%20takes%2067%20nanoseconds,a%20wall%20ten%20metres%20away."
    )


def test_without_a_site_the_address_is_our_reader_and_the_block():
    source = cite(place("Every measurement"), HERE, BODY.text, BODY.blocks)
    assert source.url == (f"/b/robots/part-1/sensors#{source.block_id}:~:text=Every%20measurement")


def test_a_document_without_a_book_is_cited_by_its_own_id():
    source = cite(place("Every measurement", book_id=None), None, BODY.text, BODY.blocks)
    assert (source.chapter_id, source.document_id, source.book_id) == (
        None, "part-1/sensors", None
    )  # fmt: skip


def test_the_marks_are_what_a_reader_sees_of_the_quote():
    text = "# T\n\nThe *first* law: `F = m a` holds for 𝑥 too. Then more."
    body = content(text)
    source = cite(place("The *first* law: `F = m a` holds for 𝑥 too.", text), HERE, body.text,
                  body.blocks)  # fmt: skip
    (mark,) = source.marks
    assert mark.text == "The first law: F = m a holds for 𝑥 too."
    # JavaScript counts the letter beyond the basic plane as two.
    assert (mark.start, mark.end) == (0, len(mark.text) + 1)
    assert mark.block_id == source.block_id
    assert "<em>first</em>" in mark.html
    assert ">F = m a</code>" in mark.html


def test_a_quote_that_runs_through_two_blocks_has_a_mark_in_each():
    there = place("Every measurement\ncarries noise.")
    listing = BODY.text.index("A stereo camera")
    end = BODY.text.index("disparity\n```") + len("disparity\n```")
    source = cite(Place(there.found, listing, end), HERE, BODY.text, BODY.blocks)
    blocks = [b.block_id for b in BODY.blocks if listing <= b.start < end]
    assert [mark.block_id for mark in source.marks] == blocks
    assert source.block_id == blocks[0]
    assert len(blocks) == 2


@pytest.mark.parametrize("words", ["## Cameras", "| Sonar", "depth = focal", "A stereo camera"])
def test_a_place_lies_in_the_block_that_holds_it(words: str):
    start = BODY.text.index(words)
    block = block_at(BODY.blocks, start)
    assert block is not None
    assert block.start <= start < block.end
    kinds = {"#": BlockKind.HEADING, "|": BlockKind.TABLE, "d": BlockKind.CODE}
    assert block.kind is kinds.get(words[0], BlockKind.PARAGRAPH)


def test_between_blocks_there_is_no_block():
    gap = BODY.blocks[0].end
    assert block_at(BODY.blocks, gap) is None
    assert block_at((), 0) is None


ARM = """# Arm

The wrist turns around three axes. The elbow bends around one axis.

## Grip

The gripper closes in three steps:

1. Move the fingers near.
2. Touch the thing with both fingers.

The gripper opens at once. A gripper needs power. A gripper needs air.

## Code

Call the gripper like this:

```python
gripper.close()
```

| Part | Torque |
|------|--------|
| wrist | 12 Nm |
| elbow | 40 Nm |
"""
HAND = "# Hand\n\nA hand has fingers. The gripper imitates a hand with two fingers."
Ask = Callable[[str], Answer]


@pytest.fixture
def ask(sqlite_url: str, tmp_path: Path, embedder: Embedder) -> Iterator[Ask]:
    """Questions to a tutor that is always sure and likes the sentence with the question's words."""
    house = build(made_settings(tmp_path, sqlite_url), embedder=embedder)
    house.pipeline.add_book(book({"arm": ARM, "hand": HAND}), "robots")
    sure = Logistic((), (), 100.0, absent_below=-1.0, answerable_from=1.0)
    idf = pieces.load()
    search = Search(house.index, house.words, idf, sure, ranking.load())
    texts = TextStore(cache_bytes=1_000_000)
    tutor = Tutor(search, _alike, SentenceModel(("coverage",), (7.0,), 0.0), texts)

    def asked(question: str) -> Answer:
        with house.database.reading() as session:
            answer = tutor.ask(session, Scope(("book:robots",)), question)
        _proven(house, answer)
        return answer

    yield asked
    house.close()


def _alike(pieces: NDArray[np.int32]) -> NDArray[np.float32]:
    return np.ones(len(pieces), np.float32)


def _proven(house: House, answer: Answer) -> None:
    """Whatever the question, its quotes stand in the book, in order, and never overlap."""
    with house.database.reading() as session:
        shelf = books.every(session)
        texts = {name: books.chapter(session, shelf, name)[1].text for name in ("arm", "hand")}
    for source in (*answer.sources, *answer.nearest):
        assert texts[source.chapter_id or ""][source.start : source.end] == source.quote
        assert source.block_id
        assert source.marks
        assert ":~:text=" in source.url
    for n, source in enumerate(answer.sources):
        for other in answer.sources[n + 1 :]:
            if source.chapter_id == other.chapter_id:
                assert source.end <= other.start
    assert [s.text for s in answer.sentences] == [s.quote for s in answer.sources]
    assert all(s.support is Support.SUPPORTED for s in answer.sentences)
    assert [s.sources for s in answer.sentences] == [(n,) for n in range(len(answer.sources))]


def quotes(answer: Answer) -> list[str]:
    assert (answer.mode, answer.grounded, answer.nearest) == (Mode.EXTRACTIVE, True, ())
    return [source.quote for source in answer.sources]


def test_one_sentence_answers(ask: Ask):
    answer = ask("wrist turns around three axes")
    assert quotes(answer) == ["The wrist turns around three axes."]
    assert answer.answer == "The wrist turns around three axes."
    assert answer.degraded == "no_model"


def test_a_sentence_that_ends_in_a_colon_takes_what_it_announces(ask: Ask):
    (quote,) = quotes(ask("gripper closes in three steps"))
    assert quote.startswith("The gripper closes in three steps:\n\n1. Move")
    assert quote.endswith("2. Touch the thing with both fingers.")
    (quote,) = quotes(ask("Call the gripper like this"))
    assert quote == "Call the gripper like this:\n\n```python\ngripper.close()\n```"


def test_a_row_gives_its_table(ask: Ask):
    (quote,) = quotes(ask("elbow 40 Nm"))
    assert quote.splitlines()[0] == "| Part | Torque |"
    assert quote.splitlines()[-1] == "| elbow | 40 Nm |"


def test_two_rows_give_their_table_once(ask: Ask):
    assert len(quotes(ask("Part Torque wrist 12 Nm"))) == 1


def test_the_announced_list_is_not_quoted_again_by_its_items(ask: Ask):
    answer = ask("The gripper closes in three steps Touch the thing with both fingers")
    assert sum("Touch the thing" in quote for quote in quotes(answer)) == 1


def test_sentences_stand_in_the_order_of_the_book(ask: Ask):
    answer = ask("A gripper needs air power")
    assert quotes(answer) == ["A gripper needs power.", "A gripper needs air."]
    assert answer.answer == "A gripper needs power. A gripper needs air."


@pytest.mark.parametrize(
    ("question", "first", "second"),
    [
        ("gripper opens, imitates a hand", "hand", "arm"),
        ("elbow bends around one axis, imitates a hand with fingers", "arm", "hand"),
    ],
)
def test_the_best_ones_chapter_comes_first(ask: Ask, question: str, first: str, second: str):
    answer = ask(question)
    chapters = [source.chapter_id for source in answer.sources]
    assert list(dict.fromkeys(chapters)) == [first, second]
    assert chapters == sorted(chapters, key=[first, second].index)
    for before, after in pairwise(answer.sources):
        gap = " " if before.block_id == after.block_id else "\n\n"
        assert before.quote + gap + after.quote in answer.answer


def test_a_question_for_code_gets_the_listing_alone(ask: Ask):
    assert quotes(ask("Show me the code to call the gripper")) == [
        "```python\ngripper.close()\n```"
    ]


def test_a_command_is_no_python(ask: Ask):
    assert "```python\ngripper.close()\n```" not in quotes(ask("Which command calls the gripper?"))
