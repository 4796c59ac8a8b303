"""What a model call costs, from a kept list of prices or the operator's own.

The list is that of the package genai-prices: it comes with its data, asks nobody, and knows
that some models cost more above a length of prompt. Loading it takes 0.7 s and 67 MB, so it
is loaded by the first call that has to be priced, never where no model is set.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_CEILING, Decimal
from typing import TYPE_CHECKING

from glossator.foundation.errors import Unavailable

if TYPE_CHECKING:
    from genai_prices.types import ModelInfo, Provider

NANO = 1_000_000_000
_MILLION = 1_000_000
# How a model is named in the settings, and whose prices those are; "" costs nothing.
_PROVIDERS = {"openai": "openai", "openrouter": "openrouter", "gemini": "google", "ollama": ""}
# LangChain's names of providers, where the list's are others.
_LANGCHAIN = {"google_genai": "google", "mistralai": "mistral", "ollama": ""}
_OVERRIDE = re.compile(r"(?P<model>[^=\s]+)=(?P<prices>[0-9.]+(?:/[0-9.]+){1,3})")


class UnknownPrice(Unavailable):
    """Nobody knows what a model costs, so nothing may be spent on it."""

    type = "unknown-price"
    title = "The model's price isn't known"


@dataclass(frozen=True, slots=True)
class Tokens:
    """Token counts of a call as the provider gave them.

    `input` counts the whole prompt; `cache_read` and `cache_written` are the parts of it that
    the provider took from and put into its cache.
    """

    input: int
    output: int
    cache_read: int = 0
    cache_written: int = 0


@dataclass(frozen=True, slots=True)
class Price:
    """An operator's own price of a model, in US dollars per million tokens."""

    input: Decimal
    output: Decimal
    cache_read: Decimal
    cache_written: Decimal

    def nano(self, tokens: Tokens) -> int:
        """Nano-dollars for these tokens, rounded up."""
        plain = max(0, tokens.input - tokens.cache_read - tokens.cache_written)
        dollars = (
            self.input * plain
            + self.output * tokens.output
            + self.cache_read * tokens.cache_read
            + self.cache_written * tokens.cache_written
        ) / _MILLION
        return _nano(dollars)


class Prices:
    """Prices by the names that models have in the settings."""

    def __init__(self, overrides: Mapping[str, Price] | None = None) -> None:
        self._overrides = dict(overrides or {})
        self._found: dict[str, tuple[Provider, ModelInfo]] = {}

    def of(self, model: str, tokens: Tokens, now: datetime) -> int:
        """What a call costs, in nano-dollars, rounded up; raises `UnknownPrice`.

        `now` matters to models whose price changes on a date.
        """
        own = self._overrides.get(model)
        if own is not None:
            return own.nano(tokens)
        provider, name = _listed(model)
        if provider == "":
            return 0
        from genai_prices import Usage

        if model not in self._found:
            self._found[model] = _find(model, provider, name)
        usage = Usage(
            input_tokens=max(tokens.input, tokens.cache_read + tokens.cache_written),
            output_tokens=tokens.output,
            cache_read_tokens=tokens.cache_read,
            cache_write_tokens=tokens.cache_written,
        )
        seller, info = self._found[model]
        return _nano(info.calc_price(usage, seller, genai_request_timestamp=now).total_price)

    def at_most(self, model: str, *, input_tokens: int, output_tokens: int, now: datetime) -> int:
        """The most that a call with such a prompt and output limit can cost, in nano-dollars.

        Writing to a provider's cache can cost more than plain input, so the dearer counts.
        """
        written = Tokens(input_tokens, output_tokens, cache_written=input_tokens)
        return max(
            self.of(model, Tokens(input_tokens, output_tokens), now),
            self.of(model, written, now),
        )


def parse_overrides(setting: str) -> dict[str, Price]:
    """Prices from `MODEL=INPUT/OUTPUT[/CACHE READ[/CACHE WRITE]]`, separated by commas.

    All in US dollars per million tokens; a cache's prices are the input's where left out.
    Raises `ValueError` with a sentence.
    """
    found: dict[str, Price] = {}
    for part in filter(None, (piece.strip() for piece in setting.split(","))):
        match = _OVERRIDE.fullmatch(part)
        if match is None:
            raise ValueError(f"a price is written MODEL=INPUT/OUTPUT, not {part!r}")
        try:
            numbers = [Decimal(number) for number in match["prices"].split("/")]
        except ArithmeticError:
            raise ValueError(f"a price is made of numbers, not {match['prices']!r}") from None
        read, written = (numbers[2:] + [numbers[0]] * 2)[:2]
        found[match["model"]] = Price(numbers[0], numbers[1], read, written)
    return found


def _listed(model: str) -> tuple[str, str]:
    prefix, colon, name = model.partition(":")
    if prefix == "langchain":
        provider, _, name = name.partition(":")
        return _LANGCHAIN.get(provider, provider), name
    if colon and prefix in _PROVIDERS:
        return _PROVIDERS[prefix], name
    return "anthropic", model


def _find(model: str, provider: str, name: str) -> tuple[Provider, ModelInfo]:
    from genai_prices.data_snapshot import get_snapshot

    try:
        return get_snapshot().find_provider_model(name, None, provider, None)
    except LookupError:
        raise UnknownPrice(
            f"The price of {model} isn't known to this version. Set it in GLOSSATOR_PRICES, "
            f"in dollars per million tokens: {model}=INPUT/OUTPUT."
        ) from None


def _nano(dollars: Decimal) -> int:
    return int((dollars * NANO).to_integral_value(ROUND_CEILING))
