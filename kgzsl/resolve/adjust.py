"""Adjusters: changes to scores against known ills, each with a number that was chosen on seen classes only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from kgzsl.arrays import Array
from kgzsl.metrics import by_class, harmonic, ranks

ADJUSTERS = {"calibrated stacking": "kgzsl.resolve.adjust.CalibratedStacking"}
"""Catalogue: name → dotted class."""


class Adjuster(Protocol):
    """Changes scores (n, C) given which classes are seen (C,)."""

    @property
    def name(self) -> str:
        """Its name in the stages of an answer."""
        ...

    def __call__(self, scores: Array, seen: Array) -> Array:
        """Return adjusted scores of the same shape."""
        ...


@dataclass(frozen=True)
class CalibratedStacking:
    """Take ``gamma`` off the scores of seen classes: the cure for bias to seen classes.

    Source: Chao et al. 2016, eq. 3.
    """

    gamma: float
    name: str = "calibrated stacking"

    def __call__(self, scores: Array, seen: Array) -> Array:
        """Shapes: (n, C), (C,) → (n, C)."""
        return np.asarray(scores - np.float32(self.gamma) * seen.astype(np.float32))


def choose_gamma(scores: Array, y: Array, seen: Array, steps: int = 61) -> float:
    """Return the gamma with the best harmonic mean.

    Args:
        scores: (n, C) of labelled inputs of classes that were held out and of classes that were not.
        y: (n,) column of the true class.
        seen: (C,) bool; False for the held-out ones.
        steps: how many values are tried between 0 and the largest useful one.
    """
    own_seen = seen[y]
    largest = float((scores[:, seen].max(axis=1) - scores[:, ~seen].max(axis=1)).max())
    grid = np.linspace(0.0, max(largest, 0.0), steps)

    def balance(gamma: float) -> float:
        right = ranks(scores - gamma * seen, y) == 0
        return harmonic(by_class(right[~own_seen], y[~own_seen]).mean(), by_class(right[own_seen], y[own_seen]).mean())

    return float(max(grid, key=balance))
