"""The benchmark of a class's day, in small: the ledger's sum, and money that ends in the middle."""

from __future__ import annotations

from bench.class_day import class_day, school

BUDGET = 0.006


def test_the_cap_holds_and_the_rest_is_answered_from_the_book():
    with school(budget_usd_per_day=BUDGET) as house:
        day = class_day(house, users=2, questions=12)
    assert 0 < day.total <= BUDGET
    assert day.calls["question"] == day.modes["model"] > 0
    spent = [mode for mode in day.modes if mode.endswith("(budget)")]
    assert spent
    assert not any(mode.endswith("(provider)") for mode in day.modes)
    # What can't be made without money is told so.
    assert day.chapters == {"budget-spent": 4}
