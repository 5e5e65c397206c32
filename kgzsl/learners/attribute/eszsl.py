"""ESZSL: a bilinear map between inputs and descriptions, solved at once."""

from __future__ import annotations

from typing import ClassVar, Self

import numpy as np
from scipy import linalg

from kgzsl.arrays import Array
from kgzsl.bank import ClassifierBank
from kgzsl.features import FeatureSet
from kgzsl.learners import base
from kgzsl.learners.described import require_described
from kgzsl.learners.examples import examples
from kgzsl.learners.linear import LinearStage, own
from kgzsl.learners.mapped import Mapped
from kgzsl.semantics.space import ClassSpace


class ESZSLOptions(base.Options):
    """Settings; the regularisers are for one input and one class, so that they mean the same for any number of them.

    Chosen on held-out seen birds (three class folds of the 150 of CUB): best H over gamma and lambda, T1 agreeing.
    """

    gamma: float = base.tuned(1e-4, 1e-6, 1.0, log=True, gt=0, description="on the side of inputs")
    lambda_: float = base.tuned(1e-3, 1e-5, 1.0, log=True, gt=0, description="on the side of descriptions")


class ESZSL(Mapped):
    r"""Regression of one-hot labels on inputs and descriptions together.

    .. math:: V = (X^\top X + \gamma n I)^{-1} X^\top Y S (S^\top S + \lambda |S| I)^{-1}, \quad w_c = V s_c

    Shapes: inputs (n, d), labels Y (n, |S|) in {-1, 1}, descriptions S (|S|, e) → V (d, e), bank (C, d).

    Source: Romera-Paredes & Torr 2015, An embarrassingly simple approach to zero-shot learning, sec. 3.
    """

    name = "eszsl"
    family = "attribute-based"
    citation = "Romera-Paredes & Torr 2015, An Embarrassingly Simple Approach to Zero-Shot Learning"
    reads = "vectors"
    Options: ClassVar[type[base.Options]] = ESZSLOptions

    def fit(
        self,
        space: ClassSpace,
        seen: ClassifierBank,
        features: FeatureSet | None = None,
        seed: int = 0,
        progress: base.Progress | None = None,
    ) -> Self:
        """Solve; see the base class."""
        at = self._remember(space, seen)
        require_described(self, space)
        given = examples(self, features)
        map_ = bilinear(given.X, given.y, space.vectors[at], self.options.gamma, self.options.lambda_)
        return self.take(space, given.input_map(), map=map_)

    def stages(self) -> list[LinearStage]:
        """See the base class."""
        return [own("map", self.fitted["map"])]

    def row_width(self) -> int:
        """See the base class."""
        return int(self.fitted["map"].shape[1])


def bilinear(X: Array, y: Array, S: Array, gamma: float, lambda_: float) -> Array:
    """Return the transpose of V; the regularisers are for one input and one class.

    Shapes: (n, d), (n,), (S, e) → (e, d).
    """
    X, S = X.astype(np.float64), S.astype(np.float64)
    Y = np.where(y[:, None] == np.arange(len(S)), 1.0, -1.0)
    inputs = linalg.solve(X.T @ X + gamma * len(X) * np.eye(X.shape[1]), X.T @ Y @ S, assume_a="pos")
    return np.asarray(linalg.solve(S.T @ S + lambda_ * len(S) * np.eye(S.shape[1]), inputs.T, assume_a="pos"))
