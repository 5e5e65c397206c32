"""Candidates and what lies above them, as arrays: sums over descendants, bits, heights, and where two meet."""

from __future__ import annotations

import weakref
from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse

from kgzsl.arrays import Array

if TYPE_CHECKING:
    from kgzsl.graph.classgraph import ClassGraph

TOP = ""
"""Stands above all candidates where no class of the graph does."""
KEPT = 4


class Hierarchy:
    """Nodes are the candidates and everything above one of them; :data:`TOP` is added where no class is above all.

    A class is at or below itself, so a candidate that is an inner class counts for itself and those above it.

    Args:
        graph: several parents are allowed, cycles are not.
        ids: IRIs of the candidates.

    Attributes:
        nodes: IRIs, those highest in the hierarchy first. Length: A.
        columns: node of each candidate. Shape: (C,).
        below: which candidates are at or below a node. Shape: (C, A) sparse, ones.
        counts: how many those are. Shape: (A,).
        depths: concepts on the longest way up, the node itself counted. Shape: (A,).
        heights: steps on the longest way down to a leaf of the graph. Shape: (A,).

    Raises:
        QueryError: a cycle.
    """

    def __init__(self, graph: ClassGraph, ids: Sequence[str]) -> None:
        rows = np.array([graph.index[iri] for iri in ids], np.int64)
        ways = [sorted(graph.hierarchy.above(int(row))) for row in rows]
        owners = np.repeat(np.arange(len(rows)), [len(way) for way in ways])
        found = np.concatenate([np.array(way, np.int64) for way in ways]) if ways else np.zeros(0, np.int64)
        depths, heights = graph.hierarchy.depths, heights_of(graph)
        own = np.unique(found)
        own = own[np.lexsort((own, depths[own]))]
        place = np.zeros(len(graph.ids), np.int64)
        place[own] = np.arange(len(own))
        at = place[found]
        self.nodes = tuple(graph.ids[row] for row in own)
        self.depths, self.heights, self.columns = depths[own], heights[own], place[rows]
        if not (np.bincount(at, minlength=1) == len(rows)).any():
            owners, at = np.concatenate([np.arange(len(rows)), owners]), np.concatenate([0 * rows, at + 1])
            self.nodes, self.columns = (TOP, *self.nodes), self.columns + 1
            self.depths = np.append(0, self.depths)
            self.heights = np.append(self.heights.max(initial=-1) + 1, self.heights)
        shape = len(rows), len(self.nodes)
        self.below = sparse.csr_matrix((np.ones(len(at), np.float32), (owners, at)), shape=shape)
        self.counts = np.bincount(at, minlength=shape[1])

    def __len__(self) -> int:
        return len(self.nodes)

    @cached_property
    def candidates(self) -> frozenset[int]:
        """The nodes that are candidates themselves."""
        return frozenset(self.columns.tolist())

    @cached_property
    def information(self) -> Array:
        """Bits that a node says: log2 C − log2 (candidates at or below it). Shape: (A,).

        Source: Deng, Krause, Berg, Fei-Fei 2012, Hedging Your Bets, section 3.
        """
        return np.asarray(np.log2(max(self.below.shape[0], 1)) - np.log2(self.counts))

    @cached_property
    def distinct(self) -> Array:
        """The nodes less those with exactly the candidates of a deeper one, which say nothing less. Shape: (D,)."""
        columns = self.below.tocsc()
        columns.sort_indices()
        deepest = {columns.indices[start:end].tobytes(): node for node, (start, end)
                   in enumerate(zip(columns.indptr[:-1], columns.indptr[1:], strict=True))}  # fmt: skip
        return np.array(sorted(deepest.values()), np.int64)

    @cached_property
    def levels(self) -> tuple[Array, ...]:
        """Distinct nodes that say the same number of bits, deeper ones first; those that say most come first."""
        order = self.distinct[np.lexsort((self.distinct, -self.depths[self.distinct], self.counts[self.distinct]))]
        starts = np.flatnonzero(np.diff(self.counts[order])) + 1
        return tuple(np.split(order, starts))

    @cached_property
    def bits(self) -> Array:
        """What the nodes of each level say; the last says nothing. Shape: (L,)."""
        return np.array([self.information[level[0]] for level in self.levels])

    def probabilities(self, p: Array) -> Array:
        """Return the probability of each node: the sum over candidates at or below it. Shapes: (n, C) → (n, A)."""
        return np.asarray(p @ self.below)

    def best(self, p: Array) -> tuple[Array, Array]:
        """Return the most probable node of each level, and its probability. Shapes: (n, C) → (n, L), (n, L)."""
        sums = self.probabilities(p)
        nodes, values = np.empty((len(p), len(self.levels)), np.int64), np.empty((len(p), len(self.levels)))
        for k, level in enumerate(self.levels):
            place = sums[:, level].argmax(axis=1)
            nodes[:, k] = level[place]
            values[:, k] = sums[np.arange(len(p)), nodes[:, k]]
        return nodes, np.minimum(values, 1.0)

    def holds(self, columns: Array, nodes: Array) -> Array:
        """Return whether candidates are at or below nodes. Shapes: any two that broadcast → bool."""
        wanted = np.asarray(columns, np.int64) * len(self) + np.asarray(nodes, np.int64)
        place = np.searchsorted(self._pairs, wanted)
        return np.asarray(self._pairs[np.minimum(place, len(self._pairs) - 1)] == wanted)

    def meeting(self, columns: Array, others: Array) -> Array:
        """Return the height at which candidates meet others; see :meth:`costs`. Shapes: (n,), (n,) → (n,)."""
        common = self.below[columns].multiply(self.below[others]).tocsr()
        lowest = np.minimum.reduceat(self.heights[common.indices], common.indptr[:-1]) if len(columns) else columns
        return np.where(columns == others, 0, lowest)

    def costs(self) -> Array:
        """Return the height of the lowest common ancestor of every two candidates; 0 of one with itself.

        With several parents the lowest of all common ancestors counts. This array is dense: 21,000 candidates take
        880 MB. Shape: (C, C) int16.

        Source: Deng, Berg, Li, Fei-Fei 2010, What Does Classifying More Than 10,000 Image Categories Tell Us?
        """
        size = self.below.shape[0]
        found = np.full((size, size), self.heights.max(initial=0), np.int16)
        columns = self.below.tocsc()
        for node in np.argsort(-self.heights, kind="stable"):
            own = columns.indices[columns.indptr[node] : columns.indptr[node + 1]]
            found[np.ix_(own, own)] = self.heights[node]
        np.fill_diagonal(found, 0)
        return found

    @cached_property
    def _pairs(self) -> Array:
        rows, nodes = self.below.nonzero()
        return np.sort(rows.astype(np.int64) * len(self) + nodes)


def heights_of(graph: ClassGraph) -> Array:
    """Return the steps on the longest way down from each row of a graph to a leaf: a leaf has 0. Shape: (N,)."""
    low, high, _ = graph.edges("subClassOf")
    depths = graph.hierarchy.depths
    heights = np.zeros(len(graph.ids), np.int64)
    order = np.argsort(-depths[low], kind="stable")
    low, high = low[order], high[order]
    for part in np.split(np.arange(len(low)), np.flatnonzero(np.diff(depths[low])) + 1):
        np.maximum.at(heights, high[part], heights[low[part]] + 1)
    return heights


def steps_between(graph: ClassGraph, ids: Sequence[str], others: Sequence[str]) -> Array:
    """Return the fewest edges of the hierarchy, in either direction, from classes to others; infinite without a way.

    Shape: (len(ids), len(others)).
    """
    from scipy.sparse.csgraph import dijkstra

    low, high, _ = graph.edges("subClassOf")
    edges = sparse.csr_matrix((np.ones(len(low)), (low, high)), shape=(len(graph.ids), len(graph.ids)))
    rows, columns = ([graph.index[iri] for iri in some] for some in (ids, others))
    return np.asarray(dijkstra(edges, directed=False, indices=rows, unweighted=True)[:, columns])


_MADE: weakref.WeakKeyDictionary[ClassGraph, dict[tuple[str, ...], Hierarchy]] = weakref.WeakKeyDictionary()


def hierarchy_of(graph: ClassGraph, ids: Sequence[str]) -> Hierarchy:
    """Return the hierarchy above these candidates; the last few of a graph are remembered as long as it is."""
    made, key = _MADE.setdefault(graph, {}), tuple(ids)
    found = made.get(key)
    if found is None:
        found = Hierarchy(graph, key)
        while len(made) >= KEPT:
            made.pop(next(iter(made)), None)
        made[key] = found
    return found
