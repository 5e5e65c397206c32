"""Probabilities within one group of candidates: a temperature, and how it follows the spread of an input's scores."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from kgzsl.arrays import Array
from kgzsl.metrics import class_weights

PRIOR = 5.0
RIDGE = 1e-3
BOUNDS = ((-4.0, 7.0), (-1.5, 0.5))
START = (1.0, 0.0)


class Sharpness(NamedTuple):
    r"""How sharp probabilities are, given scores in units of their typical spread.

    .. math:: p(c \mid x) \propto \exp(a(x) s(x, c)), \quad a(x) = \exp(\text{level} + \text{slope} \log \sigma(x))

    :math:`\sigma(x)` is the spread of the input's scores over the candidates, in which ``PRIOR`` candidates more count
    that have the typical spread: among few candidates the input's own tells little. Slope 0 is plain temperature
    scaling; slope -1 standardises the scores of each input. As the likelihood ratio of two classes does not depend on
    what else is a candidate, it holds for any number of them.

    Source: Guo, Pleiss, Sun, Weinberger 2017, On Calibration of Modern Neural Networks, section 4.2, for slope 0.
    """

    level: float
    slope: float

    def of(self, scores: Array) -> Array:
        """Return a(x). Shapes: (n, C) → (n, 1)."""
        return np.asarray(np.exp(self.level + self.slope * _log_spread(scores)))


def log_softmax(logits: Array) -> Array:
    """Return the row-wise log-softmax. Shapes: (n, C) → (n, C)."""
    below = logits - logits.max(axis=1, keepdims=True)
    return np.asarray(below - np.log(np.exp(below).sum(axis=1, keepdims=True)))


def log_sum(logits: Array) -> Array:
    """Return the row-wise log of the sum of exponentials. Shapes: (n, C) → (n, 1)."""
    top = logits.max(axis=1, keepdims=True)
    return np.asarray(top + np.log(np.exp(logits - top).sum(axis=1, keepdims=True)))


def fit_sharpness(cases: Sequence[tuple[Array, Array]]) -> Sharpness:
    """Return the sharpness with the least class-balanced log loss, each case counting the same.

    Args:
        cases: scores in units of their typical spread (n, C), and the column of each input's class (n,).
    """
    from scipy.optimize import minimize

    prepared = [(scores, y, _log_spread(scores), class_weights(y)[:, None]) for scores, y in cases]

    def loss(at: Array) -> tuple[float, Array]:
        total = RIDGE * float(((at - START) ** 2).sum())
        slope = 2 * RIDGE * (at - START)
        for scores, y, spread, weights in prepared:
            value, change = _loss(Sharpness(at[0], at[1]), scores, y, spread, weights)
            total, slope = total + value / len(prepared), slope + change / len(prepared)
        return total, slope

    found = minimize(loss, np.array(START), jac=True, method="L-BFGS-B", bounds=BOUNDS)
    return Sharpness(float(found.x[0]), float(found.x[1]))


def _loss(sharp: Sharpness, scores: Array, y: Array, spread: Array, weights: Array) -> tuple[float, Array]:
    """Return the log loss and how it changes with level and slope."""
    factor = np.exp(sharp.level + sharp.slope * spread)
    logs = log_softmax(factor * scores)
    at = np.arange(len(y))
    pull = factor * ((np.exp(logs) * scores).sum(axis=1, keepdims=True) - scores[at, y][:, None])
    value = -float(weights[:, 0] @ logs[at, y])
    return value, np.array([(weights * pull).sum(), (weights * pull * spread).sum()])


def _log_spread(scores: Array) -> Array:
    """Return log σ(x). Shapes: (n, C) → (n, 1)."""
    square = ((scores - scores.mean(axis=1, keepdims=True)) ** 2).sum(axis=1, keepdims=True)
    return np.asarray(0.5 * np.log((square + PRIOR) / (scores.shape[1] + PRIOR)))
