"""The reading order of a page: its columns, and what spans them, from the top down."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from glossator.ingestion.readers.pdf_lines import Segment

_MIN_SEGMENTS = 10
_MIN_SIDE = 5  # A column has at least so many lines.
_DEPTH = 3
_FILLED = 0.5  # The middle line of a column of prose fills this share of it.
_WORDS = 3.0
_PROSE_WORDS = 4.0


def regions(parts: Sequence[Segment], *, rtl: bool, depth: int = _DEPTH) -> list[list[Segment]]:
    """The segments of a page as columns in reading order; one list where there are none."""
    gutter = _gutter(parts) if depth else None
    if gutter is None:
        return [list(parts)] if parts else []
    found: list[list[Segment]] = []
    left: list[Segment] = []
    right: list[Segment] = []
    across: list[Segment] = []

    def flush() -> None:
        for side in (right, left) if rtl else (left, right):
            if side:
                found.extend(regions(side, rtl=rtl, depth=depth - 1))
        left.clear()
        right.clear()

    for part in sorted(parts, key=lambda each: -each.base):
        if part.x1 <= gutter + 1 or part.x0 >= gutter - 1:
            if across:
                found.append(list(across))
                across.clear()
            (left if part.x1 <= gutter + 1 else right).append(part)
        else:
            flush()
            across.append(part)
    if across:
        found.append(across)
    flush()
    return found


def _gutter(parts: Sequence[Segment]) -> float | None:
    """Where a white stripe parts two columns of prose; None where there is none."""
    if len(parts) < _MIN_SEGMENTS:
        return None
    starts = np.sort(np.array([part.x0 for part in parts]))
    ends = np.sort(np.array([part.x1 for part in parts]))
    low, high = float(starts[0]), float(ends[-1])
    places = np.arange(low + 0.2 * (high - low), low + 0.8 * (high - low), 2.0)
    before = np.searchsorted(ends, places, side="right")
    behind = len(parts) - np.searchsorted(starts, places, side="left")
    least = np.minimum(before, behind)
    across = len(parts) - before - behind
    score = np.where((least >= _MIN_SIDE) & (across <= 2 * least), 2 * least - across, -1)
    if not len(score) or score.max() < 0:
        return None
    best = np.flatnonzero(score == score.max())
    place = float(places[best[len(best) // 2]])
    left = [part for part in parts if part.x1 <= place + 1]
    right = [part for part in parts if part.x0 >= place - 1]
    prose = _is_prose(left, place - low) and _is_prose(right, high - place)
    return place if prose and _side_by_side(left, right) else None


def _is_prose(parts: Sequence[Segment], width: float) -> bool:
    if len(parts) < _MIN_SIDE:
        return False
    filled = float(np.median([part.x1 - part.x0 for part in parts])) / max(width, 1.0)
    words = sum(part.text.count(" ") + 1 for part in parts) / len(parts)
    return words >= _WORDS and (filled >= _FILLED or words >= _PROSE_WORDS)


def _side_by_side(left: Sequence[Segment], right: Sequence[Segment]) -> bool:
    top = min(max(part.base for part in side) for side in (left, right))
    bottom = max(min(part.base for part in side) for side in (left, right))
    return sum(1 for part in left if bottom - 1 <= part.base <= top + 1) >= 3
