"""A question and its searches: of several readings of a follow-up the one the book answers best."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import chain, zip_longest

from glossator.retrieval.confidence import Zone
from glossator.retrieval.service import Found, SearchResult


def understood(
    question: str, readings: Sequence[str], search: Callable[[str], SearchResult]
) -> tuple[str, SearchResult]:
    """The surest of the `readings`, the first of equals, with what was found for it.

    Where the search isn't sure even of that one, what the others find stands between its
    passages. Words put in front of a follow-up make no natural question, so they alone never
    prove that the book doesn't hold the answer.
    """
    found = [(reading, search(reading)) for reading in readings]
    reading, best = max(found, key=lambda pair: pair[1].confidence)
    if best.zone is not Zone.ANSWERABLE:
        others = [result.found for _, result in found if result is not best]
        best = replace(best, found=_by_turns([best.found, *others]))
    if best.zone is Zone.ABSENT and any(other != question for other in readings):
        best = replace(best, zone=Zone.UNSURE)
    return reading, best


def _by_turns(lists: Sequence[Sequence[Found]]) -> tuple[Found, ...]:
    """The first of each list, then the second of each; a passage once, where it stands first."""
    kept: dict[int, Found] = {}
    for item in chain.from_iterable(zip_longest(*lists)):
        if item is not None:
            kept.setdefault(item.ranked.passage.chunk_id, item)
    return tuple(kept.values())
