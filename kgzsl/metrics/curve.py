"""The seen–unseen accuracy curve: every balance that taking a constant off the scores of seen classes can reach."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from kgzsl.arrays import Array
from kgzsl.errors import EvaluationError
from kgzsl.metrics.counting import harmonic


class Balance(NamedTuple):
    """Class-mean accuracies of unseen and of seen classes at one gamma, and their harmonic mean."""

    gamma: float
    unseen: float
    seen: float
    harmonic: float


@dataclass(frozen=True, eq=False)
class Curve:
    r"""Accuracies as functions of :math:`\gamma`, which is taken from the scores of seen classes.

    They are constant between the values of gamma at which an answer changes; each such stretch is one point. Exactly at
    those values, scores are tied and fewer answers are right; that counts as no point.

    Args:
        gammas: in the middle of each stretch, rising; in the outer ones, as far outside as the spread of the others or
            one. Shape: (m,).
        unseen: class-mean accuracy of unseen classes. It rises with gamma. Shape: (m,).
        seen: the same of seen classes. It falls. Shape: (m,).
        breaks: where answers change, rising. Shape: (m - 1,).
    """

    gammas: Array
    unseen: Array
    seen: Array
    breaks: Array

    @property
    def harmonic(self) -> Array:
        """Harmonic means of both. Shape: (m,)."""
        total = self.unseen + self.seen
        return np.asarray(np.divide(2 * self.unseen * self.seen, total, out=np.zeros_like(total), where=total > 0))

    @property
    def area(self) -> float:
        """Area under the curve of seen over unseen accuracy, in [0, 1]; by trapezoids where both change at once.

        Source: Chao, Changpinyo, Gong, Sha 2016, section 3.3 (AUSUC).
        """
        width = np.diff(self.unseen, prepend=0.0)
        height = (self.seen + np.concatenate([self.seen[:1], self.seen[:-1]])) / 2
        return float((width * height).sum())

    @property
    def best(self) -> Balance:
        """The balance with the largest harmonic mean: a ceiling, since answers must be known to find it.

        Of several stretches that are equally good it is the widest.
        """
        balance = self.harmonic
        edges = np.concatenate([[-np.inf], self.breaks, [np.inf]])
        widths = np.diff(edges) if len(self.breaks) else np.ones(1)
        good = np.flatnonzero(balance >= balance.max() - 1e-12)
        return self._at(int(good[widths[good].argmax()]))

    def at(self, gamma: float) -> Balance:
        """Return the balance at a gamma; where an answer changes, the one just above."""
        return self._at(int(np.searchsorted(self.breaks, gamma, side="right")))._replace(gamma=float(gamma))

    def _at(self, k: int) -> Balance:
        unseen, seen = float(self.unseen[k]), float(self.seen[k])
        return Balance(float(self.gammas[k]), unseen, seen, harmonic(unseen, seen))


def seen_unseen_curve(scores: Array, y: Array, seen: Array, lenient: Array | None = None) -> Curve:
    """Return the whole curve, exactly.

    An input is right at a gamma if the score of its class is above all others; ties are wrong, as in
    :func:`kgzsl.metrics.ranks`.

    Args:
        scores: before anything is taken. Scores that are no number count below all others. Shape: (n, C).
        y: column of each input's class. Shape: (n,).
        seen: which candidates are seen classes. Shape: (C,) bool.
        lenient: which answers count as right for which class, its own among them, such as those below it in the
            hierarchy; by default its own alone. Shape: (C, C) bool.

    Raises:
        EvaluationError: no inputs of seen classes, or none of unseen ones: such a curve needs both.

    Source: Chao, Changpinyo, Gong, Sha 2016, An Empirical Study and Analysis of Generalized Zero-Shot Learning.
    """
    y, seen = np.asarray(y, np.int64), np.asarray(seen, bool)
    own = seen[y]
    if not own.any() or own.all():
        missing = "unseen" if own.any() or not len(y) else "seen"
        raise EvaluationError(f"no inputs of {missing} classes: a seen–unseen curve needs both")
    scores = np.where(np.isnan(scores), -np.inf, np.asarray(scores, np.float64))
    starts, ends = _stretches(scores, y, seen, lenient)
    weights = class_weights(y)
    changes = np.concatenate([starts, ends])
    breaks = np.unique(changes[np.isfinite(changes)])
    found = {}
    for name, which in (("unseen", ~own), ("seen", own)):
        weight = weights[which] / weights[which].sum()
        found[name] = _covered(starts[which], ends[which], weight, breaks)
    return Curve(_middles(breaks), found["unseen"], found["seen"], breaks)


def class_weights(y: Array) -> Array:
    """Return weights of inputs with which every class that has any counts the same; their sum is 1. (n,) → (n,)"""
    _, inverse, count = np.unique(y, return_inverse=True, return_counts=True)
    return np.asarray(1.0 / (count[inverse] * len(count)))


def _stretches(scores: Array, y: Array, seen: Array, lenient: Array | None) -> tuple[Array, Array]:
    """Return between which two gammas each input is right; from inf to -inf where it never is. Shapes: (n,), (n,)."""
    right = np.zeros(scores.shape, bool)
    right[np.arange(len(y)), y] = True
    if lenient is not None:
        right |= lenient[y]
    best = {(of, kind): np.where(right == of, scores, -np.inf)[:, seen == kind].max(axis=1, initial=-np.inf)
            for of in (True, False) for kind in (True, False)}  # fmt: skip
    with np.errstate(invalid="ignore"):
        return _of_seen_or_unseen(best)


def _of_seen_or_unseen(best: dict[tuple[bool, bool], Array]) -> tuple[Array, Array]:
    """An answer of a seen class wins below one gamma, one of an unseen class above another."""
    low, high = np.full(len(best[True, True]), np.inf), np.full(len(best[True, True]), -np.inf)
    by_seen = best[True, True] > best[False, True]
    by_unseen = best[True, False] > best[False, False]
    low = np.where(by_unseen, best[False, True] - best[True, False], low)
    high = np.where(by_seen, best[True, True] - best[False, False], high)
    low, high = np.where(by_seen, -np.inf, low), np.where(by_unseen, np.inf, high)
    return low, high


def _covered(starts: Array, ends: Array, weight: Array, breaks: Array) -> Array:
    """Return the weight of the inputs that are right in each stretch. Shapes: (n,) thrice, (m - 1,) → (m,)."""
    real = starts < ends
    change = np.zeros(len(breaks) + 1)
    np.add.at(change, np.where(np.isinf(starts), 0, np.searchsorted(breaks, starts) + 1)[real], weight[real])
    stops = real & np.isfinite(ends)
    np.add.at(change, (np.searchsorted(breaks, ends) + 1)[stops], -weight[stops])
    return np.asarray(np.clip(np.cumsum(change), 0.0, 1.0))


def _middles(breaks: Array) -> Array:
    if not len(breaks):
        return np.zeros(1)
    beyond = max(1.0, float(breaks[-1] - breaks[0]))
    return np.concatenate([[breaks[0] - beyond], (breaks[1:] + breaks[:-1]) / 2, [breaks[-1] + beyond]])
