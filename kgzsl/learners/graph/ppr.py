"""Personalised propagation: seen rows spread by random walks that restart; in the limit, or up to some steps."""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Sequence
from typing import ClassVar, Self

import numpy as np
from pydantic import Field
from scipy import sparse
from scipy.sparse import linalg

from kgzsl.arrays import Array, unit_rows
from kgzsl.bank import ClassifierBank
from kgzsl.features import FeatureSet
from kgzsl.learners import base
from kgzsl.learners.graph.spread import Spread, rounds
from kgzsl.propagation.memory import require
from kgzsl.semantics.space import ClassSpace

FEW = 16


class PPROptions(base.Options):
    """Settings; chosen on held-out seen classes, see docs/accuracy.md."""

    restart: float = base.tuned(0.03, 0.02, 0.9, gt=0, lt=1, description="chance to end at every step")
    steps: int = Field(0, ge=0, description="of the power iteration; 0 is its limit")


class PersonalisedPropagation(base.Learner):
    r"""A class is the mean of the seen rows at which a walk from it ends.

    .. math:: W = \alpha (I - (1 - \alpha) \hat A)^{-1} E W_s

    E places seen rows at their concepts; with ``steps`` the power iteration of eq. 5 instead of the limit, eq. 3.
    Reads no descriptions. Non-negative: what a class gets from each seen class is a chance. A walk may end anywhere,
    so an edit reaches the whole graph and every update solves anew.

    Shapes: N concepts, seen rows (S, d) → bank (C, d). Linear in the seen rows, so it explains exactly.

    Source: Gasteiger (Klicpera), Bojchevski, Günnemann 2019, Predict then Propagate, eq. 3 and 5.
    """

    name = "ppr"
    family = "graph propagation"
    citation = "Klicpera, Bojchevski, Günnemann 2019, Predict then Propagate: GNNs meet Personalized PageRank"
    reads = "relations"
    explains = ("coefficients", "walks")
    Options: ClassVar[type[base.Options]] = PPROptions

    def fit(
        self,
        space: ClassSpace,
        seen: ClassifierBank,
        features: FeatureSet | None = None,
        seed: int = 0,
        progress: base.Progress | None = None,
    ) -> Self:
        """Remember the rows; see the base class."""
        self._remember(space, seen)
        return self

    def propagate(self, space: ClassSpace, previous: base.Propagation | None = None) -> base.Propagation:
        """See the base class."""
        spread = self._spread(space, self.rows)
        return base.Propagation(self._bank(space, unit_rows(spread[space.class_rows])), {})

    def coefficients(self, space: ClassSpace, ids: Sequence[str]) -> base.Coefficients:
        """See the base class; before rows are normalised the coefficients are chances."""
        if len(ids) <= FEW:
            chances = np.stack([self.ends(space, iri) for iri in ids])
        else:
            chances = self._spread(space, np.eye(len(self.seen_ids)))[[space.graph.index[iri] for iri in ids]]
        return base.scaled_coefficients(self, ids, chances)

    def ends(self, space: ClassSpace, iri: str, propagation: base.Propagation | None = None) -> Array:
        """See the base class."""
        if iri in self.seen_row:
            return np.asarray(np.eye(len(self.seen_ids))[self.seen_row[iri]])
        visits = self._visits(space, iri)
        index = space.graph.index
        return np.array([self.options.restart * visits[index[s]] if s in index else 0.0 for s in self.seen_ids])

    def walks(
        self, space: ClassSpace, iri: str, most: int = 1000, fits: Array | None = None,
        propagation: base.Propagation | None = None,
    ) -> list[base.Walk]:  # fmt: skip
        """See the base class: best first; steps that stay are folded, walks that come back are not."""
        if iri in self.seen_row:
            return [base.Walk((iri,), (), 1.0)]
        worth = np.ones(len(self.seen_ids)) if fits is None else np.abs(fits)
        index, ids = space.graph.index, space.graph.ids
        spread = Spread(space, self.options.restart, self.options.steps, self._placed(space, worth))
        heap: list[tuple[float, tuple[int, ...], float | None, Array]] = []
        found: list[base.Walk] = []
        start = spread.begun()
        heapq.heappush(heap, (-spread.limit(index[iri], start), (index[iri],), None, start))
        while heap and len(found) < most:
            limit, nodes, share, arrived = heapq.heappop(heap)
            if share is not None:
                found.append(base.Walk(tuple(ids[k] for k in nodes), spread.ways(nodes), share))
                continue
            if not limit:
                break
            left, row = spread.stayed(nodes[-1], arrived), self.seen_row.get(ids[nodes[-1]])
            ended = spread.ended(left)
            if row is not None and ended * worth[row]:
                heapq.heappush(heap, (-ended * float(worth[row]), nodes, ended, left))
            for there, after in spread.moved(nodes[-1], left):
                heapq.heappush(heap, (-spread.limit(there, after), (*nodes, there), None, after))
        return found

    def flows(self, space: ClassSpace, iri: str, fits: Array) -> sparse.coo_array:
        """See the base class: visits to the start of a step, times what is got from its end."""
        a, steps = self.options.restart, sparse.coo_array(space.smoothing)
        rows, columns = steps.coords
        apart = rows != columns
        rows, columns, chances = rows[apart], columns[apart], (1 - a) * steps.data[apart]
        if self.options.steps:
            pairs = self._limited(space, iri, fits)
        else:
            pairs = [(self._visits(space, iri), self._spread(space, fits[:, None])[:, 0])]
        flow = sum(here[rows] * chances * got[columns] for here, got in pairs)
        return sparse.coo_array((flow, (rows, columns)), shape=steps.shape)

    def _limited(self, space: ClassSpace, iri: str, fits: Array) -> list[tuple[Array, Array]]:
        """Return, for each number of steps taken, where a walk is, and what it is worth after one step more."""
        a, walk, steps = self.options.restart, space.smoothing, self.options.steps
        here = np.zeros(len(space.graph))
        here[space.graph.index[iri]] = 1
        places = [here]
        for _ in range(steps - 1):
            places.append((1 - a) * (walk.T @ places[-1]))
        values = [*rounds(walk, self._placed(space, fits), a, steps - 1)]
        return list(zip(places, values[::-1], strict=True))

    def _visits(self, space: ClassSpace, iri: str) -> Array:
        """Return how often a walk from a class is at each concept; with a number of steps, the last counts 1/α. (N,)"""
        start, a, walk = np.zeros(len(space.graph)), self.options.restart, space.smoothing
        start[space.graph.index[iri]] = 1
        if not self.options.steps:
            system = sparse.csc_array(sparse.eye_array(len(start)) - (1 - a) * walk.T)
            return np.asarray(linalg.splu(system).solve(start))
        total, here = np.zeros(len(start)), start
        for _ in range(self.options.steps):
            total, here = total + here, (1 - a) * (walk.T @ here)
        return np.asarray(total + here / a)

    def _spread(self, space: ClassSpace, values: Array) -> Array:
        """Shapes: (S, d) → (N, d)."""
        a, walk = self.options.restart, space.smoothing
        require(3 * 8 * len(space.graph) * values.shape[1], f"propagating to {len(space.graph)} concepts")
        start = self._placed(space, values)
        if not self.options.steps:
            system = sparse.csc_array(sparse.eye_array(len(start)) - (1 - a) * walk)
            return np.asarray(a * linalg.splu(system).solve(start))
        last = deque(rounds(walk, start, a, self.options.steps), maxlen=1)
        return np.asarray(last.pop())

    def _placed(self, space: ClassSpace, values: Array) -> Array:
        """Return what seen classes have, at their concepts. Shapes: (S, …) → (N, …)."""
        index = space.graph.index
        placed = np.zeros((len(space.graph), *values.shape[1:]))
        here = [(index[iri], k) for k, iri in enumerate(self.seen_ids) if iri in index]
        if here:
            to, of = np.array(here).T
            placed[to] = values[of]
        return placed
