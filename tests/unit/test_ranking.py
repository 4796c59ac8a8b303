"""Scores of passages, on small hand-made vectors."""

from __future__ import annotations

import numpy as np
import pytest

from glossator.gateways.ports import Encoded, Hit
from glossator.library.embeddings import Outline, Passage
from glossator.retrieval.ranking import (
    First,
    Weights,
    cosines,
    first_stage,
    maxsims,
    second_stage,
)

WEIGHTS = Weights()
X, Y = np.array([1.0, 0.0], np.float32), np.array([0.0, 1.0], np.float32)


def row(*values: int) -> np.ndarray:
    return np.array([values], np.int8)


def tokens(*axes: int) -> np.ndarray:
    rows = np.zeros((len(axes), 64), np.int8)
    rows[np.arange(len(axes)), list(axes)] = 127
    return rows


def question(*axes: int) -> Encoded:
    n = len(axes)
    return Encoded(X, tokens(*axes), np.arange(n, dtype=np.int32), np.zeros((n, 2), np.int32))


def passage(number: int, held: np.ndarray, sentences: np.ndarray | None = None) -> Passage:
    return Passage(
        chunk_id=number, document_id="d", kind="prose", heading_path=("T",), anchor="", page=None,
        start=0, end=4, text="text", vector=X,
        sentences=np.zeros((0, 2), np.int8) if sentences is None else sentences,
        spans=np.zeros((0, 2), np.int32), tokens=held,
        token_ids=np.zeros(len(held), np.uint16), token_sentences=np.zeros(len(held), np.uint8),
    )  # fmt: skip


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


def test_equal_scores_stand_in_order_of_chunk_id():
    outlines = {n: Outline(n, X, row(127, 0)) for n in (9, 4, 7)}
    assert [f.chunk_id for f in first_stage(X, [9, 4, 7], outlines, [], WEIGHTS)] == [4, 7, 9]
    ones = [First(n, 1.0, 1.0, 1.0, 0.0) for n in (9, 4, 7)]
    held = {n: passage(n, tokens(0)) for n in (9, 4, 7)}
    ranked = second_stage(question(0), np.ones(1, np.float32), ones, held, WEIGHTS)
    assert [item.passage.chunk_id for item in ranked] == [4, 7, 9]


def test_nothing_in_nothing_out():
    assert first_stage(X, [], {}, [], WEIGHTS) == []
    assert second_stage(question(0), np.ones(1, np.float32), [], {}, WEIGHTS) == []
    only_negative = {1: Outline(1, -X, row(-127, 0))}
    (found,) = first_stage(X, [1], only_negative, [], WEIGHTS)
    assert found.score == 0.0


def test_maxsim_weighs_the_questions_pieces_and_names_the_worst():
    pieces = np.array([1.0, 3.0], np.float32)
    whole, worst = maxsims(question(0, 1), pieces, [tokens(0), tokens(1), tokens(0, 1)])
    assert whole.tolist() == pytest.approx([0.25, 0.75, 1.0])
    assert worst.tolist() == pytest.approx([0.0, 0.0, 1.0])


def test_passages_and_questions_without_pieces_score_zero():
    empty = np.zeros((0, 64), np.int8)
    pieces = np.ones(1, np.float32)
    whole, worst = maxsims(question(0), pieces, [empty, tokens(0), empty])
    assert whole.tolist() == [0.0, 1.0, 0.0]
    assert worst.tolist() == [0.0, 1.0, 0.0]
    assert maxsims(question(), np.zeros(0, np.float32), [tokens(0)])[0].tolist() == [0.0]


def test_maxsim_can_turn_the_first_order_around():
    first = [First(1, 1.0, 0.9, 0.9, 0.0), First(2, 0.9, 0.8, 0.8, 0.0), First(3, 0.5, 0, 0, 0)]
    held = {1: passage(1, tokens(5)), 2: passage(2, tokens(0, 1), row(127, 0))}
    ranked = second_stage(question(0, 1), np.ones(2, np.float32), first, held, WEIGHTS)
    assert [item.passage.chunk_id for item in ranked] == [2, 1]
    assert ranked[0].score == pytest.approx(0.3 * 0.9 + 0.7)
    assert ranked[0].sentences.tolist() == pytest.approx([1.0])
