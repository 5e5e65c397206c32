"""What tells inputs of unseen classes from inputs of seen ones, whichever class it is."""

from __future__ import annotations

import numpy as np

from kgzsl.arrays import Array, unit_rows
from kgzsl.resolve.query import Query, References

NEAREST = 5
SIGNS = ("height", "spread of seen", "spread of unseen", "density")


def margins(scores: Array, seen: Array) -> Array:
    """Return by how much the best seen candidate beats the best unseen one. Shapes: (n, C), (C,) bool → (n,)."""
    return np.asarray(scores[:, seen].max(axis=1) - scores[:, ~seen].max(axis=1))


def signs(query: Query, scores: Array) -> Array:
    """Return four numbers an input; none depends on other inputs of the query.

    How far the best seen candidate stands above the mean of all; the spread of scores over seen and over unseen
    candidates; and how dense the references are around the input, NaN where there are none.

    Args:
        query: with candidates of both kinds.
        scores: of it, in units of their typical spread. Shape: (n, C).

    Shapes: (n, C) → (n, 4).
    """
    seen = query.seen
    height = scores[:, seen].max(axis=1) - scores.mean(axis=1)
    spreads = scores[:, seen].std(axis=1), scores[:, ~seen].std(axis=1)
    return np.column_stack([height, *spreads, density(query.X, query.references)])


def density(X: Array, references: References) -> Array:
    r"""Return how near the references are, in standard deviations of what they are to each other.

    Nearness is the mean cosine to the ``NEAREST`` nearest of them.

    Shapes: (n, d) → (n,). NaN without enough references.

    Source: Sun, Ming, Zhu, Li 2022, Out-of-Distribution Detection with Deep Nearest Neighbors, for nearest neighbours
    of normalised features as a density.
    """
    if len(references) <= NEAREST or references.X.shape[1] != X.shape[1]:
        return np.full(len(X), np.nan)
    anchors = unit_rows(references.X)
    among = anchors @ anchors.T
    np.fill_diagonal(among, -np.inf)
    usual = _nearness(among)
    return np.asarray((_nearness(unit_rows(X) @ anchors.T) - usual.mean()) / max(float(usual.std()), 1e-6))


def _nearness(cosines: Array) -> Array:
    at = cosines.shape[1] - NEAREST
    return np.asarray(np.partition(cosines, at, axis=1)[:, at:].mean(axis=1, dtype=np.float64))
