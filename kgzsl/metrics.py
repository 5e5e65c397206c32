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


def harmonic(unseen: float, seen: float) -> float:
    """Harmonic mean of two accuracies (Xian et al. 2019, eq. 2)."""
    return 0.0 if unseen + seen == 0 else 2 * unseen * seen / (unseen + seen)


def hubness(scores: Array, k: int = 10) -> float:
    """Return the skewness of how often each class is among the k that score highest; 0 where all are equally often.

    Far above zero, few classes are near to most inputs: hubs.

    Args:
        scores: of inputs. Shape: (n, C).
        k: how many count, fewer than there are classes.

    Source: Radovanović, Nanopoulos, Ivanović 2010, Hubs in Space.
    """
    assert 0 < k < scores.shape[1]
    nearest = np.argpartition(-scores, k - 1, axis=1)[:, :k]
    often = np.bincount(nearest.ravel(), minlength=scores.shape[1]).astype(float)
    spread = often.std()
    return float(((often - often.mean()) ** 3).mean() / spread**3) if spread > 0 else 0.0
