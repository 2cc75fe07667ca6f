"""Bars for a page: plain geometry for an SVG, drawn by `staff/charts.html`. Colours are the stylesheet's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 600, 120  # units of the picture; a page stretches it to its own width
_GAP = 0.25  # of a bar's place


@dataclass(frozen=True, slots=True)
class Bar:
    """A rectangle, and what it tells."""

    x: float
    y: float
    width: float
    height: float
    series: int  #: 0, 1, 2: which colour
    words: str


@dataclass(frozen=True, slots=True)
class Chart:
    """A picture of numbers."""

    bars: tuple[Bar, ...]
    top: int  #: the largest number; its bar reaches the top
    words: str  #: what the picture shows, for those who do not see it
    width: int = WIDTH
    height: int = HEIGHT


def stacked(words: str, labels: Sequence[str], rows: Sequence[Sequence[int]], names: Sequence[str]) -> Chart:
    """One bar a label, made of one piece a name, the first at the bottom."""
    top = max((sum(row) for row in rows), default=0)
    place = WIDTH / max(1, len(rows))
    bars: list[Bar] = []
    for at, (label, row) in enumerate(zip(labels, rows, strict=True)):
        floor = float(HEIGHT)
        for series, number in enumerate(row):
            size = HEIGHT * number / top if top else 0.0
            floor -= size
            if number:
                told = f"{label}: {number} {names[series].lower()}"
                bars.append(Bar(round(at * place + place * _GAP / 2, 2), round(floor, 2), round(place * (1 - _GAP), 2),
                                round(size, 2), series, told))  # fmt: skip
    return Chart(tuple(bars), top, words)
