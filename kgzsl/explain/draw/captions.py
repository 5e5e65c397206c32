"""Captions of edges: where a step is stated, beside the step, only where they hide nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from kgzsl.arrays import Array
from kgzsl.explain.draw.layout import Box, Layout
from kgzsl.explain.draw.text import clean, fitted, places, width_of
from kgzsl.explain.draw.union import Edge

WIDEST, LINE, AWAY, BESIDE = 150.0, 13.0, 2.0, 10.0
ALONG = (0.5, 0.66, 0.34, 0.8, 0.2)
"""Where along an edge a caption may be."""
FINE, OWN = 32, 0.8
"""Points of an edge by which it is seen whether a caption would hide it; its own edge it may hide a little."""
STRONGEST, HIDDEN, LITTLE = 8, 8, 3
"""Edges whose captions may hide a little of others, how many of those points, and how many others may hide."""

Point = tuple[float, float]


class Caption(NamedTuple):
    """Lines of text and their rectangle."""

    lines: tuple[str, ...]
    box: Box


def captions(layout: Layout, edges: Sequence[Edge], size: float) -> Iterator[Caption]:
    """Yield captions of edges that facts state, the first edges first; one that finds no free place is left out."""
    taken = list(layout.boxes.values())
    points = {way: np.array([point for pair in _stretches(route) for point in _curve(*pair)])
              for way, route in layout.routes.items()}  # fmt: skip
    every = np.concatenate([*points.values(), np.zeros((0, 2))])
    for rank, edge in enumerate(edge for edge in edges if edge.facts):
        way = (edge.source, edge.target)
        lines = tuple(fitted(clean(text), WIDEST, size) for text in (" / ".join(edge.relations), places(edge.facts, 1)))
        free = [box for box in _boxes(lines, layout.routes[way], size)
                if box.x >= 0 and box.x + box.width <= layout.width
                and not any(box.overlaps(other, AWAY) for other in taken)]  # fmt: skip
        costs = [_inside(every, box) - OWN * _inside(points[way], box) for box in free]
        if costs and min(costs) <= (HIDDEN if rank < STRONGEST else LITTLE):
            box = free[costs.index(min(costs))]
            taken.append(box)
            yield Caption(lines, box)


def _boxes(lines: Sequence[str], route: Sequence[Point], size: float) -> Iterator[Box]:
    """Yield where a caption may be: beside an edge or on it, on its first and last stretch first."""
    wide, high = max(width_of(line, size) for line in lines) + 6, LINE * len(lines) + 3
    found = _stretches(route)
    for (x, y), (to_x, to_y) in found[:1] + found[1:][::-1]:
        for t in ALONG:
            at_x, at_y = _at(t, x, x, to_x, to_x), _at(t, y, (y + to_y) / 2, (y + to_y) / 2, to_y)
            for shift in (wide / 2 + BESIDE, -wide / 2 - BESIDE, 0.0):
                yield Box(at_x + shift - wide / 2, at_y - high / 2, wide, high)


def _stretches(route: Sequence[Point]) -> list[tuple[Point, Point]]:
    return [pair for pair in pairwise(route) if pair[1][1] > pair[0][1]]


def _curve(start: Point, end: Point) -> Iterator[Point]:
    (x, y), (to_x, to_y), half = start, end, (start[1] + end[1]) / 2
    for k in range(FINE + 1):
        yield _at(k / FINE, x, x, to_x, to_x), _at(k / FINE, y, half, half, to_y)


def _at(t: float, start: float, first: float, second: float, end: float) -> float:
    """Return a coordinate of a cubic curve, the same that is drawn."""
    return (1 - t) ** 3 * start + 3 * (1 - t) ** 2 * t * first + 3 * (1 - t) * t**2 * second + t**3 * end


def _inside(points: Array, box: Box) -> int:
    """Count points within a box. Shape: (n, 2)."""
    lower, upper = (box.x, box.y), (box.x + box.width, box.y + box.height)
    return int(((points > lower) & (points < upper)).all(axis=1).sum())
