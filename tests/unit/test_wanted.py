"""What a question looks for."""

from __future__ import annotations

import numpy as np
import pytest

from glossator.tutor.wanted import Kind, Wanted, coverage, of_kind, take_apart
from small_passages import EMBEDDER


def apart(question: str, weights: list[float] | None = None) -> Wanted:
    encoded = EMBEDDER.encode([question], tokens=True)[0]
    given = np.array(weights or [1.0] * len(encoded.token_ids), np.float32)
    return take_apart(question, encoded, given)


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("When was it built?", Kind.DATE),
        ("In what century did they live?", Kind.DATE),
        ("Which version brought tabs?", Kind.DATE),
        ("How many joints has the arm?", Kind.NUMBER),
        ("What percentage of light is lost?", Kind.NUMBER),
        ("Who found it?", Kind.PERSON),
        ("In what country is Normandy?", Kind.PLACE),
        ("Where do they live?", Kind.PLACE),
        ("Why does it drift?", Kind.REASON),
        ("What causes drift?", Kind.REASON),
        ("What does an encoder measure?", Kind.OTHER),
        ("Which whenever?", Kind.OTHER),
    ],
)
def test_the_kind_of_answer_that_is_asked_for(question: str, kind: Kind):
    assert apart(question).kind is kind


@pytest.mark.parametrize(
    ("question", "text", "held"),
    [
        ("When was it built?", "It was built in 1066.", 1.0),
        ("When was it built?", "It took the 11th century.", 1.0),
        ("When was it built?", "It has 66 rooms.", 0.0),
        ("What happened in 1066, and in what year was he king?", "In 1066 he won.", 0.0),
        ("How many rooms has it?", "There are twelve of them.", 1.0),
        ("How many rooms has it?", "There are some.", 0.0),
        ("How many of the 12 rooms are used?", "Of the 12 rooms some are used.", 0.0),
        ("Who found it?", "It was found by Minorsky.", 1.0),
        ("Who was Minorsky?", "It was found by Minorsky.", 0.0),
        ("Who found it?", "Found at last.", 0.0),
        ("What is it?", "Found at last.", 0.5),
    ],
)
def test_a_text_holds_something_of_that_kind_that_the_question_does_not_name(
    question: str, text: str, held: float
):
    assert of_kind(apart(question), text) == held


def test_coverage_counts_telling_words_by_their_rarity_and_their_beginnings():
    wanted = apart("What are dampers of motion", [9.0, 9.0, 3.0, 9.0, 1.0])
    assert coverage(wanted, "A damped (motion).") == 1.0
    assert coverage(wanted, "Damping it") == 0.75
    assert coverage(wanted, "its motions") == 0.25
    assert coverage(wanted, "undamped emotion") == 0.0


@pytest.mark.parametrize("question", ["", "?!", "what is the", "مرحبا", "😀 😀"])
def test_a_question_without_telling_words_is_covered_by_nothing(question: str):
    wanted = apart(question)
    assert coverage(wanted, "some text") == 0.0
    assert of_kind(wanted, "some text") == 0.5


@pytest.mark.parametrize(
    ("question", "asking", "focus"),
    [
        ("In what northern province of France is it?", 1, (2, 3)),
        ("Which of the two rivers floods?", 0, (3,)),
        ("Who was it?", 0, ()),
        ("Tell us about provinces", None, ()),
    ],
)
def test_the_question_word_and_what_it_asks_for(
    question: str, asking: int | None, focus: tuple[int, ...]
):
    wanted = apart(question)
    assert (wanted.asking, wanted.focus) == (asking, focus)
