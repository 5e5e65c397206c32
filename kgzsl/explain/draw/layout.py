r"""Layers of boxes: where each node of a picture is, and by which points its edges go. Geometry only.

Every edge leads from a layer to a deeper one; one that passes a layer on its way has a narrow place there, so that no
edge runs through a box. Within a layer the order is that of the barycentres of the neighbours, swept down and up, the
one with the fewest crossings kept. Then places are moved towards the middle of their neighbours, in that order and with
the gaps kept: least squares under an order is isotonic regression, solved by pooling adjacent violators.

Source: Sugiyama, Tagawa, Toda 1981, Methods for Visual Understanding of Hierarchical System Structures (layers, places
on the way, barycentres); Best & Chakravarti 1990 (pooling).
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

GAP, LANE, PORT = 22.0, 12.0, 7.0
"""Between boxes of a layer, the width of an edge that passes one, and between edges that leave one box."""
SWEEPS, STRAIGHT = 16, 8.0


class Box(NamedTuple):
    """A rectangle by its upper left corner."""

    x: float
    y: float
    width: float
    height: float

    @property
    def middle(self) -> float:
        """Of its width."""
        return self.x + self.width / 2

    def overlaps(self, other: Box, margin: float = 0.0) -> bool:
        """Say whether two rectangles have a point in common."""
        return (
            self.x - margin < other.x + other.width and other.x < self.x + self.width + margin
            and self.y - margin < other.y + other.height and other.y < self.y + self.height + margin
        )  # fmt: skip


class Layout(NamedTuple):
    """Boxes of nodes, points of edges from top to bottom, and the size of the whole."""

    boxes: dict[Hashable, Box]
    routes: dict[tuple[Hashable, Hashable], tuple[tuple[float, float], ...]]
    width: float
    height: float


def layout(
    sizes: Mapping[Hashable, tuple[float, float]],
    layers: Mapping[Hashable, int],
    edges: Mapping[tuple[Hashable, Hashable], float],
    between: float = 84.0,
) -> Layout:
    """Return where everything is.

    Args:
        sizes: width and height of each node.
        layers: of each node, 0 on top; an edge leads to a larger number.
        edges: each with its thickness.
        between: height that is left for edges between two layers.
    """
    chains, places = _chains(list(edges), layers)
    rows: list[list[Hashable]] = [[] for _ in range(max(layers.values()) + 1)]
    for key in sizes:
        rows[layers[key]].append(key)
    for key, layer in places.items():
        rows[layer].append(key)
    steps = [step for chain in chains for step in pairwise(chain)]
    above, below = _neighbours(steps)
    rows = _ordered([row for row in rows if row], above, below)
    widths = {key: sizes[key][0] if key in sizes else LANE for row in rows for key in row}
    middles = _placed(rows, widths, above, below)
    boxes, bands = _boxed(rows, sizes, widths, middles, between)
    lanes = {way: [(boxes[key].middle, y) for key in chain[1:-1] for y in bands[key]]
             for way, chain in zip(edges, chains, strict=True)}  # fmt: skip
    leave, arrive = _ports(boxes, lanes, edges, 0), _ports(boxes, lanes, edges, 1)
    routes = {(a, b): ((leave[a, b], boxes[a].y + boxes[a].height), *points, (arrive[a, b], boxes[b].y))
              for (a, b), points in lanes.items()}  # fmt: skip
    right, low = (max(side) for side in zip(*((b.x + b.width, b.y + b.height) for b in boxes.values()), strict=True))
    return Layout({key: boxes[key] for key in sizes}, routes, right, low)


def _chains(
    edges: Sequence[tuple[Hashable, Hashable]], layers: Mapping[Hashable, int]
) -> tuple[list[list[Hashable]], dict[Hashable, int]]:
    """Return each edge with its places on the way, and the layers of those."""
    chains, places = [], {}
    for number, (source, target) in enumerate(edges):
        way: dict[Hashable, int] = {("on the way", number, k): k for k in range(layers[source] + 1, layers[target])}
        chains.append([source, *way, target])
        places.update(way)
    return chains, places


def _neighbours(steps: Sequence[tuple[Hashable, Hashable]]) -> tuple[dict[Hashable, list[Hashable]], ...]:
    above: dict[Hashable, list[Hashable]] = {}
    below: dict[Hashable, list[Hashable]] = {}
    for source, target in steps:
        below.setdefault(source, []).append(target)
        above.setdefault(target, []).append(source)
    return above, below


def _ordered(
    rows: list[list[Hashable]], above: dict[Hashable, list[Hashable]], below: dict[Hashable, list[Hashable]]
) -> list[list[Hashable]]:
    """Sweep down and up; return the order with the fewest crossings, the first of equals."""
    best, fewest = rows, crossings(rows, below)
    for sweep in range(SWEEPS):
        down = sweep % 2 == 0
        rows = [list(row) for row in rows]
        for k in range(1, len(rows)) if down else range(len(rows) - 2, -1, -1):
            fixed = {key: at for at, key in enumerate(rows[k - 1 if down else k + 1])}
            near = above if down else below
            own = {key: float(at) for at, key in enumerate(rows[k])}
            rows[k].sort(key=lambda key: _mean([fixed[n] for n in near.get(key, ())], own[key]))
        number = crossings(rows, below)
        if number < fewest:
            best, fewest = rows, number
    return best


def crossings(rows: Sequence[Sequence[Hashable]], below: Mapping[Hashable, Sequence[Hashable]]) -> int:
    """Count pairs of edges that cross between neighbouring layers."""
    number = 0
    for upper, lower in pairwise(rows):
        at = {key: k for k, key in enumerate(lower)}
        ends = [at[n] for key in upper for n in sorted(below.get(key, ()), key=lambda n: at[n])]
        number += sum(a > b for k, a in enumerate(ends) for b in ends[k + 1 :])
    return number


def _placed(
    rows: Sequence[Sequence[Hashable]], widths: Mapping[Hashable, float],
    above: Mapping[Hashable, Sequence[Hashable]], below: Mapping[Hashable, Sequence[Hashable]],
) -> dict[Hashable, float]:  # fmt: skip
    """Return the middle of each place."""
    middles: dict[Hashable, float] = {}
    for row in rows:
        middles.update(_pooled(row, widths, [0.0] * len(row)))
    for sweep in range(SWEEPS):
        for row in rows if sweep % 2 == 0 else rows[::-1]:
            middles.update(_pooled(row, widths, [_wanted(key, widths, middles, above, below) for key in row]))
    return middles


def _wanted(
    key: Hashable, widths: Mapping[Hashable, float], middles: Mapping[Hashable, float],
    above: Mapping[Hashable, Sequence[Hashable]], below: Mapping[Hashable, Sequence[Hashable]],
) -> float:  # fmt: skip
    """Return the middle of the neighbours; an edge that passes several layers keeps straight before all else."""
    near = [*above.get(key, ()), *below.get(key, ())]
    weights = [STRAIGHT if widths[key] == widths[n] == LANE else 1.0 for n in near]
    total = sum(weight * middles[n] for weight, n in zip(weights, near, strict=True))
    return total / sum(weights) if near else middles[key]


def _pooled(
    row: Sequence[Hashable], widths: Mapping[Hashable, float], wanted: Sequence[float]
) -> dict[Hashable, float]:
    """Return the places nearest to those wanted that keep order and gaps."""
    shifts, at = [], 0.0
    for before, key in zip([None, *row], row, strict=False):
        at += 0.0 if before is None else (widths[before] + widths[key]) / 2 + GAP / (1 + (widths[key] == LANE))
        shifts.append(at)
    pools: list[tuple[float, int]] = []
    for want, shift in zip(wanted, shifts, strict=True):
        pools.append((want - shift, 1))
        while len(pools) > 1 and pools[-2][0] > pools[-1][0]:
            (a, n), (b, m) = pools.pop(-2), pools.pop()
            pools.append(((a * n + b * m) / (n + m), n + m))
    flat = [value for value, number in pools for _ in range(number)]
    return {key: value + shift for key, value, shift in zip(row, flat, shifts, strict=True)}


def _boxed(
    rows: Sequence[Sequence[Hashable]], sizes: Mapping[Hashable, tuple[float, float]], widths: Mapping[Hashable, float],
    middles: Mapping[Hashable, float], between: float,
) -> tuple[dict[Hashable, Box], dict[Hashable, tuple[float, float]]]:  # fmt: skip
    """Return the boxes of all places, as tall as their layer, and where each layer begins and ends."""
    left = min(middles[key] - widths[key] / 2 for row in rows for key in row)
    boxes: dict[Hashable, Box] = {}
    bands, y = {}, 0.0
    for row in rows:
        tall = max((sizes[key][1] for key in row if key in sizes), default=0.0)
        for key in row:
            boxes[key] = Box(middles[key] - widths[key] / 2 - left, y, widths[key], tall)
            bands[key] = y, y + tall
        y += tall + between
    return boxes, bands


def _ports(
    boxes: Mapping[Hashable, Box], lanes: Mapping[tuple[Hashable, Hashable], Sequence[tuple[float, float]]],
    thickness: Mapping[tuple[Hashable, Hashable], float], side: int,
) -> dict[tuple[Hashable, Hashable], float]:  # fmt: skip
    """Return where edges leave their box (0) or reach it (1): side by side, in the order of where they go."""
    groups: dict[Hashable, list[tuple[float, int, tuple[Hashable, Hashable]]]] = {}
    for number, (way, points) in enumerate(lanes.items()):
        goes = points[-side][0] if points else boxes[way[1 - side]].middle
        groups.setdefault(way[side], []).append((goes, number, way))
    ports = {}
    for key, group in groups.items():
        ways = [way for *_, way in sorted(group, key=lambda item: item[:2])]
        whole = sum(thickness[way] + PORT for way in ways)
        scale = min(1.0, 0.94 * boxes[key].width / whole)
        at = boxes[key].middle - scale * whole / 2
        for way in ways:
            room = scale * (thickness[way] + PORT)
            ports[way], at = at + room / 2, at + room
    return ports


def _mean(values: Sequence[float], otherwise: float) -> float:
    return sum(values) / len(values) if values else otherwise
