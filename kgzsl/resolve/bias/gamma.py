"""The gamma of calibrated stacking on one set of labelled scores."""

from __future__ import annotations

import numpy as np

from kgzsl.arrays import Array
from kgzsl.metrics import balance


def choose_gamma(scores: Array, y: Array, seen: Array, steps: int = 61) -> float:
    """Return the gamma with the best harmonic mean.

    Args:
        scores: (n, C) of labelled inputs of classes that were held out and of classes that were not.
        y: (n,) column of the true class.
        seen: (C,) bool; False for the held-out ones.
        steps: how many values are tried between 0 and the largest useful one.
    """
    largest = float((scores[:, seen].max(axis=1) - scores[:, ~seen].max(axis=1)).max())
    grid = np.linspace(0.0, max(largest, 0.0), steps)
    return float(max(grid, key=lambda gamma: balance(scores - gamma * seen, y, seen)))
