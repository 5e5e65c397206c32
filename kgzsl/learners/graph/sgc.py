"""SGC: ridge regression on descriptions smoothed over the graph; closed form, and the cheapest to update."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Literal, Self

import numpy as np
from scipy import linalg

from kgzsl.arrays import Array, unit_rows
from kgzsl.bank import ClassifierBank
from kgzsl.features import FeatureSet
from kgzsl.learners import base
from kgzsl.learners.chained import Chained, described
from kgzsl.learners.linear import Linearised, LinearPart, LinearStage, Term, descriptions, unit
from kgzsl.propagation.operators import Itself, Neighbours, Operator, Parents
from kgzsl.propagation.pipeline import Chain, Stage, stage_values
from kgzsl.semantics.space import ClassSpace


class SGCOptions(base.Options):
    """Settings; chosen on held-out seen classes, see docs/accuracy.md."""

    hops: int = base.tuned(1, 0, 3, ge=0, le=6, description="times that descriptions are smoothed")
    ridge: float = base.tuned(2.0, 0.03, 10.0, log=True, gt=0, description="penalty of the map")
    decay: float = base.tuned(0.0, 0.0, 0.8, ge=0, lt=1, description="share of the next ancestor in a description")
    normalisation: Literal["row", "symmetric", "parents"] = base.choice("row", description="as of the GCN")


class SGC(Chained):
    r"""Ridge regression of classifier rows on smoothed descriptions.

    .. math:: W_u = S_u (S_s^\top S_s + \lambda I)^{-1} S_s^\top W_s, \quad S = \hat A^K X

    Never holds a matrix of classes by classes; fitting costs e³, an added class a few products with an e × d matrix.

    Shapes: vectors (N, e), seen rows (S, d) → bank (C, d). Linear in the seen rows, so it explains exactly.

    Source: Wu et al. 2019, Simplifying Graph Convolutional Networks, eq. 8, with ridge in place of softmax.
    """

    name = "sgc"
    family = "graph propagation"
    citation = "Wu, Zhang, de Souza, Fifty, Yu, Weinberger 2019, Simplifying Graph Convolutional Networks"
    reads = "vectors, relations"
    explains = ("coefficients", "paths")
    Options: ClassVar[type[base.Options]] = SGCOptions

    def fit(
        self,
        space: ClassSpace,
        seen: ClassifierBank,
        features: FeatureSet | None = None,
        seed: int = 0,
        progress: base.Progress | None = None,
    ) -> Self:
        """Solve for the map; see the base class."""
        self._remember(space, seen)
        self.width = space.vectors.shape[1]
        smooth = stage_values(self._smoothed(), space, self.seen_ids, self.options.hops).astype(np.float64)
        gram = smooth.T @ smooth + self.options.ridge * np.eye(self.width)
        self.solver = linalg.solve(gram, smooth.T, assume_a="pos").astype(np.float32)
        self.map = self.solver @ self.rows
        return self

    def chains(self) -> list[Chain]:
        """See the base class; the last smoothing and the map are one stage."""
        *before, last = self._smoothed()
        mapped = Stage(last.operators, lambda m, v: unit_rows(last.compute(m, v) @ self.map), self.rows.shape[1])
        return [[*before, mapped]]

    def left_out(self, space: ClassSpace, hidden: Sequence[str]) -> Array:
        """See the base class: residuals of ridge regression, times the inverse of their block of I less the hat matrix.

        Source: Cook & Weisberg 1982, eq. 3.2.3.
        """
        at = [self.seen_row[iri] for iri in hidden]
        hat = stage_values(self._smoothed(), space, hidden, self.options.hops) @ self.solver
        residual = self.rows[at] - hat @ self.rows
        return np.asarray(self.rows[at] - linalg.solve(np.eye(len(at)) - hat[:, at], residual))

    def coefficients(self, space: ClassSpace, ids: Sequence[str]) -> base.Coefficients:
        """See the base class; a seen class is its own and only coefficient."""
        values = stage_values(self._smoothed(), space, ids, self.options.hops) @ self.solver
        return base.scaled_coefficients(self, ids, values)

    def linear(self, space: ClassSpace, iri: str) -> Linearised:
        """See the base class; beside the sum over seen rows, one over walks to described concepts."""
        *_, last = self._smoothed()
        smooth = [LinearStage(f"hop {k + 1}", (Term(last.operators[0]),)) for k in range(self.options.hops - 1)]
        operator = last.operators[0] if self.options.hops else Itself()
        mapped = LinearStage("map", (Term(operator, self.map),), gate=unit)
        return Linearised((LinearPart((descriptions(self.options.decay), *smooth, mapped), (iri,)),))

    def _smoothed(self) -> list[Stage]:
        kind = self.options.normalisation
        operator: Operator = Parents() if kind == "parents" else Neighbours(symmetric=kind == "symmetric")
        smooth = Stage((operator,), lambda m, v: np.asarray(m[0] @ v, np.float32), self.width)
        return [described(self.options.decay, self.width), *[smooth] * self.options.hops]

    def _arrays(self) -> dict[str, Array]:
        return {"solver": self.solver}

    def _set_arrays(self, arrays: dict[str, Array]) -> None:
        self.solver = arrays["solver"]
        self.width, self.map = len(self.solver), self.solver @ self.rows
