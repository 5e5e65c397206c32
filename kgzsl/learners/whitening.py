"""Inputs of which every direction varies alike within classes."""

from __future__ import annotations

import numpy as np

from kgzsl.arrays import Array
from kgzsl.bank import InputMap
from kgzsl.learners.examples import class_means


def whitening_map(center: Array | None, matrix: Array) -> InputMap:
    """Return the map of inputs that subtracts, whitens and brings to unit length. Shapes: (d,), (d, k)."""
    affine = np.vstack([matrix, np.zeros(matrix.shape[1])]).astype(np.float32)
    return InputMap(center, center is None, (affine,), unit=True)


def whitening(X: Array, y: Array, shrink: float) -> Array:
    r"""Return :math:`((1 - s)\Sigma + s\, t I)^{-1/2}`, t the mean variance, of the within-class covariance of inputs.

    Where no class has two inputs, of their total covariance.

    Args:
        X: inputs. Shape: (n, d).
        y: classes, counted from zero. Shape: (n,).
        shrink: s.

    Source: Ledoit & Wolf 2004, A well-conditioned estimator, for the form; s is given, not estimated.
    """
    X = X.astype(np.float64)
    counts = np.bincount(y)
    X = X - (class_means(X, y, len(counts))[y] if counts.max() > 1 else X.mean(axis=0))
    values, vectors = np.linalg.eigh(X.T @ X / len(X))
    values = np.maximum(values, 0)
    floor = (1 - shrink) * values + shrink * (values.mean() or 1.0)
    return np.asarray((vectors / np.sqrt(floor)) @ vectors.T)
