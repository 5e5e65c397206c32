"""Absorbing random walk: an unseen class is where a walk from it is absorbed among the seen ones."""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Sequence
from typing import ClassVar, Self

import numpy as np
from pydantic import Field
from scipy import sparse

from kgzsl.arrays import Array, unit_rows
from kgzsl.bank import ClassifierBank
from kgzsl.features import FeatureSet
from kgzsl.learners import base
from kgzsl.learners.chained import Chained, described, rowwise
from kgzsl.learners.graph.nonnegative import NonnegativeKriging
from kgzsl.propagation.operators import Neighbours
from kgzsl.propagation.pipeline import Chain, Stage, recomputed, stage_values
from kgzsl.propagation.slots import Snapshot
from kgzsl.semantics.space import ClassSpace

DERIVED = "derived: near in meaning"
NEAR = "near"


class AbsorbOptions(base.Options):
    """Settings; chosen on held-out seen classes, see docs/accuracy.md."""

    hierarchy: float = base.tuned(0.55, 0.1, 0.7, ge=0, lt=1, description="chance that a step follows a relation")
    steps: int = Field(2, ge=0, le=8, description="relations that a walk follows at most, before it ends by meaning")
    neighbours: int = Field(40, ge=1, description="seen classes near in meaning that are considered")
    keep: int = Field(20, ge=1, description="seen classes that a classifier is made of at most")
    width: float = base.tuned(0.6, 0.1, 1.0, log=True, gt=0, description="of the kernel of descriptions")
    ridge: float = base.tuned(0.1, 0.03, 3.0, log=True, gt=0, description="noise of the seen rows")
    decay: float = base.tuned(0.1, 0.0, 0.6, ge=0, lt=1, description="share of the next ancestor in a description")


class AbsorbingWalk(Chained):
    r"""Every step follows a stated relation (chance h) or a derived edge to a near seen class, where walks end.

    .. math:: B_0 = D, \quad B_{k+1} = h\,(R + Q B_k) + (1 - h) D, \quad W_u = \mathrm{top}_n(B_K)\, W_s

    Q, R: steps over relations to concepts without a classifier and to seen classes. D: the non-negative mixture of
    seen descriptions nearest to a class's own, kriging weights that may not be negative. So a classifier is a convex
    mixture of at most ``keep`` seen rows, each of its walks carries a known share, and an edit reaches ``steps``
    relations far.

    Shapes: N concepts, seen rows (S, d) → bank (C, d).

    Source: Zhu, Ghahramani, Lafferty 2003, eq. 5 (harmonic functions as absorption), here with bounded walks; classes
    as mixtures of seen ones on the simplex are Zhang & Saligrama 2015, eq. 2.
    """

    name = "absorb"
    family = "graph propagation"
    citation = "Zhu, Ghahramani, Lafferty 2003, Semi-supervised Learning Using Gaussian Fields; Zhang & Saligrama 2015"
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
        self.width = space.vectors.shape[1]
        self._take(stage_values([described(self.options.decay, self.width)], space, self.seen_ids, 0))
        return self

    def chains(self) -> list[Chain]:
        """See the base class; the last stage of chances makes rows."""
        last = rowwise(lambda chances: unit_rows(self._kept(chances) @ self.rows), self.rows.shape[1])
        return [[*self._chances(), last]]

    def coefficients(self, space: ClassSpace, ids: Sequence[str]) -> base.Coefficients:
        """See the base class; before rows are normalised the coefficients are chances."""
        stages = self._chances()
        chances = stage_values(stages, space, ids, len(stages) - 1, self.seen_ids)
        return base.scaled_coefficients(self, ids, self._kept(chances))

    def ends(self, space: ClassSpace, iri: str, propagation: base.Propagation | None = None) -> Array:
        """See the base class; those of the kept seen classes."""
        if iri in self.seen_row:
            return np.asarray(self.absorbed[self.seen_row[iri]])
        return np.asarray(self._kept(_Moves(self, space, propagation).row(iri, self.options.steps + 1))[0])

    def walks(
        self, space: ClassSpace, iri: str, most: int = 1000, fits: Array | None = None,
        propagation: base.Propagation | None = None,
    ) -> list[base.Walk]:  # fmt: skip
        """See the base class: best first; shares sum to the chance of ending at one of the kept seen classes."""
        if iri in self.seen_row:
            return [base.Walk((iri,), (), 1.0)]
        worth = np.ones(len(self.seen_ids)) if fits is None else np.abs(fits)
        moves = _Moves(self, space, propagation)
        worth = np.where(self._kept(moves.row(iri, self.options.steps + 1))[0] > 0, worth, 0)
        heap: list[tuple[float, tuple[str, ...], tuple[str, ...], float]] = [(-worth.max(), (iri,), (), 1.0)]
        found: list[base.Walk] = []
        while heap and len(found) < most:
            _, nodes, relations, share = heapq.heappop(heap)
            if relations and nodes[-1] in self.seen_row:
                found.append(base.Walk(nodes, relations, share))
                continue
            for target, way, chance in moves.of(nodes[-1], len(nodes) > self.options.steps):
                row = self.seen_row.get(target)
                value = share * chance * float(worth.max() if row is None else worth[row])
                if value:
                    heapq.heappush(heap, (-value, (*nodes, target), (*relations, way), share * chance))
        return found

    def _chances(self) -> list[Stage]:
        """Return the stages up to the chances of ending at each seen class. Shape: (n, S)."""
        near = rowwise(self.kriging, len(self.seen_ids), NEAR, self.absorbed)
        step = Stage((Neighbours(loops=False),), self._stepped, len(self.seen_ids), beside=NEAR, fixed=self.absorbed)
        return [described(self.options.decay, self.width), near, *[step] * self.options.steps]

    def _stepped(self, matrices: list[sparse.csr_array], values: Array, own: Array) -> Array:
        moves = np.where(np.diff(matrices[0].indptr) > 0, np.float32(self.options.hierarchy), 0)[:, None]
        return np.asarray(moves * (matrices[0] @ values) + (1 - moves) * own, np.float32)

    def _kept(self, chances: Array) -> Array:
        """Return the largest chances of each row, the others as zeros. Shapes: (k, S) → (k, S)."""
        most = min(self.options.keep, chances.shape[1])
        at = np.argsort(-chances, axis=1, kind="stable")[:, :most]
        kept = np.zeros_like(chances)
        np.put_along_axis(kept, at, np.take_along_axis(chances, at, axis=1), axis=1)
        return kept

    def _take(self, anchors: Array) -> None:
        options = self.options
        self.anchors, self.width = anchors, anchors.shape[1]
        self.absorbed = np.eye(len(anchors), dtype=np.float32)  # a walk that starts at a seen class ends there
        self.kriging = NonnegativeKriging(anchors, options.neighbours, options.width, options.ridge)

    def _arrays(self) -> dict[str, Array]:
        return {"anchors": self.anchors}

    def _set_arrays(self, arrays: dict[str, Array]) -> None:
        self._take(arrays["anchors"])


class _Moves:
    """Where a walk goes from a concept, over which relation and with what chance; derived only if bound."""

    def __init__(self, learner: AbsorbingWalk, space: ClassSpace, propagation: base.Propagation | None) -> None:
        held = propagation.cache.get("held") if propagation is not None else None
        self.held = held if held is not None and held.space is space else None
        self.learner, self.space, self.stages = learner, space, learner._chances()
        self.snapshot = self.held.snapshot if self.held else Snapshot.of(space, learner.seen_ids)
        self.known: dict[tuple[str, bool], list[tuple[str, str, float]]] = {}

    def of(self, iri: str, bound: bool) -> list[tuple[str, str, float]]:
        if (iri, bound) not in self.known:
            self.known[iri, bound] = list(self._found(iri, bound))
        return self.known[iri, bound]

    def _found(self, iri: str, bound: bool) -> Iterator[tuple[str, str, float]]:
        slot = self.snapshot.slot[iri]
        stated = [] if bound else list(_stated(self.snapshot, slot))
        chance = self.learner.options.hierarchy if stated else 0.0
        total = sum(weight for *_, weight in stated)
        yield from ((target, way, chance * weight / total) for target, way, weight in stated)
        near = self.row(iri, 1)[0]
        ids = self.learner.seen_ids
        yield from ((ids[k], DERIVED, (1 - chance) * float(near[k])) for k in np.flatnonzero(near))

    def row(self, iri: str, depth: int) -> Array:
        """Return a concept's row of a stage. Shape: (1, S)."""
        at = np.array([self.snapshot.slot[iri]])
        if self.held is not None:
            return np.asarray(self.held.values[self.stages[depth].key or (0, depth)][at])
        return np.asarray(recomputed(self.stages, self.snapshot, at, depth))


def _stated(snapshot: Snapshot, slot: int) -> Iterator[tuple[str, str, float]]:
    """Yield what a concept's stated and nearest-description edges lead to, the relation, and the weight."""
    links, ids = snapshot.links, snapshot.ids
    for relation, (along, against) in sorted(links.weights.items()):
        ways = (along, links.out, relation), (against, links.into, f"{base.INVERSE}{relation}")
        for factor, rows, way in ways:
            columns, weights = rows[relation].entries(slot)
            if factor:
                yield from ((ids[k], way, factor * float(w)) for k, w in zip(columns, weights, strict=True))
