"""What a check may demand of its figures; pure."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from glossator.insight.reports import Failed

# By the option's name: where the figure stands.
MINIMA: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "top1": ("retrieval", "top1"),
        "top5": ("retrieval", "top5"),
        "top10": ("retrieval", "top10"),
        "mrr": ("retrieval", "mrr"),
        "chapter": ("citation", "chapter"),
        "heading": ("citation", "heading"),
        "evidence": ("citation", "evidence"),
        "proven": ("citation", "proven"),
        "kept": ("refusal", "kept"),
        "refused": ("refusal", "refused"),
        "answers": ("answers", "words"),
    }
)


def failed(
    figures: Mapping[str, Any],
    minima: Mapping[str, float | None],
    *,
    damages: int,
    max_damaged: int,
    worse: int,
    max_worse: int | None,
) -> list[Failed]:
    """The figures that are below what was asked for; one that can't be counted is."""
    found = []
    for name, wanted in minima.items():
        group, key = MINIMA[name]
        value = figures[group][key]
        if wanted is not None and (value is None or value < wanted):
            found.append(Failed(f"{group} {name}", value, wanted))
    if damages > max_damaged:
        found.append(Failed("damaged places", damages, max_damaged))
    if max_worse is not None and worse > max_worse:
        found.append(Failed("questions that got worse", worse, max_worse))
    return found
