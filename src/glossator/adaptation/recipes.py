"""How each kind of text is made: what is sent, how large, and what must come back; pure."""

from __future__ import annotations

import re

from glossator.adaptation.sizes import FRAME, RETELLING_TOKENS, TRANSLATION_TOKENS, Sizes, tokens
from glossator.adaptation.splitting import Part, Rules
from glossator.adaptation.tongues import Tongue, tongue
from glossator.adaptation.verify import Expected
from glossator.library.content import BlockKind

LEVELS = ("beginner", "intermediate", "advanced")
HARDWARE = ("none", "gpu", "jetson", "robotics")
ANY_HARDWARE = "any"
# Chapter, section, terms and the reason for a second try, beside the instruction:
# `test_calls_stay_under_their_limits` holds every call of real chapters against the limits.
_CONTEXT_TOKENS = 560
_SHOWN_TOKENS = 600
_RETOLD = frozenset({BlockKind.PARAGRAPH, BlockKind.LIST})
_TRANSLATED = _RETOLD | {BlockKind.HEADING, BlockKind.TABLE}
# Words; what is shorter is a label.
_SHORTEST_RETOLD = 8
# How many times its tokens a retold part may have, and its length against the original's.
_GROWS = {"beginner": 1.9, "intermediate": 1.5, "advanced": 1.4}
_LENGTHS = {"beginner": (0.5, 2.4), "intermediate": (0.45, 1.9), "advanced": (0.25, 1.7)}
_COMMAND = re.compile(
    r"\b(gpu|cuda|jetson|nvidia|robot|motor|camera|lidar|sensor|hardware|simulat\w+|arm64|x86|ros)\b",
    re.IGNORECASE,
)


def translating(to: Tongue, keeps: re.Pattern[str] | None, system: str) -> Rules:
    """What a translation sends; `system` is its instruction."""
    overhead = tokens(system) + _CONTEXT_TOKENS
    sizes = Sizes(TRANSLATION_TOKENS, overhead, to.output, by_character=True)
    return Rules(_TRANSLATED, sizes, keeps)


def retelling(level: str, keeps: re.Pattern[str] | None, system: str) -> Rules:
    """What a retelling sends: headings and tables stay as they are."""
    overhead = tokens(system) + _CONTEXT_TOKENS + _SHOWN_TOKENS
    sizes = Sizes(RETELLING_TOKENS, overhead, _GROWS[level], by_character=False)
    return Rules(_RETOLD, sizes, keeps, _SHORTEST_RETOLD, _SHOWN_TOKENS)


def retold(level: str, language: str) -> Expected:
    """What a retelling must be."""
    return Expected(tongue(language), _LENGTHS[level], translated=False)


def hardware_for(part: Part, hardware: str) -> str:
    """The hardware that a part's text depends on: any, where it holds no command or example."""
    if part.shown or any(_COMMAND.search(unit.text) for unit in part.units):
        return hardware
    return ANY_HARDWARE


def output(rules: Rules, part: Part) -> int:
    """The most tokens that a model may write for a part: what its size was reserved with."""
    return sum(rules.sizes.output(unit.protected.text) + 4 for unit in part.units) + FRAME
