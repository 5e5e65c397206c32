"""The case that every adjuster must pass."""

from __future__ import annotations

import numpy as np

from kgzsl.resolve.adjust import Adjuster

CLOSE = 1e-6


def check_adjuster(adjuster: Adjuster, seed: int = 0) -> None:
    """Hold an adjuster to its contract: shapes stay, inputs are untouched, order of classes does not count."""
    rng = np.random.default_rng(seed)
    scores, seen = rng.normal(size=(5, 7)).astype(np.float32), rng.random(7) < 0.5
    kept = scores.copy()
    adjusted = adjuster(scores, seen)
    assert adjusted.shape == scores.shape
    assert np.array_equal(scores, kept)
    order = rng.permutation(7)
    assert np.allclose(adjuster(scores[:, order], seen[order]), adjusted[:, order], atol=CLOSE)
    assert adjuster.name
