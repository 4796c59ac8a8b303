"""Scores of passages, on small hand-made vectors."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from glossator.gateways.ports import Encoded, Hit
from glossator.library.embeddings import Outline, Passage
from glossator.retrieval.ranking import (
    FEATURES,
    First,
    Weights,
    cosines,
    first_stage,
    load,
    piece_features,
    scaled_features,
    second_stage,
)

# Only the first stage's meaning and MaxSim count.
WEIGHTS = Weights(second=(0.3, 0, 0, 0.7, 0, 0, 0, 0))
X, Y = np.array([1.0, 0.0], np.float32), np.array([0.0, 1.0], np.float32)
COSINES = np.array([0.5, 0.8], np.float32)
NO_PIECES = np.zeros(0, np.float32)


def row(*values: int) -> NDArray[np.int8]:
    return np.array([values], np.int8)


def tokens(axes: tuple[int, ...]) -> NDArray[np.int8]:
    rows = np.zeros((len(axes), 64), np.int8)
    rows[np.arange(len(axes)), list(axes)] = 127
    return rows


def question(*axes: int) -> Encoded:
    """A question whose pieces point along axes; a piece's id is its axis."""
    places = np.zeros((len(axes), 2), np.int32)
    return Encoded(X, tokens(axes), np.array(axes, np.int32), places)


def passage(number: int, *axes: int, owners: tuple[int, ...] | None = None) -> Passage:
    """A passage of such pieces, all in its first sentence unless `owners` says otherwise."""
    return Passage(
        chunk_id=number, document_id="d", kind="prose", heading_path=("T",), anchor="", page=None,
        start=0, end=4, text="text",
        spans=np.array([[0, 4]], np.int32), tokens=tokens(axes),
        token_ids=np.array(axes, np.uint16),
        token_sentences=np.array(owners or [0] * len(axes), np.uint8),
    )  # fmt: skip


def values(asked: Encoded, weights: list[float], *held: Passage) -> list[dict[str, float]]:
    found = piece_features(asked, np.array(weights, np.float32), held)
    return [dict(zip(FEATURES[3:], line.tolist(), strict=True)) for line in found]


def test_cosines_do_not_depend_on_the_scale_of_a_row():
    found = cosines(np.array([[127, 0], [3, 0], [0, 9], [-5, 0], [0, 0]], np.int8), X)
    assert found.tolist() == pytest.approx([1, 1, 0, -1, 0])
    assert cosines(np.zeros((0, 2), np.int8), X).shape == (0,)


def test_first_stage_adds_meaning_and_words_each_by_its_own_maximum():
    outlines = {1: Outline(1, X, row(127, 0)), 2: Outline(2, Y, row(0, 127))}
    first = first_stage(X, [1, 2, 3], outlines, [Hit(2, 8.0), Hit(3, 4.0)], WEIGHTS)
    assert [(f.chunk_id, f.score) for f in first] == [
        (1, pytest.approx(0.7)), (2, pytest.approx(0.3)), (3, pytest.approx(0.15))
    ]  # fmt: skip
    assert (first[0].dense, first[0].sentence, first[0].words) == (1.0, 1.0, 0.0)


def test_each_candidate_keeps_the_cosines_of_its_own_sentences():
    two = np.array([[127, 0], [0, 127]], np.int8)
    outlines = {1: Outline(1, X, two), 2: Outline(2, X, two[:0]), 4: Outline(4, Y, two[:1])}
    first = {f.chunk_id: f for f in first_stage(X, [1, 2, 3, 4], outlines, [], WEIGHTS)}
    assert [first[n].sentences.tolist() for n in (1, 2, 3, 4)] == [[1.0, 0.0], [], [], [1.0]]
    assert (first[1].sentence, first[2].sentence, first[3].sentence) == (1.0, -1.0, 0.0)


def test_equal_scores_stand_in_order_of_chunk_id():
    outlines = {n: Outline(n, X, row(127, 0)) for n in (9, 4, 7)}
    assert [f.chunk_id for f in first_stage(X, [9, 4, 7], outlines, [], WEIGHTS)] == [4, 7, 9]
    ones = [First(n, 1.0, 1.0, 1.0, 0.0, COSINES) for n in (9, 4, 7)]
    held = {n: passage(n, 0) for n in (9, 4, 7)}
    ranked = second_stage(question(0), np.ones(1, np.float32), ones, held, WEIGHTS)
    assert [item.passage.chunk_id for item in ranked] == [4, 7, 9]


def test_nothing_in_nothing_out():
    assert first_stage(X, [], {}, [], WEIGHTS) == []
    assert second_stage(question(0), np.ones(1, np.float32), [], {}, WEIGHTS) == []
    (found,) = first_stage(X, [1], {1: Outline(1, -X, row(-127, 0))}, [], WEIGHTS)
    assert found.score == 0.0


def test_maxsim_weighs_the_questions_pieces_and_names_the_worst():
    found = values(question(0, 1), [1, 3], passage(1, 0), passage(2, 1), passage(3, 0, 1))
    assert [f["maxsim"] for f in found] == pytest.approx([0.25, 0.75, 1.0])
    assert [f["worst"] for f in found] == pytest.approx([0.0, 0.0, 1.0])


def test_coverage_and_pairs_count_what_stands_there_to_the_letter():
    asked = question(5, 6, 7)
    found = values(asked, [1, 1, 2], passage(1, 6, 5), passage(2, 9, 5, 6), passage(3, 5, 6, 7))
    assert [f["coverage"] for f in found] == pytest.approx([0.5, 0.5, 1.0])
    assert [f["pairs"] for f in found] == pytest.approx([0.0, 0.4, 1.0])


def test_a_pair_across_two_passages_is_none():
    found = values(question(5, 6), [1, 1], passage(1, 5), passage(2, 6), passage(3, 5, 6))
    assert [f["pairs"] for f in found] == [0.0, 0.0, 1.0]


def test_the_best_sentence_alone_counts_and_the_heading_path_is_none():
    split = passage(1, 0, 1, owners=(0, 1))
    together = passage(2, 0, 1, owners=(1, 1))
    heading = passage(3, 0, 1, owners=(255, 255))
    found = values(question(0, 1), [1, 1], split, together, heading)
    assert [f["maxsim_sentence"] for f in found] == pytest.approx([0.5, 1.0, 0.0])
    assert [f["maxsim"] for f in found] == pytest.approx([1.0, 1.0, 1.0])


def test_passages_and_questions_without_pieces_score_zero():
    found = values(question(0), [1], passage(1), passage(2, 0), passage(3))
    assert [f["maxsim"] for f in found] == [0.0, 1.0, 0.0]
    assert not piece_features(question(), NO_PIECES, [passage(1, 0)]).any()
    assert not piece_features(question(0), np.ones(1, np.float32), [passage(1)]).any()


def test_scaling_keeps_what_has_no_positive_maximum():
    scaled = scaled_features(np.array([[2.0, 0.0, -1.0], [4.0, 0.0, -2.0]]))
    assert scaled.tolist() == [[0.5, 0.0, -1.0], [1.0, 0.0, -2.0]]


def test_the_second_stage_can_turn_the_first_order_around():
    first = [
        First(1, 1.0, 0.9, 0.9, 0.0, COSINES * 0),
        First(2, 0.9, 0.6, 0.8, 0.0, COSINES),
        First(3, 0.5, 0.0, 0.0, 0.0, COSINES),
    ]
    held = {1: passage(1, 5), 2: passage(2, 0, 1)}
    ranked = second_stage(question(0, 1), np.ones(2, np.float32), first, held, WEIGHTS)
    assert [item.passage.chunk_id for item in ranked] == [2, 1]
    assert ranked[0].score == pytest.approx(0.3 * 0.6 / 0.9 + 0.7)
    assert (ranked[0].why.dense, ranked[0].why.maxsim) == pytest.approx((0.6, 1.0))
    assert ranked[0].sentences.tolist() == pytest.approx([0.5, 0.8])


def test_the_weights_that_ship_fit_the_features():
    weights = load()
    assert len(weights.second) == len(FEATURES)
    assert weights.reranked <= weights.candidates
