"""A chapter with everything in it that may go wrong, and the rules that it is split by."""

from __future__ import annotations

import re

from glossator.adaptation import wording
from glossator.adaptation.recipes import translating
from glossator.adaptation.splitting import Part, Rules, parts
from glossator.adaptation.tongues import TONGUES
from glossator.library.content import CanonicalText
from small_books import content

LIDAR = """## How a lidar sees

A lidar sends short pulses of light and times their echo with `read_echo()`. One pulse takes 67
nanoseconds to come back from a wall that is ten metres away, see [the guide](../guide.md) and
[the paper](https://example.org/p.pdf "Paper"), and its energy is $E = h \\nu$ in theory.

- The **range** is given in metres, as by `max_range`, and depends on the wall.
- The field of view is measured in degrees and never covers the whole room.
- The rate says how often the mirror turns around in a second of time.

| Sensor | Reach of it | Price to pay |
|--------|-------|-------|
| Lidar  | very long | high in shops |
| Sonar  | short   | low in shops |

A sonar listens to sound instead of light, which is slower and cheaper than every lidar that was
ever sold in a shop, and it works where the air is full of smoke or of dust.
"""


def chapter(markdown: str = LIDAR) -> CanonicalText:
    """A chapter's canonical text."""
    return content(markdown)


def urdu(keeps: re.Pattern[str] | None = None) -> Rules:
    """The same with names to keep."""
    return translating(TONGUES["ur"], keeps, wording.load().translating("Urdu"))


def rules() -> Rules:
    """How a translation into Urdu is split."""
    return urdu()


def one_part() -> Part:
    """The chapter above as its only part."""
    made = chapter()
    (part,) = parts(made.text, made.blocks, rules())
    return part
