"""Personalised propagation: seen rows spread by random walks that restart; in the limit, or up to some steps."""

from __future__ import annotations

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
from kgzsl.propagation.memory import require
from kgzsl.semantics.space import ClassSpace


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
    explains = ("coefficients",)
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
        chances = self._spread(space, np.eye(len(self.seen_ids)))[[space.graph.index[iri] for iri in ids]]
        return base.scaled_coefficients(self, ids, chances)

    def _spread(self, space: ClassSpace, values: Array) -> Array:
        """Shapes: (S, d) → (N, d)."""
        index, a = space.graph.index, self.options.restart
        require(3 * 8 * len(space.graph) * values.shape[1], f"propagating to {len(space.graph)} concepts")
        start = np.zeros((len(space.graph), values.shape[1]))
        here = [(index[iri], k) for k, iri in enumerate(self.seen_ids) if iri in index]
        if here:
            to, of = np.array(here).T
            start[to] = values[of]
        walk = space.smoothing
        if not self.options.steps:
            system = sparse.csc_array(sparse.eye_array(len(start)) - (1 - a) * walk)
            return np.asarray(a * linalg.splu(system).solve(start))
        spread = start
        for _ in range(self.options.steps):
            spread = (1 - a) * (walk @ spread) + a * start
        return np.asarray(spread)
