"""Whether probabilities mean what they say: reliability diagrams, calibration error, log loss and Brier score."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kgzsl.arrays import Array
from kgzsl.errors import EvaluationError

BINS = 15
NORMAL = 1.959963984540054


@dataclass(frozen=True, eq=False)
class Reliability:
    r"""A reliability diagram: how often answers are right, by how sure they are. Bins without answers are left out.

    Args:
        confidence: mean of each bin. Shape: (b,).
        accuracy: the part of its weight that is right. Shape: (b,).
        weight: the part of all weight that is in it. Shape: (b,).
        count: answers in it. Shape: (b,).
        low: lower end of the 95 % interval of the accuracy (Wilson 1927). Shape: (b,).
        high: upper end of it. Shape: (b,).
        noise: variance of accuracy less confidence that chance alone makes. Shape: (b,).

    Source: Guo, Pleiss, Sun, Weinberger 2017, On Calibration of Modern Neural Networks.
    """

    confidence: Array
    accuracy: Array
    weight: Array
    count: Array
    low: Array
    high: Array
    noise: Array

    @property
    def ece(self) -> float:
        r"""Expected calibration error, :math:`\sum_b w_b |\text{acc}_b - \text{conf}_b|`; chance alone makes some."""
        return float((self.weight * np.abs(self.accuracy - self.confidence)).sum())

    @property
    def mce(self) -> float:
        """The largest gap of a bin between accuracy and confidence."""
        return float(np.abs(self.accuracy - self.confidence).max())

    @property
    def rms(self) -> float:
        r"""Root of the mean square gap, less what chance makes of it; 0 where chance explains it all.

        .. math:: \sqrt{\max(0, \sum_b w_b ((\text{acc}_b - \text{conf}_b)^2 - \hat\sigma_b^2))}

        Source: Kumar, Liang, Ma 2019, Verified Uncertainty Calibration, definition 5.1 (the debiased estimator).
        """
        square = (self.weight * ((self.accuracy - self.confidence) ** 2 - self.noise)).sum()
        return float(np.sqrt(max(0.0, square)))

    @property
    def debiased_ece(self) -> float:
        r"""Expected calibration error less what chance is expected to make of it.

        Were the gaps of bins what they seem, the same number of answers would show on average a larger error, since
        :math:`E|N(g, \sigma^2)| \ge |g|`; that surplus is taken off. Never below zero; near it only a part is taken,
        as small gaps seem larger than they are.

        .. math:: \widehat{ECE} - \sum_b w_b \left(E|N(g_b, \hat\sigma_b^2)| - |g_b|\right)

        Source: Kumar, Liang, Ma 2019, Verified Uncertainty Calibration, section 5 and appendix (the l1 estimator, which
        resamples a normal approximation; here its expectation is taken in closed form).
        """
        gap = np.abs(self.accuracy - self.confidence)
        return float(max(0.0, self.ece - (self.weight * (_folded(gap, np.sqrt(self.noise)) - gap)).sum()))


def reliability(
    confidence: Array, correct: Array, bins: int = BINS, mass: bool = True, weights: Array | None = None
) -> Reliability:
    """Return the reliability diagram.

    Args:
        confidence: what probability each answer was given. Shape: (n,).
        correct: whether it was right. Shape: (n,).
        bins: at most so many; equal confidences are never parted.
        mass: bins of equally many answers, which the debiased estimates are meant for; else bins of equal width.
        weights: of answers, such as :func:`kgzsl.metrics.class_weights`; by default each counts the same. Shape: (n,).

    Raises:
        EvaluationError: no answers, or confidences that are no probabilities.
    """
    confidence, correct = np.asarray(confidence, np.float64), np.asarray(correct, np.float64)
    if not len(confidence):
        raise EvaluationError("no answers: nothing can be said of their probabilities")
    if not ((confidence >= 0) & (confidence <= 1 + 1e-6)).all():
        worst = float(confidence[~((confidence >= 0) & (confidence <= 1 + 1e-6))][0])
        raise EvaluationError("a confidence that is no probability", value=worst,
                              fix="turn scores into probabilities first (the adjuster 'temperature')")  # fmt: skip
    weights = np.ones(len(confidence)) if weights is None else np.asarray(weights, np.float64)
    place = _places(confidence, bins, mass)
    rows = [_bin(confidence[place == b], correct[place == b], weights[place == b]) for b in np.unique(place)]
    table = np.array(rows).T
    table[2] /= table[2].sum()
    return Reliability(*table)


def log_loss(log_probabilities: Array, y: Array, weights: Array | None = None) -> float:
    """Return the mean negative log-likelihood, in nats. Shapes: (n, C), (n,), (n,)."""
    own = np.asarray(log_probabilities, np.float64)[np.arange(len(y)), y]
    return float(-np.average(own, weights=weights))


def brier(log_probabilities: Array, y: Array, weights: Array | None = None) -> float:
    """Return the mean square distance of probabilities from the truth, in [0, 2]. Shapes: (n, C), (n,), (n,).

    Source: Brier 1950, Verification of forecasts expressed in terms of probability; summed over classes.
    """
    probabilities = np.exp(np.asarray(log_probabilities, np.float64))
    own = probabilities[np.arange(len(y)), y]
    return float(np.average((probabilities**2).sum(axis=1) - 2 * own + 1, weights=weights))


def _places(confidence: Array, bins: int, mass: bool) -> Array:
    """Return each answer's bin. Shapes: (n,) → (n,)."""
    if not mass:
        return np.minimum((confidence * bins).astype(np.int64), bins - 1)
    n = len(confidence)
    edges = np.sort(confidence)[[-(-n * k // bins) - 1 for k in range(1, bins)]]
    return np.searchsorted(edges, confidence, side="left")


def _bin(confidence: Array, correct: Array, weights: Array) -> tuple[float, ...]:
    """Return a row of the diagram; the interval and the noise are those of the effective number of answers."""
    total = float(weights.sum())
    share = weights / total
    accuracy, mean = float(share @ correct), float(share @ confidence)
    effective = 1.0 / float((share**2).sum())
    if effective < 2:  # too few to see how they scatter: as much as probabilities that mean what they say would
        noise = float(share @ (confidence * (1 - confidence))) / effective
    else:
        noise = float(share @ (correct - confidence - (accuracy - mean)) ** 2) / (effective - 1)
    low, high = _wilson(accuracy, effective)
    return mean, accuracy, total, float(len(correct)), low, high, noise


def _wilson(accuracy: float, n: float) -> tuple[float, float]:
    square = NORMAL**2 / n
    middle = (accuracy + square / 2) / (1 + square)
    half = NORMAL * np.sqrt(accuracy * (1 - accuracy) / n + square / (4 * n)) / (1 + square)
    return float(max(0.0, middle - half)), float(min(1.0, middle + half))


def _folded(gap: Array, sd: Array) -> Array:
    """Return the mean absolute value of normal variables. Shapes: (b,), (b,) → (b,)."""
    from math import erf

    ratio = np.divide(gap, sd, out=np.full_like(gap, np.inf), where=sd > 0)
    inside = np.array([erf(r / np.sqrt(2)) for r in ratio])
    return np.asarray(np.where(sd > 0, sd * np.sqrt(2 / np.pi) * np.exp(-(ratio**2) / 2) + gap * inside, gap))
