"""Residual GCN: a closed form, and a graph network that learns what it leaves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import ClassVar

import numpy as np
from pydantic import Field

from kgzsl.arrays import Array, unit_rows
from kgzsl.errors import LearnerError
from kgzsl.learners import base
from kgzsl.learners.graph.gcn import GCN, GCNOptions
from kgzsl.learners.graph.kernel import KernelRegression
from kgzsl.learners.linear import EXACT, GRADIENTS, Linearised
from kgzsl.propagation.pipeline import Chain, stage_values
from kgzsl.semantics.space import ClassSpace


class ResidualOptions(GCNOptions):
    """Settings; those of the GCN and of the kernel."""

    kernel_decay: float = base.tuned(0.5, 0.0, 0.8, ge=0, lt=1, description="of the kernel's descriptions")
    width: float = base.tuned(0.3, 0.1, 2.0, log=True, gt=0, description="of the kernel, in units of cosine distance")
    ridge: float = base.tuned(0.3, 0.03, 3.0, log=True, gt=0, description="of the kernel")
    ensemble: int = Field(2, ge=1, description="networks of different seeds whose rows are averaged")


class ResidualGCN(GCN):
    r"""Kernel regression plus a graph convolutional correction.

    .. math:: W_u = k_u + f(X)_u, \quad f \approx W_s - k_{s \setminus s}

    The network learns the error that the kernel makes on each seen class when that class is left out, which the
    closed form gives without refitting: :math:`W_s - k_{s \setminus s} = [G^{-1} W]_s / [G^{-1}]_{ss}`, G the Gram
    matrix with its ridge.

    Shapes: vectors (N, e), seen rows (S, d) → bank (C, d).

    Source: the leave-one-out identity is Rasmussen & Williams 2006, eq. 5.12; the network is Kipf & Welling 2017.
    """

    name = "residual"
    citation = "Kipf & Welling 2017 on the residuals of Rasmussen & Williams 2006, eq. 5.12"
    reads = "vectors, relations"
    Options: ClassVar[type[base.Options]] = ResidualOptions
    unit = False
    explains = ("coefficients", "paths")

    def targets(self, space: ClassSpace) -> tuple[Array, Array | None]:
        """See the base class."""
        if (self.options.target, self.options.loss) != ("weights", "l2"):
            raise LearnerError("residual learns what is left of given rows, direction and length", fix="leave target "
                               "and loss at weights and l2, or use gcn", value=self.options.target)  # fmt: skip
        self.kernel = self._kernel()
        self.kernel.take_rows(space, self.seen_ids, self.rows)
        left_out = unit_rows(self.kernel.each_left_out())
        return self.rows - left_out, left_out

    def chains(self) -> list[Chain]:
        """See the base class; the networks share the place of one correction."""
        return [*self.kernel.chains(), *super().chains()]

    def finish(self, rows: Array) -> Array:
        """See the base class."""
        return np.asarray(rows, np.float32) / np.float32(len(self.members))

    def held_out_learner(self, *given: object, **named: object) -> base.Learner | None:
        """See the base class; the kernel forgets what the network held out."""
        other = super().held_out_learner(*given, **named)  # type: ignore[arg-type]
        if isinstance(other, ResidualGCN):
            known = [k for k, iri in enumerate(self.seen_ids) if iri in set(other.seen_ids)]
            other.kernel = self._kernel()
            other.kernel.take_anchors(self.kernel.anchors[known], other.seen_ids, other.rows)
        return other

    def coefficients(self, space: ClassSpace, ids: Sequence[str]) -> base.Coefficients:
        """See the base class: those of the kernel; the networks' correction is no seen row's part."""
        chains = super().chains()
        correction = np.sum([stage_values(chain, space, ids, len(chain) - 1) for chain in chains], axis=0)
        values = self.kernel.coefficients(space, ids).values
        return base.scaled_coefficients(self, ids, values, correction, "correction by the graph network")

    def linear(self, space: ClassSpace, iri: str) -> Linearised:
        """See the base class; the kernel's part of the row has no exact split over paths."""
        networks = [replace(part, share=1 / len(self.members)) for part in self.linear_parts(iri)]
        kernel = self.kernel.linear(space, iri)
        return Linearised((*networks, *kernel.parts), f"{EXACT} for the network, {GRADIENTS} for the kernel")

    def _kernel(self) -> KernelRegression:
        options = self.options
        return KernelRegression(decay=options.kernel_decay, width=options.width, ridge=options.ridge)

    def _arrays(self) -> dict[str, Array]:
        return {**super()._arrays(), "anchors": self.kernel.anchors}

    def _set_arrays(self, arrays: dict[str, Array]) -> None:
        self.kernel = self._kernel()
        self.kernel.take_anchors(arrays.pop("anchors"), self.seen_ids, self.rows)
        super()._set_arrays(arrays)
