"""Inputs and class vectors brought to unit variance, as networks train best on."""

from __future__ import annotations

import numpy as np

from kgzsl.arrays import Array

RANK, TINY = 1e-8, 1e-30


def standard(S: Array) -> tuple[Array, float]:
    """Return the mean of vectors, and the factor that makes their centred entries of unit variance on average.

    Shapes: (n, e) → (e,).
    """
    mean = S.mean(axis=0, dtype=np.float64)
    spread = float(np.sqrt(np.square(S - mean).mean()))
    return mean, 1 / spread if spread > 0 else 1.0


def components(X: Array, most: int) -> Array:
    """Return the map of inputs to their first principal components, half-way to equal variance.

    Each is divided by the root of its standard deviation, and all by one factor that makes their mean variance one.
    Whole whitening makes noise as loud as classes; none leaves the classes to the few loudest components.

    Shapes: (n, d) → (d + 1, k), the bias in the last row; k is at most ``most`` and the rank.
    """
    mean = X.mean(axis=0, dtype=np.float64)
    left = X - mean
    values, vectors = np.linalg.eigh(left.T @ left / len(X))
    values, vectors = values[::-1], vectors[:, ::-1]
    k = max(1, int(min(most, (values > RANK * values[0]).sum())))
    s = np.maximum(values[:k], TINY) ** -0.25
    s = s / np.sqrt((s**2 * np.maximum(values[:k], TINY)).mean())
    to = vectors[:, :k] * s
    return np.vstack([to, -(mean @ to)[None]]).astype(np.float32)
