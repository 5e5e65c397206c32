"""Kernel regression of classifier weights over inherited descriptions; closed form."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Self

import numpy as np
from pydantic import Field
from scipy import linalg

from kgzsl.arrays import Array, unit_rows
from kgzsl.bank import ClassifierBank
from kgzsl.features import FeatureSet
from kgzsl.learners import base
from kgzsl.learners.incremental import carried, taken_over
from kgzsl.learners.inheritance import inherited
from kgzsl.semantics.space import ClassSpace


class KernelOptions(base.Options):
    """Settings; chosen on held-out seen classes, see docs/accuracy.md."""

    decay: float = Field(0.5, ge=0, lt=1, description="share of the next ancestor in a description")
    width: float = Field(0.3, gt=0, description="width of the Gaussian kernel, in units of cosine distance")
    ridge: float = Field(0.3, gt=0, description="noise of the seen rows")


class KernelRegression(base.Learner):
    r"""Gaussian-process mean of the classifier weights given those of seen classes.

    .. math:: W_u = K_{us} (K_{ss} + \lambda I)^{-1} W_s, \quad k(a, b) = \exp((\cos(m_a, m_b) - 1) / w)

    with :math:`m_c = \sum_l d^l P^l v_c`, a description mixed with those of its ancestors.

    Shapes: vectors (N, e), seen rows (S, d) → bank (C, d). Linear in the seen rows, so it explains exactly.

    Source: Rasmussen & Williams 2006, eq. 2.23; for zero-shot classifiers Elhoseiny et al. 2013, sec. 4.
    """

    name = "kernel"
    family = "graph propagation"
    citation = "Elhoseiny, Saleh, Elgammal 2013, Write a Classifier; Rasmussen & Williams 2006"
    reads = "vectors, hierarchy"
    explains = ("coefficients",)
    Options: ClassVar[type[base.Options]] = KernelOptions

    def fit(
        self,
        space: ClassSpace,
        seen: ClassifierBank,
        features: FeatureSet | None = None,
        seed: int = 0,
        progress: base.Progress | None = None,
    ) -> Self:
        """Solve for the seen rows; see the base class."""
        at = self._remember(space, seen)
        self.anchors = inherited(space, self.options.decay).mixed[at]
        self.reference = self.anchors.T.astype(np.float64)
        gram = self._kernel(self.anchors)
        self.inverse = linalg.inv(gram + self.options.ridge * np.eye(len(at)))
        self.solved = self.inverse @ self.rows
        return self

    def propagate(self, space: ClassSpace, previous: base.Propagation | None = None) -> base.Propagation:
        """See the base class; only classes whose inherited description changed are computed."""
        rows = space.class_rows
        inputs = inherited(space, self.options.decay, previous.cache["inputs"] if previous else None)
        if previous is None:
            weights, fresh = unit_rows(self._kernel(inputs.mixed[rows]) @ self.solved), None
        else:
            of, fresh = carried(previous.bank.ids, space.graph.classes), inputs.fresh[rows]
            weights = taken_over(previous.bank.weights, of)
            weights[fresh] = unit_rows(self._kernel(inputs.mixed[rows[fresh]]) @ self.solved)
        return base.Propagation(self._bank(space, weights, fresh), {"inputs": inputs})

    def coefficients(self, space: ClassSpace, ids: Sequence[str]) -> base.Coefficients:
        """See the base class; a seen class is its own and only coefficient."""
        index = space.graph.index
        inputs = inherited(space, self.options.decay).mixed[[index[iri] for iri in ids]]
        values = self._kernel(inputs) @ self.inverse
        values /= np.maximum(np.linalg.norm(values @ self.rows, axis=1, keepdims=True), 1e-12)
        place = {iri: k for k, iri in enumerate(self.seen_ids)}
        for k, iri in enumerate(ids):
            if iri in place:
                values[k] = np.eye(len(place), dtype=np.float32)[place[iri]]
        return base.Coefficients(self.seen_ids, values, self.rows)

    def _kernel(self, inputs: Array) -> Array:
        """In double precision, so that a row does not depend on how many are computed with it."""
        return np.asarray(np.exp((inputs.astype(np.float64) @ self.reference - 1) / self.options.width))

    def _arrays(self) -> dict[str, Array]:
        return {"anchors": self.anchors, "inverse": self.inverse}

    def _set_arrays(self, arrays: dict[str, Array]) -> None:
        self.anchors, self.inverse = arrays["anchors"], arrays["inverse"]
        self.reference = self.anchors.T.astype(np.float64)
        self.solved = self.inverse @ self.rows
