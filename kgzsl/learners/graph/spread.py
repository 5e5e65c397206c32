"""Walks that end with a chance everywhere, one step at a time; steps that stay are folded."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from itertools import pairwise

import numpy as np
from scipy import sparse

from kgzsl.arrays import Array
from kgzsl.learners.base import INVERSE
from kgzsl.semantics.space import ClassSpace


class Spread:
    r"""Steps of the walks of personalised propagation, and what the best way on from a concept is worth.

    What is left of a walk is the chance that it is still going, by how many steps it has taken where these are
    limited. Shapes: (1,) or (steps + 1,). Without a limit the best way on is known exactly,

    .. math:: M_j = \frac{\max(\alpha w_j, \max_{i \ne j} (1 - \alpha) \hat A_{ji} M_i)}{1 - (1 - \alpha) \hat A_{jj}}

    so that a search takes no step that does not belong to one of the strongest walks.

    Args:
        space: classes.
        restart: chance to end at every step.
        steps: after which a walk ends, 0 for none.
        worth: of ending at each concept, not negative. Shape: (N,).
    """

    def __init__(self, space: ClassSpace, restart: float, steps: int, worth: Array) -> None:
        self.space, self.restart, self.steps, self.worth = space, restart, steps, worth
        self.walk = sparse.csr_array(space.smoothing)

    def begun(self) -> Array:
        """Return what is left of a walk that has taken no step."""
        left = np.zeros(self.steps + 1)
        left[0] = 1
        return left

    def limit(self, at: int, arrived: Array) -> float:
        """Return what no walk on from a concept exceeds."""
        return float(arrived @ self._limits[:, at])

    def stayed(self, at: int, arrived: Array) -> Array:
        """Return what is left after any number of steps that stay."""
        again, left = (1 - self.restart) * float(self._diagonal[at]), arrived.copy()
        if not self.steps:
            return np.asarray(left / (1 - again))
        for k in range(self.steps):
            left[k + 1] += again * left[k]
        return left

    def ended(self, left: Array) -> float:
        """Return the chance that the walk ends here."""
        return float(self.restart * left[: self.steps].sum() + left[-1] if self.steps else self.restart * left[0])

    def moved(self, at: int, left: Array) -> Iterator[tuple[int, Array]]:
        """Yield where a walk goes, and what of it arrives there."""
        inside = slice(self.walk.indptr[at], self.walk.indptr[at + 1])
        for there, chance in zip(self.walk.indices[inside].tolist(), self.walk.data[inside].tolist(), strict=True):
            after = (1 - self.restart) * chance * left
            after = np.concatenate([[0.0], after[:-1]]) if self.steps else after
            if there != at and after.any():
                yield there, after

    def ways(self, nodes: tuple[int, ...]) -> tuple[str, ...]:
        """Return the relations of each step."""
        ids = self.space.graph.ids
        return tuple(_way(self.space, ids[a], ids[b]) for a, b in pairwise(nodes))

    @cached_property
    def _diagonal(self) -> Array:
        return np.asarray(self.walk.diagonal())

    @cached_property
    def _limits(self) -> Array:
        """What a walk that arrives is worth at most, by the steps it has taken. Shape: (1 or steps + 1, N)."""
        if not self.steps:
            return self._best()[None]
        return np.stack([*rounds(self.walk, self.worth, self.restart, self.steps)][::-1])

    def _best(self) -> Array:
        a, stay = self.restart, 1 / (1 - (1 - self.restart) * self._diagonal)
        others = sparse.csr_array(self.walk - sparse.diags_array(self._diagonal))
        ends = best = stay * a * self.worth
        while True:
            on = sparse.csr_array(others @ sparse.diags_array(best)).max(axis=1).toarray().ravel()
            better = np.maximum(ends, stay * (1 - a) * on)
            if np.allclose(better, best, rtol=1e-12, atol=0):
                return np.asarray(better * (1 + 1e-9))
            best = better


def rounds(walk: sparse.csr_array, start: Array, restart: float, steps: int) -> Iterator[Array]:
    """Yield what has spread after no step, one, two, … of the power iteration. Shapes: (N, …) → (N, …) each."""
    spread = start
    yield spread
    for _ in range(steps):
        spread = (1 - restart) * (walk @ spread) + restart * start
        yield spread


def _way(space: ClassSpace, here: str, there: str) -> str:
    """Say by which relations a step goes."""
    graph, said = space.graph, []
    for relation, (along, against) in sorted(space.ways.items()):
        if relation in space.derived:
            continue
        if along and any(edge.target == there and edge.weight for edge in graph.out(here, relation)):
            said.append(relation)
        if against and any(edge.target == here and edge.weight for edge in graph.out(there, relation)):
            said.append(f"{INVERSE}{relation}")
    return ", ".join(said) or "derived"
