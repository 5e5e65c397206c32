"""Counting: class-mean hit@k, harmonic mean, and intervals over classes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kgzsl.arrays import Array


@dataclass(frozen=True)
class Hit:
    """A class-mean accuracy in [0, 1] with its 95 % bootstrap interval over classes."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{100 * self.value:.1f} [{100 * self.low:.1f}, {100 * self.high:.1f}]"


def ranks(scores: Array, y: Array) -> Array:
    """Return how many classes score above the true one; ties count half, rounded up. Shapes: (n, C), (n,) → (n,).

    A score that is no number counts below all others.
    """
    scores = np.where(np.isnan(scores), -np.inf, scores)
    own = scores[np.arange(len(y)), y][:, None]
    ties = (scores == own).sum(axis=1) - 1
    return np.asarray((scores > own).sum(axis=1) + (ties + 1) // 2)


def by_class(correct: Array, y: Array) -> Array:
    """Return the mean of ``correct`` for each class in ``y``, sorted by class. Shapes: (n,), (n,) → (C,)."""
    return np.array([correct[y == c].mean() for c in np.unique(y)])


def hit_at(scores: Array, y: Array, k: int = 1, seed: int = 0) -> Hit:
    """Class-mean hit@k (Xian et al. 2019, eq. 1) with a bootstrap interval over classes."""
    return interval(by_class(ranks(scores, y) < k, y), seed)


def interval(per_class: Array, seed: int = 0, draws: int = 2000) -> Hit:
    """Return the mean over classes and its 95 % percentile bootstrap interval. Shape: (C,)."""
    rng = np.random.default_rng(seed)
    means = per_class[rng.integers(len(per_class), size=(draws, len(per_class)))].mean(axis=1)
    low, high = np.percentile(means, [2.5, 97.5])
    return Hit(float(per_class.mean()), float(low), float(high))


def balance(scores: Array, y: Array, seen: Array) -> float:
    """Return the harmonic mean of the class-mean hit@1 of inputs of unseen and of seen classes; there are some of both.

    Args:
        scores: (n, C).
        y: (n,) column of the true class.
        seen: (C,) bool.
    """
    right, own = ranks(scores, y) == 0, seen[y]
    return harmonic(float(by_class(right[~own], y[~own]).mean()), float(by_class(right[own], y[own]).mean()))


def harmonic(unseen: float, seen: float) -> float:
    """Harmonic mean of two accuracies (Xian et al. 2019, eq. 2)."""
    return 0.0 if unseen + seen == 0 else 2 * unseen * seen / (unseen + seen)
