"""The confidence's scale and its zones."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from glossator.retrieval.confidence import (
    SURELY,
    SURELY_NOT,
    Logistic,
    Zone,
    features,
    load,
    stretch,
    zone,
)

logits = st.floats(-1e6, 1e6, allow_nan=False)


def test_the_thresholds_fall_on_their_numbers():
    model = Logistic(("a",), (2.0,), -1.0, absent_below=0.5, answerable_from=3.0)
    assert model.confidence({"a": 0.75}) == pytest.approx(SURELY_NOT)
    assert model.confidence({"a": 2.0, "unused": 9.0}) == pytest.approx(SURELY)


def test_zones_begin_at_their_thresholds():
    assert [zone(c) for c in (0.0, 0.2999, 0.3, 0.6999, 0.7, 1.0)] == [
        Zone.ABSENT, Zone.ABSENT, Zone.UNSURE, Zone.UNSURE, Zone.ANSWERABLE, Zone.ANSWERABLE
    ]  # fmt: skip


@given(logits, logits)
def test_it_never_falls_as_the_logit_rises_and_stays_a_probability(a: float, b: float):
    low, high = sorted((a, b))
    assert 0.0 <= stretch(low, -1.0, 1.0) <= stretch(high, -1.0, 1.0) <= 1.0


def test_equal_thresholds_are_a_step_not_a_division_by_zero():
    assert stretch(0.9, 1.0, 1.0) < 0.3
    assert stretch(1.1, 1.0, 1.0) > 0.7


def test_what_ships_can_be_computed_from_what_a_search_gives():
    model = load()
    assert set(model.features) <= set(features("What?", []))
    assert model.absent_below < model.answerable_from
    assert 0.0 <= model.confidence(features("What?", [])) < SURELY_NOT
