"""A conversation that the client tells us instead of a session's name; pure."""

from __future__ import annotations

from collections.abc import Sequence

from glossator.tutor import follow_ups
from glossator.tutor.conversations import REMEMBERED, Past

# As long as the API takes questions, in characters.
_QUESTION = 2_000
# What a turn long ago was about still decides how a later one was read.
_READ = 2 * REMEMBERED


def recalled(said: Sequence[tuple[str, str]]) -> tuple[Past, ...]:
    """The last of the questions with their answers, oldest first, as a session would have them.

    Each question's reading is the likeliest one; which of two the book answered more surely is
    not known any more.
    """
    past: list[Past] = []
    for question, answer in said[-_READ:]:
        cut = question[:_QUESTION]
        standalone = follow_ups.readings(cut, [each.standalone for each in past])[0]
        past.append(Past(cut, standalone, answer, ()))
    return tuple(past[-REMEMBERED:])
