"""The hierarchy as arrays: what lies above and below, how deep, and where two concepts meet."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from kgzsl.errors import QueryError

if TYPE_CHECKING:
    from kgzsl.graph.classgraph import ClassGraph

Rows = np.ndarray[Any, np.dtype[np.int64]]
UNREACHED = -1


class Hierarchy:
    """Edges of one relation between rows of a graph (``graph.ids``), from the lower to the higher.

    Args:
        graph: where the edges are.
        relation: by name; ``subClassOf`` makes the hierarchy proper.
    """

    def __init__(self, graph: ClassGraph, relation: str = "subClassOf") -> None:
        self.size = len(graph.ids)
        self._graph = graph
        low, high, _ = graph.edges(relation)
        self._up, self._down = _Neighbours(low, high, self.size), _Neighbours(high, low, self.size)

    def above(self, row: int) -> dict[int, int]:
        """Return row → fewest steps up to it, the row itself (0 steps) first."""
        steps, todo = {row: 0}, deque([row])
        while todo:
            here = todo.popleft()
            for other in self._up.lists[here]:
                if other not in steps:
                    steps[other] = steps[here] + 1
                    todo.append(other)
        return steps

    def below(self, row: int) -> Rows:
        """Return the fewest steps down from a row to each row, ``UNREACHED`` where none leads. Shape: (N,)."""
        steps = np.full(self.size, UNREACHED, np.int64)
        steps[row], front, count = 0, np.array([row]), 0
        while len(front):
            front = self._down.of_all(front)
            front = np.unique(front[steps[front] == UNREACHED])
            count += 1
            steps[front] = count
        return steps

    @cached_property
    def depths(self) -> Rows:
        """Concepts on the longest way up from each row to a root, both ends counted: a root has 1. Shape: (N,).

        With several parents the longest way counts, so that a concept is always deeper than all that is above it.

        Raises:
            QueryError: a cycle, in which nothing has a depth.
        """
        depths = np.ones(self.size, np.int64)
        waiting = np.bincount(self._up.sources, minlength=self.size)
        front, done = np.flatnonzero(waiting == 0), 0
        while len(front):
            done += len(front)
            children, parents = self._down.pairs(front)
            np.maximum.at(depths, children, depths[parents] + 1)
            np.subtract.at(waiting, children, 1)
            front = np.unique(children[waiting[children] == 0])
        if done < self.size:
            one = self._graph.label(self._graph.ids[int(np.flatnonzero(waiting > 0)[0])])
            raise QueryError(f"no depth: '{one}' is in or below a cycle", value=one, fix="kgzsl check shows the cycle")
        return depths

    def lowest_common(self, rows: Iterable[int]) -> list[int]:
        """Return the common ancestors (each row is its own) below which, strictly, no other one lies."""
        ways = [set(self.above(row)) for row in rows]
        if not ways:
            raise QueryError("nothing has an ancestor in common", fix="name two concepts or more")
        common = set.intersection(*ways)
        return sorted(row for row in common if not self._has_lower(row, common))

    def _has_lower(self, row: int, common: set[int]) -> bool:
        own = self.above(row)
        found, todo = {row}, [row]
        while todo:
            new = (common.intersection(self._down.lists[todo.pop()])) - found
            if any(other not in own for other in new):
                return True
            found |= new
            todo += new
        return False


class _Neighbours:
    """For each row the rows that edges lead to, packed: those of row ``i`` are ``targets[starts[i]:starts[i + 1]]``."""

    def __init__(self, sources: Rows, targets: Rows, size: int) -> None:
        order = np.argsort(sources, kind="stable")
        self.sources, self._targets = sources, targets[order]
        self._counts = np.bincount(sources, minlength=size)
        self._starts = np.concatenate([[0], np.cumsum(self._counts)])

    @cached_property
    def lists(self) -> list[list[int]]:
        """The same for walks of few steps, which arrays would slow down."""
        targets, starts = self._targets.tolist(), self._starts.tolist()
        return [targets[start:end] for start, end in pairwise(starts)]

    def of_all(self, rows: Rows) -> Rows:
        return self.pairs(rows)[0]

    def pairs(self, rows: Rows) -> tuple[Rows, Rows]:
        """Return the targets of all edges from these rows, and beside each the row that it comes from."""
        counts = self._counts[rows]
        within = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
        return self._targets[np.repeat(self._starts[rows], counts) + within], np.repeat(rows, counts)
