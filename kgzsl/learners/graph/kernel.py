"""Kernel regression of classifier weights over inherited descriptions; closed form."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Self

import numpy as np
from scipy import linalg

from kgzsl.arrays import Array, unit_rows
from kgzsl.bank import ClassifierBank
from kgzsl.features import FeatureSet
from kgzsl.learners import base
from kgzsl.learners.chained import Chained, described, rowwise
from kgzsl.learners.linear import GRADIENTS, Linearised, LinearPart, descriptions
from kgzsl.propagation.pipeline import Chain, stage_values
from kgzsl.semantics.space import ClassSpace

SMALL = 1e-7


class KernelOptions(base.Options):
    """Settings; chosen on held-out seen classes, see docs/accuracy.md."""

    decay: float = base.tuned(0.5, 0.0, 0.8, ge=0, lt=1, description="share of the next ancestor in a description")
    width: float = base.tuned(0.3, 0.1, 2.0, log=True, gt=0, description="of the kernel, in units of cosine distance")
    ridge: float = base.tuned(0.3, 0.03, 3.0, log=True, gt=0, description="noise of the seen rows")


def without_block(inverse: Array, rows: Array, at: Sequence[int]) -> Array:
    """Return what kernel regression gives for rows that are left out together. Shapes: (S, S), (S, d) → (H, d).

    The residual of the left-out rows is the inverse of their block of ``(K + λI)⁻¹`` times their rows of
    ``(K + λI)⁻¹ W``. Source: Rasmussen & Williams 2006, eq. 5.12, for a block.
    """
    residual = linalg.solve(inverse[np.ix_(at, at)], inverse[at] @ rows, assume_a="pos")
    return np.asarray(rows[at] - residual)


class KernelReadout:
    r"""Integrated gradients of a kernel row of unit length, in closed form: no steps, and nothing is lost.

    .. math:: \int_0^1 \partial_m e^{(t\, m \cdot a - 1) / w} dt
        = \frac{e^{(m \cdot a - 1) / w} - e^{-1 / w}}{m \cdot a}\, a

    Args:
        anchors: descriptions of seen classes. Shape: (S, e).
        solved: rows that the kernel mixes. Shape: (S, d).
        width: of the kernel.
        scale: what each seen class's kernel is multiplied by besides. Shape: (S,).

    Source: Sundararajan, Taly, Yan 2017, Axiomatic Attribution for Deep Networks, eq. 1, from no description at all.
    """

    def __init__(self, anchors: Array, solved: Array, width: float, scale: Array | None = None) -> None:
        self.anchors, self.width = anchors, width
        self.solved = solved if scale is None else scale[:, None] * solved

    def row(self, values: Array) -> Array:
        """See the protocol. Shapes: (1, e) → (d,)."""
        row = np.exp((self.anchors @ values[0].astype(np.float64) - 1) / self.width) @ self.solved
        return np.asarray(row / (np.linalg.norm(row) or 1.0))

    def functional(self, values: Array, z: Array) -> tuple[Array, str, float]:
        """See the protocol."""
        cosines, none = self.anchors @ values[0].astype(np.float64), np.exp(-1 / self.width)
        length = np.linalg.norm(np.exp((cosines - 1) / self.width) @ self.solved) or 1.0
        fits = self.solved @ z / length
        small = np.abs(cosines) < SMALL
        slopes = np.where(small, none / self.width,
                          (np.exp((cosines - 1) / self.width) - none) / np.where(small, 1, cosines))  # fmt: skip
        return ((slopes * fits) @ self.anchors)[None], "no description", float(none * fits.sum())


class KernelRegression(Chained):
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
    explains = ("coefficients", "estimated paths")
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
        self._remember(space, seen)
        self.take_rows(space, self.seen_ids, self.rows)
        return self

    def take_rows(self, space: ClassSpace, ids: tuple[str, ...], rows: Array) -> None:
        """Solve for these rows of seen classes, described in a space."""
        stages = [described(self.options.decay, space.vectors.shape[1])]
        self.take_anchors(stage_values(stages, space, ids, 0), ids, rows)

    def take_anchors(self, anchors: Array, ids: tuple[str, ...], rows: Array) -> None:
        """Solve for these rows of seen classes of these descriptions. Shapes: (S, e), (S, d)."""
        self.anchors, self.seen_ids, self.rows, self.width = anchors, ids, rows, anchors.shape[1]
        self.reference = anchors.T.astype(np.float64)
        self.inverse = linalg.inv(self._kernel(anchors) + self.options.ridge * np.eye(len(ids)))
        self.solved = self.inverse @ rows

    def left_out(self, space: ClassSpace, hidden: Sequence[str]) -> Array:
        """See the base class."""
        return without_block(self.inverse, self.rows, [self.seen_row[iri] for iri in hidden])

    def each_left_out(self) -> Array:
        """Return what each seen class would get had it alone not been seen. Shape: (S, d)."""
        return np.asarray(self.rows - self.solved / np.diag(self.inverse)[:, None])

    def chains(self) -> list[Chain]:
        """See the base class."""
        last = rowwise(lambda mixed: unit_rows(self._kernel(mixed) @ self.solved), self.rows.shape[1])
        return [[described(self.options.decay, self.anchors.shape[1]), last]]

    def coefficients(self, space: ClassSpace, ids: Sequence[str]) -> base.Coefficients:
        """See the base class; a seen class is its own and only coefficient."""
        inputs = stage_values(self.chains()[0], space, ids, 0)
        return base.scaled_coefficients(self, ids, self._kernel(inputs) @ self.inverse)

    def linear(self, space: ClassSpace, iri: str) -> Linearised:
        """See the base class; an estimate, as the kernel is not linear in descriptions."""
        readout = KernelReadout(self.reference.T, self.solved, self.options.width)
        return Linearised((LinearPart((descriptions(self.options.decay),), (iri,), 1.0, readout),), GRADIENTS)

    def _kernel(self, inputs: Array) -> Array:
        """In double precision, so that a row does not depend on how many are computed with it."""
        return np.asarray(np.exp((inputs.astype(np.float64) @ self.reference - 1) / self.options.width))

    def _arrays(self) -> dict[str, Array]:
        return {"anchors": self.anchors, "inverse": self.inverse}

    def _set_arrays(self, arrays: dict[str, Array]) -> None:
        self.anchors, self.inverse, self.width = arrays["anchors"], arrays["inverse"], arrays["anchors"].shape[1]
        self.reference = self.anchors.T.astype(np.float64)
        self.solved = self.inverse @ self.rows
