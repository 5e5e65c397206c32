"""Cost-sensitive answers: the candidate that is expected to be least far from the truth."""

from __future__ import annotations

import weakref
from collections.abc import Sequence
from typing import TYPE_CHECKING, Self

import numpy as np
from scipy import sparse

from kgzsl.arrays import Array
from kgzsl.metrics import by_class
from kgzsl.resolve.adjuster import required
from kgzsl.resolve.decide.backoff import parts
from kgzsl.resolve.decide.decider import Decider, Decision
from kgzsl.resolve.decide.hierarchy import TOP, Hierarchy, hierarchy_of
from kgzsl.resolve.decide.subtree import renormalised
from kgzsl.resolve.query import Query, Rehearsal

if TYPE_CHECKING:
    from kgzsl.graph.classgraph import ClassGraph

TIE = 1e-9
POWERS = (1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0, 1000.0)


class Cost(Decider):
    r"""Answer the candidate of least expected cost; a mistake costs the height at which it meets the truth.

    .. math:: \hat c(x) = \arg\min_c \sum_{c'} q(c' \mid x)\, \mathrm{height}(\mathrm{lca}(c, c')), \quad
              q \propto p^\beta

    With probabilities that are true :math:`\beta = 1` is best; where many improbable candidates have too much in all,
    more is. It is the one whose answers cost least on hidden classes, each class counting the same. The largest has the
    most probable candidate for an answer. Of equal costs the most probable counts.

    Source: Deng, Berg, Li, Fei-Fei 2010, What Does Classifying More Than 10,000 Image Categories Tell Us?;
    Bertinetto, Mueller, Tertikas, Samangooei, Lord 2020, Making Better Mistakes.
    """

    name = "cost"
    citation = "Deng, Berg, Li, Fei-Fei 2010; Bertinetto, Mueller, Tertikas, Samangooei, Lord 2020"

    power: float = 1.0
    """β."""

    def fit(self, rehearsals: Sequence[Rehearsal], graph: ClassGraph) -> Self:
        """See the base class."""
        found = [_costs(r, graph) for r in required(self.name, rehearsals)]
        self.power = POWERS[int(np.concatenate(found).mean(axis=0).argmin())]
        return self

    def state(self) -> dict[str, Array]:
        """See the base class."""
        return {"power": np.array([self.power])}

    def restore(self, arrays: dict[str, Array]) -> Self:
        """See the base class."""
        self.power = float(arrays["power"][0])
        return self

    def decide(self, query: Query, graph: ClassGraph) -> list[Decision]:
        """See the base class."""
        heights = expected_height(graph, query.ids)
        said: list[Decision] = []
        for part in parts(query.scores):
            p = np.exp(part)
            expected = heights(_sharper(part, self.power))
            chosen, likely = (expected - TIE * p).argmin(axis=1), p.argmax(axis=1)
            said += [_decision(query, graph, p[n], expected[n], int(chosen[n]), int(likely[n]))
                     for n in range(len(p))]  # fmt: skip
        return said


def _sharper(logp: Array, power: float) -> Array:
    """Return probabilities to a power, as probabilities. Shapes: (n, C) → (n, C)."""
    return np.asarray(np.exp(renormalised(power * logp)))


def _costs(rehearsal: Rehearsal, graph: ClassGraph) -> Array:
    """Return what answers cost for each hidden class and power. Shape: (H, P)."""
    hidden = np.flatnonzero(~rehearsal.of_seen)
    query, y = rehearsal.query.take(hidden), rehearsal.y[hidden]
    heights, hierarchy = expected_height(graph, query.ids), hierarchy_of(graph, query.ids)
    answers = np.concatenate([[(heights(_sharper(part, power)) - TIE * np.exp(part)).argmin(axis=1)
                               for power in POWERS] for part in parts(query.scores)], axis=1).T  # fmt: skip
    each = [by_class(hierarchy.meeting(answers[:, k], y).astype(float), y) for k in range(len(POWERS))]
    return np.stack(each, axis=1)


class ExpectedHeight:
    r"""Expected height of the meeting point with the truth, for every candidate, without an array of all pairs.

    The candidates :math:`S_h(c)` that meet c at height h or below are those under one of its ancestors up to that
    height: with one parent each the descendants of a single node, with several a union. A set is kept once, however
    many candidates and heights it serves.

    .. math:: E\,\mathrm{height}(c) = H - \sum_{h=0}^{H-1} p(S_h(c))

    Args:
        hierarchy: of the candidates.
        graph: of the candidates.
    """

    def __init__(self, hierarchy: Hierarchy, graph: ClassGraph) -> None:
        self.highest = int(hierarchy.heights.max(initial=0))
        self._own = hierarchy.heights[hierarchy.columns]
        ways, below = _Ways(hierarchy, graph), hierarchy.below
        sets: dict[tuple[int, ...], int] = {}
        entries = [(sets.setdefault(key, len(sets)), column, steps)
                   for column in range(below.shape[0]) for key, steps in ways.levels(column)]  # fmt: skip
        at, columns, steps = np.array(entries, np.int64).reshape(-1, 3).T
        self._times = sparse.csr_matrix((steps.astype(float), (at, columns)), (len(sets), below.shape[0]))
        owners = np.repeat(np.arange(len(sets)), [len(key) for key in sets])
        nodes = np.array([node for key in sets for node in key], np.int64)
        picked = sparse.csr_matrix((np.ones(len(nodes), np.float32), (nodes, owners)), (len(hierarchy), len(sets)))
        self._sets = (below @ picked).minimum(1)

    def __call__(self, p: Array) -> Array:
        """Return what each candidate is expected to cost. Shapes: (n, C) → (n, C).

        Below its own height an inner candidate meets itself alone, which costs nothing.
        """
        met = (p @ self._sets) @ self._times + p * self._own
        return np.asarray(self.highest * p.sum(axis=1, keepdims=True) - met)


class _Ways:
    """What lies above each candidate, by height."""

    def __init__(self, hierarchy: Hierarchy, graph: ClassGraph) -> None:
        self._hierarchy, self._graph = hierarchy, graph
        self._highest = int(hierarchy.heights.max(initial=0))
        self._place = {iri: node for node, iri in enumerate(hierarchy.nodes)}
        self._known = dict[int, frozenset[int]]()

    def levels(self, column: int) -> list[tuple[tuple[int, ...], int]]:
        """Return the highest nodes above a candidate up to a height, and for how many heights those are the same."""
        heights, below = self._hierarchy.heights, self._hierarchy.below
        by_height: dict[int, list[int]] = {}
        for node in below.indices[below.indptr[column] : below.indptr[column + 1]].tolist():
            by_height.setdefault(int(heights[node]), []).append(node)
        found, key = list[tuple[tuple[int, ...], int]](), list[int]()
        steps = sorted(by_height)
        for height, following in zip(steps, [*steps[1:], self._highest], strict=True):
            new = by_height[height]
            key = sorted([*(node for node in key if self._above(node).isdisjoint(new)), *new])
            if following > height:
                found.append((tuple(key), following - height))
        return found

    def _above(self, node: int) -> frozenset[int]:
        if node not in self._known:
            graph, iri = self._graph, self._hierarchy.nodes[node]
            rows = graph.hierarchy.above(graph.index[iri]) if iri != TOP else ()
            top = [self._place[TOP]] if TOP in self._place else []
            self._known[node] = frozenset([*(self._place[graph.ids[row]] for row in rows), *top])
        return self._known[node]


_MADE: weakref.WeakKeyDictionary[Hierarchy, ExpectedHeight] = weakref.WeakKeyDictionary()


def expected_height(graph: ClassGraph, ids: Sequence[str]) -> ExpectedHeight:
    """Return what works out costs among these candidates; remembered as long as their hierarchy is."""
    found = hierarchy_of(graph, ids)
    if found not in _MADE:
        _MADE[found] = ExpectedHeight(found, graph)
    return _MADE[found]


def _decision(query: Query, graph: ClassGraph, p: Array, expected: Array, chosen: int, likely: int) -> Decision:
    iri, other = query.ids[chosen], graph.label(query.ids[likely])
    reason = f"expected height of the mistake {expected[chosen]:.2f}"
    if chosen != likely:
        reason += f"; {expected[likely]:.2f} for '{other}', which is more probable ({p[likely]:.2f})"
    bits = float(np.log2(len(query.ids)))
    return Decision("class", (graph.short(iri),), (iri,), (graph.label(iri),), float(p[chosen]), bits, reason)
