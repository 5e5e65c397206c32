"""How an answer relates to the true class in the hierarchy, and how far classes are from the seen ones."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence

import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import dijkstra

from kgzsl.arrays import Array
from kgzsl.evaluate.outcome import Confusion, Folded
from kgzsl.graph.classgraph import SUBCLASS, ClassGraph

RIGHT, TIED, BELOW, ABOVE = "right", "tied", "below", "above"
SIBLING, BRANCH, ELSEWHERE = "sibling", "same branch", "elsewhere"
RELATIONS = (RIGHT, TIED, BELOW, ABOVE, SIBLING, BRANCH, ELSEWHERE)
"""Of an answer to the true class, from near to far."""
FREQUENT = 25


class Kinship:
    """Relations of classes, each worked out once.

    Args:
        graph: whose hierarchy.
    """

    def __init__(self, graph: ClassGraph) -> None:
        self._graph, self._above = graph, dict[str, frozenset[str]]()
        self._known = dict[tuple[str, str], str]()

    def above(self, iri: str) -> frozenset[str]:
        """Return the IRIs of all ancestors."""
        if iri not in self._above:
            self._above[iri] = self._graph.ancestors(iri)
        return self._above[iri]

    def is_below(self, answer: str, truth: str) -> bool:
        """Say whether an answer is a descendant of the true class."""
        return truth in self.above(answer)

    def relation(self, answer: str, truth: str) -> str:
        """Return one of :data:`RELATIONS`.

        ``same branch``: the deepest common ancestor is at least half as deep as the true class.
        """
        pair = answer, truth
        if pair not in self._known:
            self._known[pair] = self._relation(answer, truth)
        return self._known[pair]

    def _relation(self, answer: str, truth: str) -> str:
        if answer == truth:
            return RIGHT
        if self.is_below(answer, truth):
            return BELOW
        if answer in self.above(truth):
            return ABOVE
        if set(self._graph.parents(answer)) & set(self._graph.parents(truth)):
            return SIBLING
        depths, index = self._graph.hierarchy.depths, self._graph.index
        common = self.above(answer) & self.above(truth)
        deepest = max((int(depths[index[iri]]) for iri in common), default=0)
        return BRANCH if 2 * deepest >= int(depths[index[truth]]) else ELSEWHERE


def folded(kinship: Kinship, graph: ClassGraph, answers: Sequence[str], truths: Sequence[str], right: Array) -> Folded:
    """Count answers by their relation to the true class.

    Args:
        kinship: of the graph.
        graph: names the classes.
        answers: IRI of each input's answer.
        truths: IRI of its class.
        right: which count as right; the others with the right answer share its score with another class. Shape: (n,).
    """
    relations = Counter[str]()
    pairs = Counter(zip(answers, truths, [bool(one) for one in right], strict=True))
    wrong = Counter[tuple[str, str, str]]()
    for (answer, truth, whether), often in pairs.items():
        relation = RIGHT if whether else TIED if answer == truth else kinship.relation(answer, truth)
        relations[relation] += often
        if relation not in (RIGHT, TIED):
            wrong[graph.label(truth), graph.label(answer), relation] += often
    ordered = sorted(wrong.items(), key=lambda item: (-item[1], item[0]))[:FREQUENT]
    return Folded({name: relations[name] for name in RELATIONS if relations[name] or name != TIED},
                  tuple(Confusion(*names, often) for names, often in ordered))  # fmt: skip


def distances(graph: ClassGraph, seen: Collection[str]) -> tuple[Array, Array]:
    """Return how many edges of the hierarchy lead to the nearest seen class, and its row; -1 where there is no way.

    Edges count in either direction. Shapes: (N,), (N,) by rows of the graph.
    """
    size, index = len(graph.ids), graph.index
    starts = np.array(sorted(index[iri] for iri in seen if iri in index), np.int64)
    if not len(starts):
        return np.full(size, -1), np.full(size, -1)
    steps, _, sources = dijkstra(_edges(graph), directed=False, indices=starts, unweighted=True, min_only=True,
                                 return_predecessors=True)  # fmt: skip
    reached = np.isfinite(steps)
    return np.where(reached, np.where(reached, steps, 0), -1).astype(np.int64), np.where(reached, sources, -1)


def steps_from(graph: ClassGraph, rows: Sequence[int]) -> Array:
    """Return how many edges of the hierarchy, in either direction, lead to each concept; inf where no way does.

    Shapes: (T,) → (T, N).
    """
    found = dijkstra(_edges(graph), directed=False, indices=np.asarray(rows, np.int64), unweighted=True)
    return np.asarray(found, np.float32)


def _edges(graph: ClassGraph) -> sparse.csr_array:
    low, high, _ = graph.edges(SUBCLASS)
    return sparse.csr_array((np.ones(len(low)), (low, high)), shape=(len(graph.ids), len(graph.ids)))
