"""Which sentences answer, and what kind of answer a question asks for."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from glossator.ingestion.chunking import ChunkSizes
from glossator.retrieval.ranking import Ranked
from glossator.tutor.extractive import (
    Candidate,
    SentenceModel,
    candidates,
    fits,
    load,
    sentence_features,
    subject,
    wants_code,
)
from glossator.tutor.wanted import take_apart
from small_passages import EMBEDDER, passage, ranked

PROSE = """# T

The proportional term reacts to the present error. The integral term removes a lasting offset.
The derivative term damps the motion. It was found in 1922 by Nicolas Minorsky. Ships were
steered by it because helmsmen look ahead.
"""
SMALL = ChunkSizes(target=22, overlap=14, limit=60, prefix=6)
CODE = [
    "Show me the code of a ROS 2 publisher",
    "Which command starts the simulation?",
    "Give me a snippet for PID",
    "What is the syntax of a launch file?",
    "How would I implement a low-pass filter?",
    "Write a script that reads the encoder.",
]
PROSE_QUESTIONS = [
    "How is depth computed from a stereo camera?",
    "What does an accelerometer measure?",
    "Why is the commander of a ship responsible?",
    "Who decoded Enigma?",
    "What did the prescription say?",
]


def alike(pieces: NDArray[np.int32]) -> NDArray[np.float32]:
    """Every word piece counts the same."""
    return np.ones(len(pieces), np.float32)


def asked(
    question: str, items: list[Ranked], model: SentenceModel | None = None
) -> list[Candidate]:
    encoded = EMBEDDER.encode([question], tokens=True)[0]
    return candidates(question, encoded, alike, items, model or load())


def texts(items: list[Ranked], found: list[Candidate]) -> list[str]:
    return [items[c.passage].passage.text[c.start : c.end] for c in found]


def features(question: str, markdown: str = PROSE) -> list[dict[str, float]]:
    encoded = EMBEDDER.encode([question], tokens=True)[0]
    items = ranked(question, markdown)
    apart = take_apart(question, encoded, alike(encoded.token_ids))
    return [values for values, _, _ in sentence_features(apart, encoded, items, 0)]


@pytest.mark.parametrize("question", CODE)
def test_a_question_for_code(question: str):
    assert wants_code(question)


@pytest.mark.parametrize("question", PROSE_QUESTIONS)
def test_a_question_that_is_not_for_code(question: str):
    assert not wants_code(question)
    assert subject(question) == question


@pytest.mark.parametrize(
    ("question", "about"),
    [
        ("Show me the code of a ROS 2 publisher", "ROS 2 publisher"),
        ("Can you give us some example code for the PID controller?", "PID controller?"),
        ("please print a Python script that reads an encoder", "reads an encoder"),
        ("Which command starts the simulation?", "Which command starts the simulation?"),
        ("Show the code of?", "Show the code of?"),
        ("Show me the code for an ", "Show me the code for an "),
    ],
)
def test_the_subject_is_what_is_left_of_a_request_for_code(question: str, about: str):
    assert subject(question) == about


@pytest.mark.parametrize(
    ("question", "listing", "fitting"),
    [
        ("Which command starts it?", "```bash\nros2 run\n```", True),
        ("Which command starts it?", "~~~ console\n$ ros2 run\n~~~", True),
        ("Which COMMANDS start it?", "```python\nrun()\n```", False),
        ("Which command starts it?", "```shellcode\nx\n```", False),
        ("Show me the code", "```python\nrun()\n```", True),
        ("Show me the code", "```bash\nrun\n```", True),
    ],
)
def test_a_command_stands_in_a_listing_of_a_shell(question: str, listing: str, fitting: bool):
    assert fits(question, listing) is fitting


def test_the_sentence_that_answers_comes_first():
    items = ranked("What removes a lasting offset?", PROSE)
    found = asked("What removes a lasting offset?", items)
    assert texts(items, found)[0] == "The integral term removes a lasting offset."
    assert [c.score for c in found] == sorted((c.score for c in found), reverse=True)
    assert len(found) == 5


def test_equal_scores_stand_in_the_order_of_the_book():
    blind = SentenceModel(("length",), (0.0,), 1.5)
    items = ranked("anything", PROSE)
    found = asked("anything", items, blind)
    assert {c.score for c in found} == {1.5}
    assert [c.start for c in found] == sorted(c.start for c in found)


def test_a_sentence_that_two_chunks_share_counts_once_with_its_better_score():
    items = ranked("anything", PROSE, sizes=SMALL)
    spans = [
        (item.passage.start + a, item.passage.start + b)
        for item in items for a, b in item.passage.spans.tolist()
    ]  # fmt: skip
    assert len(spans) > len(set(spans)), "no overlap, so this test would prove nothing"
    for sign in (1.0, -1.0):
        model = SentenceModel(("log_rank",), (sign,), 0.0)
        found = asked("anything", items, model)
        places = {(items[c.passage].passage.start + c.start): c.passage for c in found}
        assert len(found) == len(places) == len(set(spans))
        held_by: dict[int, list[int]] = {}
        for n, item in enumerate(items):
            for a, _ in item.passage.spans.tolist():
                held_by.setdefault(item.passage.start + a, []).append(n)
        best = max if sign > 0 else min
        assert places == {start: best(holders) for start, holders in held_by.items()}


def test_equal_places_of_two_documents_are_two_sentences():
    items = ranked("error", PROSE, "one") + ranked("error", PROSE, "two")
    assert len(asked("error", items)) == 10


def test_only_the_best_eight_passages_are_looked_at():
    items = [item for n in range(10) for item in ranked("error", PROSE, f"d{n}")]
    assert {c.passage for c in asked("error", items)} == set(range(8))


def test_a_passage_that_was_never_embedded_gives_no_sentence():
    bare = replace(ranked("x", PROSE)[0], passage=passage(9, "d", 0, 4, "text"))
    assert asked("x", [bare]) == []
    assert asked("x", []) == []


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("When was it found?", [0, 0, 0, 1, 0]),
        ("Who found it?", [0, 0, 0, 1, 0]),
        ("Why were ships steered by it?", [0, 0, 0, 0, 1]),
        ("What damps the motion?", [0.5] * 5),
    ],
)
def test_a_sentence_of_the_kind_that_is_asked_for_is_told(question: str, expected: list[float]):
    assert [values["type"] for values in features(question)] == expected


def test_words_of_the_question_are_found_in_their_sentence():
    values = features("lasting offset")
    assert [v["coverage"] for v in values] == [0, 1, 0, 0, 0]
    assert values[1]["maxsim"] == pytest.approx(max(v["maxsim"] for v in values))
    assert values[0]["around"] == values[2]["around"] == pytest.approx(values[1]["maxsim"])


def test_the_best_sentence_of_a_passage_is_ahead_of_the_others():
    values = features("lasting offset")
    for name in ("cosine", "maxsim"):
        best = max(v[name] for v in values)
        assert [v[f"{name}_gap"] for v in values] == pytest.approx([best - v[name] for v in values])
        assert values[1][f"{name}_gap"] == 0.0


def test_what_is_asked_for_is_near_in_the_sentence_that_names_it():
    values = features("Which derivative damps?")
    assert values[2]["focus"] == pytest.approx(max(v["focus"] for v in values))
    assert values[2]["focus"] > values[2]["focus_new"]
    assert [v["focus"] for v in features("derivative damps")] == [0.0] * 5
    assert [v["asking"] for v in features("derivative damps")] == [0.0] * 5


def test_the_product_is_kept_low_by_one_piece_that_is_missing():
    whole = features("lasting offset")[1]
    assert whole["product"] == pytest.approx(whole["maxsim"], abs=0.01)
    part = features("lasting xylophone")[1]
    assert part["product"] < part["maxsim"] - 0.05


@pytest.mark.parametrize("question", ["", "\n\t"])
def test_a_question_without_pieces_makes_no_difference(question: str):
    values = features(question)
    assert [v["maxsim"] for v in values] == [0.0] * 5
    assert [v["worst"] for v in values] == [0.0] * 5


def test_the_share_of_pieces_that_the_question_lacks():
    assert features("The integral term removes a lasting offset.")[1]["new"] == 0.0
    assert features("xylophone")[1]["new"] == 1.0


def test_the_fitted_model_knows_every_feature():
    assert set(load().features) <= set(features("error")[0])
