"""Small line plots as SVG, readable on light and dark pages."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Mapping, Sequence
from html import escape

_WIDTH, _HEIGHT = 640, 360
_LEFT, _RIGHT, _TOP, _BOTTOM = 64, 150, 40, 48
# Told apart by those who don't see colours too, with marks of their own.
_COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9")
_DASHES = ("", "6 3", "2 3", "8 3 2 3", "1 4", "10 4")
Points = Sequence[tuple[float, float]]
At = Callable[[tuple[float, float]], tuple[float, float]]


def lines(title: str, x: str, y: str, series: Mapping[str, Points]) -> str:
    """A plot of named lines over logarithmic axes; values are above 0."""
    across = [point[0] for points in series.values() for point in points]
    up = [point[1] for points in series.values() for point in points]
    low, high = 10 ** math.floor(math.log10(min(up))), 10 ** math.ceil(math.log10(max(up)))
    high = high if high > low else 10 * low

    def at(point: tuple[float, float]) -> tuple[float, float]:
        return (
            _LEFT + _share(point[0], min(across), max(across)) * (_WIDTH - _LEFT - _RIGHT),
            _HEIGHT - _BOTTOM - _share(point[1], low, high) * (_HEIGHT - _TOP - _BOTTOM),
        )

    parts = [_text(_LEFT, 20, title, "start", 14)]
    parts += _grid(at, sorted(set(across)), low, high)
    parts.append(_text((_LEFT + _WIDTH - _RIGHT) / 2, _HEIGHT - 8, x))
    parts.append(_text(_LEFT, _TOP - 6, y, "end"))
    ends = _apart([at(points[-1])[1] for points in series.values()])
    for n, (name, points) in enumerate(series.items()):
        places = [at(point) for point in points]
        colour, dash = _COLOURS[n % len(_COLOURS)], _DASHES[n % len(_DASHES)]
        path = " ".join(f"{left:.1f},{top:.1f}" for left, top in places)
        parts.append(
            f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2" '
            f'stroke-dasharray="{dash}"/>'
        )
        parts += [
            f'<circle cx="{left:.1f}" cy="{top:.1f}" r="3" fill="{colour}"/>'
            for left, top in places
        ]
        parts.append(_text(_WIDTH - _RIGHT + 10, ends[n] + 4, name, "start", 12, colour))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" '
        f'font-family="sans-serif"><title>{escape(title)}</title>'
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="#fff"/>{"".join(parts)}</svg>\n'
    )


def _share(value: float, low: float, high: float) -> float:
    return (math.log(value) - math.log(low)) / ((math.log(high) - math.log(low)) or 1.0)


def _grid(at: At, across: Sequence[float], low: float, high: float) -> list[str]:
    parts = []
    tick = low
    while tick <= high * 1.001:
        _, top = at((across[0], tick))
        parts.append(
            f'<line x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{top:.1f}" y2="{top:.1f}" '
            'stroke="#ddd"/>'
        )
        parts.append(_text(_LEFT - 8, top + 4, f"{tick:,g}", "end"))
        tick *= 10
    for value in across:
        left, _ = at((value, low))
        parts.append(_text(left, _HEIGHT - _BOTTOM + 18, f"{value:,.0f}"))
    return parts


def _apart(places: Sequence[float]) -> list[float]:
    """Heights of names beside their lines' ends, moved so that none lies on another."""
    found = list(places)
    order = sorted(range(len(found)), key=lambda n: found[n])
    for before, after in itertools.pairwise(order):
        found[after] = max(found[after], found[before] + 14)
    return found


def _text(
    left: float, top: float, words: str, anchor: str = "middle", size: int = 12,
    colour: str = "#333",
) -> str:  # fmt: skip
    return (
        f'<text x="{left:.1f}" y="{top:.1f}" text-anchor="{anchor}" font-size="{size}" '
        f'fill="{colour}">{escape(words)}</text>'
    )
