"""Ridge regression with an intercept, as one matrix."""

from __future__ import annotations

import numpy as np
from scipy import linalg

from kgzsl.arrays import Array

SMALL = 1e-12


def ridge_map(X: Array, Y: Array, ridge: float, counts: Array | None = None) -> Array:
    r"""Return the map that regresses Y on X, its intercept in the last row.

    .. math:: M = (\bar X^\top N \bar X + \alpha I)^{-1} \bar X^\top N \bar Y, \quad
        \alpha = \lambda\, \mathrm{tr}(\bar X^\top N \bar X) / \min(n, d)

    with rows centred by their weighted means. So λ is in units of the mean eigenvalue of what is inverted, and means
    the same for any number of rows, any width and any scale. The smaller of the two systems is solved.

    Args:
        X: what is given. Shape: (n, d).
        Y: what is wanted. Shape: (n, e).
        ridge: λ.
        counts: N, how often each row counts; once without. Shape: (n,).

    Shapes: → (d + 1, e).

    Source: Hoerl & Kennard 1970, Ridge Regression; its dual, Saunders, Gammerman, Vovk 1998.
    """
    n = np.ones(len(X)) if counts is None else counts.astype(np.float64)
    x, y = n @ X / n.sum(), n @ Y / n.sum()
    root = np.sqrt(n)[:, None]
    A, B = root * (X.astype(np.float64) - x), root * (Y.astype(np.float64) - y)
    alpha = max(ridge * float(np.square(A).sum()) / min(A.shape), SMALL)
    if A.shape[0] < A.shape[1]:
        M = A.T @ linalg.solve(A @ A.T + alpha * np.eye(len(A)), B, assume_a="pos")
    else:
        M = linalg.solve(A.T @ A + alpha * np.eye(A.shape[1]), A.T @ B, assume_a="pos")
    return np.vstack([M, y - x @ M])
