"""A question in a language that the encoder doesn't read, made an English search query.

One small call, paid and booked as any other. Whatever goes wrong with it, the question is
searched for as it was put.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from glossator.calling.attempts import Attempt, Payments
from glossator.calling.calls import hear
from glossator.calling.models import Models
from glossator.foundation.telemetry import log
from glossator.gateways.chat import ModelCall, ModelFault, StopReason
from glossator.retrieval.confidence import Zone
from glossator.retrieval.questions import language_of
from glossator.retrieval.service import SearchResult
from glossator.tutor.prompts import Prompts
from glossator.usage.money import BudgetSpent, Payer
from glossator.usage.prices import UnknownPrice
from glossator.usage.switch import ModelsStopped

FEATURE = "rewrite"
OUTPUT_TOKENS = 60
# The reader waits for it before anything else happens.
SECONDS = 10.0
_LONGEST = 300


class Rewriting:
    """Asks the small model for search queries; `reads` says which languages search reads."""

    def __init__(
        self,
        payments: Payments,
        models: Models,
        prompts: Prompts,
        reads: Callable[[str], bool],
    ) -> None:
        self._pay = payments
        self._models = models
        self._prompts = prompts
        self._reads = reads

    async def query(self, payer: Payer, question: str, tries: list[Attempt]) -> str | None:
        """The query, or None where none was to be had; what was spent is appended to `tries`."""
        model = self._models.rewriter()
        if model is None:
            return None
        system, request = self._prompts.rewriting(question)
        call = ModelCall(system, request, output_tokens=OUTPUT_TOKENS, seconds=SECONDS)
        try:
            attempt = await self._pay.hold(payer, model, call, FEATURE, tries)
        except (BudgetSpent, ModelsStopped, UnknownPrice) as error:
            log(__name__).warning("a question isn't rewritten", model=model.name, why=error.detail)
            return None
        try:
            said = await hear(self._models, model, call, attempt)
        except ModelFault:
            return None
        return self._usable(said) if attempt.outcome != StopReason.REFUSED else None

    def _usable(self, said: str) -> str | None:
        """The first line as a query; None where it isn't in a language that search reads."""
        line = next((part.strip() for part in said.splitlines() if part.strip()), "")
        query = line.strip("\"'“”").strip()[:_LONGEST]
        readable = any(char.isalpha() for char in query) and self._reads(language_of(query))
        return query if readable else None


def merged(rewritten: SearchResult, original: SearchResult) -> SearchResult:
    """What both searches found, the rewritten query's passages first.

    The language stays the question's. A query that finds nothing near may be a bad one, so it
    alone never refuses.
    """
    known = {item.ranked.passage.chunk_id for item in rewritten.found}
    others = [item for item in original.found if item.ranked.passage.chunk_id not in known]
    zone = Zone.UNSURE if rewritten.zone is Zone.ABSENT else rewritten.zone
    return replace(
        rewritten,
        found=(*rewritten.found, *others),
        language=original.language,
        zone=zone,
    )
