"""Non-negative kriging: a description as the mixture of seen ones that fits it best."""

from __future__ import annotations

import numpy as np
from scipy import linalg, optimize

from kgzsl.arrays import Array


class NonnegativeKriging:
    r"""Weights of seen descriptions, non-negative and of sum one; none where there is no description.

    .. math:: \arg\min_{a \ge 0} \tfrac12 a^\top (K + \lambda I) a - k^\top a, \quad k(x, y) = e^{(\cos(x, y) - 1) / w}

    over the ``neighbours`` seen descriptions of largest cosine. Each row is solved alone, so that it does not depend
    on what is computed with it.

    Args:
        anchors: unit rows of seen classes. Shape: (S, e).
        neighbours: how many of them may take part in a mixture.
        width: w.
        ridge: λ.

    Source: Lawson & Hanson 1974, ch. 23, on the Cholesky factor of K + λI.
    """

    def __init__(self, anchors: Array, neighbours: int, width: float, ridge: float) -> None:
        self.anchors, self.width = anchors.astype(np.float64), width
        self.count = min(neighbours, len(anchors))
        self.gram = np.exp((self.anchors @ self.anchors.T - 1) / width) + ridge * np.eye(len(anchors))

    def __call__(self, descriptions: Array) -> Array:
        """Return the weights. Shapes: unit rows (k, e) → (k, S) float32."""
        found = np.zeros((len(descriptions), len(self.anchors)), np.float32)
        for row in np.flatnonzero(descriptions.any(axis=1)):
            near, weights = self._solved(self.anchors @ descriptions[row].astype(np.float64))
            found[row, near] = weights / max(weights.sum(), 1e-12)
        return found

    def _solved(self, cosines: Array) -> tuple[Array, Array]:
        near = np.sort(np.argpartition(-cosines, self.count - 1)[: self.count])
        factor = linalg.cholesky(self.gram[np.ix_(near, near)], lower=True)
        wanted = linalg.solve_triangular(factor, np.exp((cosines[near] - 1) / self.width), lower=True)
        return near, optimize.nnls(factor.T, wanted)[0]
