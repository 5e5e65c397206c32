"""Edges grouped, counted and as arrays: what a graph looks them up by."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import TYPE_CHECKING

import numpy as np

from kgzsl.arrays import Array

if TYPE_CHECKING:
    from kgzsl.graph.classgraph import Relation

Edges = tuple[Array, Array, Array]
Key = tuple[str, str, str]


def grouped(edges: Iterable[Relation], key: Callable[[Relation], str]) -> dict[str, list[Relation]]:
    """Return the edges by source, target or relation, in the order in which they come."""
    groups: dict[str, list[Relation]] = {}
    for edge in edges:
        groups.setdefault(key(edge), []).append(edge)
    return groups


def places(edges: Iterable[Relation]) -> dict[Key, tuple[int, ...]]:
    """Return source, relation and target → places among the edges."""
    found: dict[Key, tuple[int, ...]] = {}
    for place, edge in enumerate(edges):
        found[edge[:3]] = (*found.get(edge[:3], ()), place)
    return found


def edge_arrays(edges: Collection[Relation], index: Mapping[str, int]) -> Edges:
    """Return rows of sources, rows of targets and weights, in the order of the rows. Shapes: (E,) each."""
    source = np.fromiter((index[e.source] for e in edges), np.int64, len(edges))
    target = np.fromiter((index[e.target] for e in edges), np.int64, len(edges))
    order = np.lexsort((target, source))
    return source[order], target[order], np.array([e.weight for e in edges])[order]
