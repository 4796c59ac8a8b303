"""What a settled call adds to the metrics."""

from __future__ import annotations

from glossator.foundation import measures
from glossator.foundation.journal import count
from glossator.usage.money import Outcome, Reservation
from glossator.usage.prices import NANO


def counted(reservation: Reservation, outcome: Outcome, price: int) -> None:
    """A call, its tokens and its price in nano-dollars, as they were booked."""
    model, feature, tokens = reservation.model, reservation.feature, outcome.tokens
    count(measures.MODEL_CALLS, (model, feature, outcome.outcome))
    count(measures.MODEL_SECONDS, (model, feature), outcome.latency_ms / 1000)
    count(measures.TOKENS, (model, feature, "input"), tokens.input)
    count(measures.TOKENS, (model, feature, "output"), tokens.output)
    count(measures.TOKENS, (model, feature, "cached"), tokens.cache_read)
    count(measures.COST, (model, feature), price / NANO)
