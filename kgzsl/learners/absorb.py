"""Absorbing random walk: an unseen class is where a walk from it is absorbed among the seen ones."""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from functools import lru_cache
from typing import ClassVar, NamedTuple, Self

import numpy as np
from pydantic import Field
from scipy import sparse
from scipy.sparse import linalg

from kgzsl.arrays import Array, unit_rows
from kgzsl.bank import ClassifierBank
from kgzsl.features import FeatureSet
from kgzsl.learners import base
from kgzsl.learners.chained import described
from kgzsl.learners.pipeline import stage_values
from kgzsl.semantics.space import ClassSpace

DERIVED = "derived: near in meaning"


class AbsorbOptions(base.Options):
    """Settings; chosen on held-out seen classes, see docs/accuracy.md."""

    hierarchy: float = Field(0.5, ge=0, lt=1, description="chance that a step follows a stated relation")
    neighbours: int = Field(10, ge=1, description="seen classes near in meaning that a step may end at")
    width: float = Field(0.1, gt=0, description="of the softmax over their cosines")
    decay: float = Field(0.5, ge=0, lt=1, description="share of the next ancestor in a description")


class Transitions(NamedTuple):
    """Chances of one step. Shapes: among concepts (N, N), from concepts to seen classes by meaning (N, S)."""

    stated: sparse.csr_array
    derived: sparse.csr_array
    at: Array


class AbsorbingWalk(base.Learner):
    r"""Every step follows a stated relation (chance h) or a derived edge to a near seen class, where walks end.

    .. math:: B = (I - h Q)^{-1} (h R + (1 - h) D), \quad W_u = B W_s

    Q, R: steps over relations to concepts without a classifier and to seen classes; D: derived steps. All are
    non-negative, so a classifier is a convex mixture of seen rows and each of its walks carries a known share.

    Shapes: N concepts, seen rows (S, d) → bank (C, d).

    Source: Zhu, Ghahramani, Lafferty 2003, eq. 5 (harmonic functions as absorption); Kemeny & Snell 1960, th. 3.3.7.
    """

    name = "absorb"
    family = "graph propagation"
    citation = "Zhu, Ghahramani, Lafferty 2003, Semi-supervised Learning Using Gaussian Fields; Kemeny & Snell 1960"
    reads = "vectors, relations"
    explains = ("coefficients", "walks")
    Options: ClassVar[type[base.Options]] = AbsorbOptions

    def fit(
        self,
        space: ClassSpace,
        seen: ClassifierBank,
        features: FeatureSet | None = None,
        seed: int = 0,
        progress: base.Progress | None = None,
    ) -> Self:
        """Remember the seen classes' descriptions; see the base class."""
        self._remember(space, seen)
        self.anchors = self._described(space, self.seen_ids)
        return self

    def propagate(self, space: ClassSpace, previous: base.Propagation | None = None) -> base.Propagation:
        """See the base class; absorption is solved anew, as any edge may redirect any walk."""
        steps = self._transitions(space)
        solution = self._absorbed(steps, self.rows)
        return base.Propagation(self._bank(space, unit_rows(solution[space.class_rows])), {})

    def coefficients(self, space: ClassSpace, ids: Sequence[str]) -> base.Coefficients:
        """See the base class; before rows are normalised the coefficients are chances that sum to one."""
        chances = self._chances(space)[[space.graph.index[iri] for iri in ids]]
        return base.scaled_coefficients(self, ids, chances)

    def walks(self, space: ClassSpace, iri: str, most: int = 1000) -> list[base.Walk]:
        """See the base class: best first, shares before normalisation, so that those of all walks sum to one."""
        steps, ids = self._transitions(space), space.graph.ids
        place = {iri: k for k, iri in enumerate(self.seen_ids)}
        if iri in place:
            return [base.Walk((iri,), (), 1.0)]
        heap: list[tuple[float, tuple[str, ...], tuple[str, ...]]] = [(-1.0, (iri,), ())]
        found: list[base.Walk] = []
        while heap and len(found) < most:
            share, nodes, relations = heapq.heappop(heap)
            if nodes[-1] in place and relations:
                found.append(base.Walk(nodes, relations, -share))
                continue
            row = space.graph.index[nodes[-1]]
            for column, chance in _entries(steps.stated, row):
                way = _relation(space, nodes[-1], ids[column])
                heapq.heappush(heap, (share * chance, (*nodes, ids[column]), (*relations, way)))
            for column, chance in _entries(steps.derived, row):
                heapq.heappush(heap, (share * chance, (*nodes, self.seen_ids[column]), (*relations, DERIVED)))
        return found

    def _transitions(self, space: ClassSpace) -> Transitions:
        mixed, chance = self._described(space, space.graph.ids), self.options.hierarchy
        cosines = mixed @ self.anchors.T
        k = min(self.options.neighbours, cosines.shape[1])
        near = np.argpartition(-cosines, k - 1, axis=1)[:, :k]
        values = np.take_along_axis(cosines, near, axis=1)
        values = np.exp((values - values.max(axis=1, keepdims=True)) / self.options.width)
        values /= values.sum(axis=1, keepdims=True)
        stated = _without_loops(space.smoothing)
        moves = chance * (np.diff(stated.indptr) > 0)
        rows = np.repeat(np.arange(len(mixed)), k)
        derived = sparse.csr_array((((1 - moves)[:, None] * values).ravel(), (rows, near.ravel())), cosines.shape)
        index = space.graph.index
        at = np.array([index.get(iri, -1) for iri in self.seen_ids], np.int64)
        return Transitions(sparse.csr_array(sparse.diags_array(moves) @ stated), derived, at)

    def _absorbed(self, steps: Transitions, values: Array) -> Array:
        """Solve for every concept, seen ones holding their own value. Shapes: (S, d) → (N, d)."""
        n, here = steps.stated.shape[0], np.flatnonzero(steps.at >= 0)
        free = np.setdiff1d(np.arange(n), steps.at[here])
        fixed = np.zeros((n, values.shape[1]))
        fixed[steps.at[here]] = values[here]
        arriving = steps.stated[free] @ fixed + steps.derived[free] @ values
        inner = sparse.csc_array(sparse.eye_array(len(free)) - steps.stated[free][:, free])
        fixed[free] = linalg.splu(inner).solve(arriving)
        return fixed.astype(np.float32)

    def _described(self, space: ClassSpace, ids: Sequence[str]) -> Array:
        return stage_values([described(self.options.decay, space.vectors.shape[1])], space, ids, 0)

    def _chances(self, space: ClassSpace) -> Array:
        return _last_chances(self, space)

    def _arrays(self) -> dict[str, Array]:
        return {"anchors": self.anchors}

    def _set_arrays(self, arrays: dict[str, Array]) -> None:
        self.anchors = arrays["anchors"]


@lru_cache(maxsize=2)
def _last_chances(learner: AbsorbingWalk, space: ClassSpace) -> Array:
    return learner._absorbed(learner._transitions(space), np.eye(len(learner.seen_ids), dtype=np.float32))


def _without_loops(operator: sparse.csr_array) -> sparse.csr_array:
    bare = sparse.csr_array(operator - sparse.diags_array(operator.diagonal()))
    bare.eliminate_zeros()
    sums = np.asarray(bare.sum(axis=1)).ravel()
    return sparse.csr_array(sparse.diags_array(np.divide(1, sums, out=np.zeros_like(sums), where=sums > 0)) @ bare)


def _entries(matrix: sparse.csr_array, row: int) -> list[tuple[int, float]]:
    part = slice(matrix.indptr[row], matrix.indptr[row + 1])
    return [(int(c), float(p)) for c, p in zip(matrix.indices[part], matrix.data[part], strict=True)]


def _relation(space: ClassSpace, source: str, target: str) -> str:
    forth = [e.relation for e in space.graph.out(source) if e.target == target and e.relation in space.ways]
    back = [e.relation for e in space.graph.into(source) if e.source == target and e.relation in space.ways]
    return forth[0] if forth else f"inverse of {back[0]}" if back else DERIVED
