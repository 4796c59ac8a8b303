"""What a call costs: the kept list, its steps by prompt length, and the operator's own prices."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from glossator.usage.prices import NANO, Price, Prices, Tokens, UnknownPrice, parse_overrides

NOW = datetime(2026, 11, 21, tzinfo=UTC)
MILLION = 1_000_000


def test_the_list_knows_models_by_the_names_of_the_settings():
    prices = Prices()
    for model in (
        "claude-haiku-4-5", "openai:gpt-5-mini", "gemini:gemini-2.5-flash",
        "openrouter:anthropic/claude-haiku-4.5",
    ):  # fmt: skip
        assert 0 < prices.of(model, Tokens(1000, 100), NOW) < NANO // 100
    assert prices.of("ollama:llama3:8b", Tokens(MILLION, MILLION), NOW) == 0


def test_langchains_providers_have_the_same_prices():
    prices, tokens = Prices(), Tokens(1_000_000, 1_000)
    direct = prices.of("gemini:gemini-2.5-flash", tokens, NOW)
    assert prices.of("langchain:google_genai:gemini-2.5-flash", tokens, NOW) == direct > 0
    assert prices.of("langchain:ollama:llama", tokens, NOW) == 0
    with pytest.raises(UnknownPrice, match="langchain:nobody:m=INPUT"):
        prices.of("langchain:nobody:m", tokens, NOW)


def test_cached_tokens_have_prices_of_their_own():
    # Dollars per million: 1 in, 5 out, 0.10 read from the cache, 1.25 written to it.
    prices = Prices()
    found = prices.of("claude-haiku-4-5", Tokens(1000, 100, 400, 500), NOW)
    assert found == 100 * 1000 + 100 * 5000 + 400 * 100 + 500 * 1250


def test_a_long_prompt_costs_more_per_token():
    prices = Prices()
    short = prices.of("claude-haiku-5-5", Tokens(100_000, 0), NOW)
    long = prices.of("claude-haiku-5-5", Tokens(100_001, 0), NOW)
    assert (short, long) == (10_000_000, 100_001 * 500)


def test_the_bound_is_never_below_what_such_a_call_can_cost():
    prices = Prices()
    bound = prices.at_most("claude-haiku-4-5", input_tokens=2000, output_tokens=300, now=NOW)
    for read, written in ((0, 0), (2000, 0), (0, 2000), (700, 800)):
        assert prices.of("claude-haiku-4-5", Tokens(2000, 300, read, written), NOW) <= bound
    assert bound == 2000 * 1250 + 300 * 5000


def test_own_prices_come_first_and_are_rounded_up():
    prices = Prices(parse_overrides("claude-haiku-4-5=2/8, openai:mine=0.0001/0.5/0.00001/0.2"))
    assert prices.of("claude-haiku-4-5", Tokens(1000, 1000, 500), NOW) == 10 * NANO // 1000
    assert prices.of("openai:mine", Tokens(1, 0), NOW) == 1
    assert parse_overrides("m=1/2/0.1") == {
        "m": Price(Decimal(1), Decimal(2), Decimal("0.1"), Decimal(1))
    }


@pytest.mark.parametrize("setting", ["m", "m=1", "m=a/b", "=1/2", "m=1/2/3/4/5", "m=1..2/3"])
def test_prices_that_make_no_sense_are_refused(setting: str):
    with pytest.raises(ValueError, match="price"):
        parse_overrides(setting)


def test_nothing_is_spent_on_a_model_whose_price_nobody_knows():
    for model in ("openai:no-such-model", "no-such-model"):
        with pytest.raises(UnknownPrice, match="GLOSSATOR_PRICES"):
            Prices().of(model, Tokens(1, 1), NOW)
