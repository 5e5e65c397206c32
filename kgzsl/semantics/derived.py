"""Derived edges: computed from descriptions, stated in no file."""

from __future__ import annotations

import numpy as np

from kgzsl.arrays import Array
from kgzsl.graph.recipe import Nearest

NEAREST = "nearest description"
BLOCK = 2048


def nearest_edges(vectors: Array, options: Nearest) -> tuple[Array, Array, Array]:
    """Return rows of sources, rows of targets and weights ``exp((cos - best cos) / width)``. Shapes: (N·k,) each.

    Concepts without a vector have no such edge. Computed in blocks: memory grows with N, time with N².
    """
    n, k = len(vectors), min(options.neighbours, len(vectors) - 1)
    real = np.asarray(vectors.any(axis=1))
    sources, targets, weights = [], [], []
    for start in range(0, n if k > 0 else 0, BLOCK):
        rows = np.arange(start, min(start + BLOCK, n))
        cosines = vectors[rows] @ vectors.T
        cosines[np.arange(len(rows)), rows] = -np.inf
        cosines[:, ~real] = -np.inf
        cosines[~real[rows]] = -np.inf
        near = np.argpartition(-cosines, k - 1, axis=1)[:, :k]
        values = np.take_along_axis(cosines, near, axis=1)
        kept = np.isfinite(values)
        best = np.where(kept.any(axis=1), values.max(axis=1), 0)[:, None]
        weight = np.exp(np.where(kept, values - best, 0) / options.width)
        sources.append(np.repeat(rows, k)[kept.ravel()])
        targets.append(near.ravel()[kept.ravel()])
        weights.append(weight.ravel()[kept.ravel()])
    empty = np.zeros(0, np.int64)
    return (np.concatenate([empty, *sources]), np.concatenate([empty, *targets]),
            np.concatenate([np.zeros(0), *weights]).astype(np.float64))  # fmt: skip
