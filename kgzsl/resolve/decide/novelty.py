"""How sure one may be that an input is one of the candidates at all: scores of the known, higher is surer."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from kgzsl.arrays import Array
from kgzsl.resolve.decide.subtree import renormalised


def probability(logp: Array, raw: Array, seen: Array, unit: float) -> Array:
    """Probability of the best candidate, as its logarithm. Source: Hendrycks & Gimpel 2017."""
    return np.asarray(logp.max(axis=1))


def margin(logp: Array, raw: Array, seen: Array, unit: float) -> Array:
    """How much more probable the best candidate is than the next; one candidate alone has all of it."""
    if logp.shape[1] < 2:
        return np.ones(len(logp))
    two = np.exp(np.partition(logp, -2, axis=1)[:, -2:])
    return np.asarray(two[:, 1] - two[:, 0])


def certainty(logp: Array, raw: Array, seen: Array, unit: float) -> Array:
    """Entropy of the candidates with its sign turned, in nats."""
    return np.asarray((np.exp(logp) * logp).sum(axis=1))


def energy(logp: Array, raw: Array, seen: Array, unit: float) -> Array:
    r"""Free energy with its sign turned, :math:`T \log \frac{1}{C} \sum_c e^{s_c / T}`.

    A mean stands for the sum, so that thresholds keep their meaning among more candidates. T is the spread of scores
    over candidates.

    Source: Liu, Wang, Owens, Li 2020, Energy-Based Out-of-Distribution Detection, eq. 4.
    """
    scaled = raw / unit
    top = scaled.max(axis=1)
    return np.asarray(unit * (top + np.log(np.exp(scaled - top[:, None]).mean(axis=1))))


def score(logp: Array, raw: Array, seen: Array, unit: float) -> Array:
    """Score of the best candidate. Source: Vaze, Han, Vedaldi, Zisserman 2022, Open-Set Recognition."""
    return np.asarray(raw.max(axis=1))


def standardised(logp: Array, raw: Array, seen: Array, unit: float) -> Array:
    """Score of the best candidate, in standard deviations above the mean of the input's scores."""
    spread = raw.std(axis=1)
    top = raw.max(axis=1) - raw.mean(axis=1)
    return np.asarray(np.divide(top, spread, out=np.zeros_like(top), where=spread > 0))


def unseen_certainty(logp: Array, raw: Array, seen: Array, unit: float) -> Array:
    """Certainty among the unseen candidates alone: how sure one is that an input of no seen class is one of them."""
    if seen.all() or not seen.any():
        return certainty(logp, raw, seen, unit)
    return certainty(renormalised(logp[:, ~seen]), raw, seen, unit)


def grouped_certainty(logp: Array, raw: Array, seen: Array, unit: float) -> Array:
    """Certainty among the seen candidates and among the unseen ones, each as a share of what it may be; their mean.

    Which of the two groups an input is of does not count: an input that is known should be sure within its own.
    """
    if seen.all() or not seen.any():
        return certainty(logp, raw, seen, unit)
    parts = [certainty(renormalised(logp[:, own]), raw, seen, unit) / np.log(max(own.sum(), 2))
             for own in (seen, ~seen)]  # fmt: skip
    return np.asarray((parts[0] + parts[1]) / 2)


Score = Callable[[Array, Array, Array, float], Array]
SCORES: dict[str, Score] = {
    "probability": probability,
    "margin": margin,
    "certainty": certainty,
    "energy": energy,
    "score": score,
    "standardised": standardised,
    "unseen-certainty": unseen_certainty,
    "grouped-certainty": grouped_certainty,
}
"""Name → function of log-probabilities (n, C), scores of the bank (n, C), which are seen (C,), and spread → (n,)."""
