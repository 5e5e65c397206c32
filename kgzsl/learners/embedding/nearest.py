"""Baseline: every class borrows the row of the seen class nearest in meaning."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

import numpy as np

from kgzsl.arrays import Array
from kgzsl.bank import ClassifierBank
from kgzsl.features import FeatureSet
from kgzsl.learners import base
from kgzsl.semantics.space import ClassSpace


class NearestSeen(base.Learner):
    r""":math:`w_c = w_{s^*}`, :math:`s^* = \arg\max_s \cos(v_c, v_s)`.

    Shapes: vectors (N, e), seen rows (S, d) → bank (C, d). Source: Mensink, Gavves, Snoek 2014 (COSTA), k = 1.
    """

    name = "nearest"
    family = "embedding-based"
    citation = "Mensink, Gavves, Snoek 2014, COSTA (k = 1)"
    reads = "vectors"
    explains = ("coefficients",)

    def fit(
        self,
        space: ClassSpace,
        seen: ClassifierBank,
        features: FeatureSet | None = None,
        seed: int = 0,
        progress: base.Progress | None = None,
    ) -> Self:
        """Remember the seen vectors; see the base class."""
        self.anchors = space.vectors[self._remember(space, seen)]
        return self

    def propagate(self, space: ClassSpace, previous: base.Propagation | None = None) -> base.Propagation:
        """See the base class."""
        self._check_width(space, self.anchors.shape[1])
        nearest = (space.vectors[space.class_rows] @ self.anchors.T).argmax(axis=1)
        return base.Propagation(self._bank(space, self.rows[nearest]), {})

    def coefficients(self, space: ClassSpace, ids: Sequence[str]) -> base.Coefficients:
        """See the base class: one coefficient of one a class."""
        index, place = space.graph.index, self.seen_row
        nearest = (space.vectors[[index[iri] for iri in ids]] @ self.anchors.T).argmax(axis=1)
        nearest = [place.get(iri, k) for iri, k in zip(ids, nearest, strict=True)]
        return base.Coefficients(self.seen_ids, np.eye(len(self.rows), dtype=np.float32)[nearest], self.rows)

    def _arrays(self) -> dict[str, Array]:
        return {"anchors": self.anchors}

    def _set_arrays(self, arrays: dict[str, Array]) -> None:
        self.anchors = arrays["anchors"]
