"""Forty dialogues over the sample book: what the last question leaves out is understood."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from bench.corpora import SAMPLE, load_questions
from bench.dialogues import load, walk
from bench.reader import Reader, read_by

from glossator.gateways.ports import Scope
from glossator.tutor.extractive import subject
from glossator.tutor.follow_ups import readings
from glossator.tutor.understanding import understood
from glossator.wiring import House


@pytest.fixture(scope="module")
def reader() -> Reader:
    return Reader()


@pytest.fixture(scope="module")
def house(
    tmp_path_factory: pytest.TempPathFactory, sample_data: Path, reader: Reader
) -> Iterator[House]:
    data = tmp_path_factory.mktemp("dialogues") / "data"
    shutil.copytree(sample_data, data)
    with read_by(reader, data) as made:
        yield made


def test_the_dialogues_are_forty_of_two_and_three_turns():
    dialogues = load()
    assert len({item.turns for item in dialogues}) == len(dialogues) == 40
    assert {len(item.turns) for item in dialogues} == {2, 3}
    assert [item.half for item in dialogues].count("second") == 20


def test_the_right_section_is_read(house: House, reader: Reader, figures: Callable[[str], None]):
    walked = walk(house, reader, load(), "physical-ai")
    missed = [item.dialogue.id for item in walked if item.place > 5]
    unseen = [
        item.dialogue.id for item in walked if item.dialogue.half == "second" and item.place > 5
    ]
    first = sum(item.place == 1 for item in walked)
    figures(f"right section first {first}, among the first five {40 - len(missed)} of 40")
    assert len(missed) <= 4, missed
    assert len(unseen) <= 2, unseen
    assert first >= 32


def test_a_new_topic_is_not_drawn_to_the_old_one(house: House, figures: Callable[[str], None]):
    questions = [q.question for q in load_questions(SAMPLE / "questions.jsonl") if q.answerable]
    scope, drawn = Scope(("book:physical-ai",)), []
    with house.database.reading() as session:
        for n, question in enumerate(questions):
            before = questions[(7 * n + 13) % len(questions)]
            taken, _ = understood(
                question,
                readings(question, [before]),
                lambda reading: house.search.search(session, scope, subject(reading)),
            )
            drawn += [(before, question)] if taken != question else []
    figures(f"of {len(questions)} new topics {len(drawn)} were taken for follow-ups")
    assert len(drawn) <= 2, drawn
