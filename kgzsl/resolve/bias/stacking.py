"""Calibrated stacking."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

import numpy as np

from kgzsl.arrays import Array
from kgzsl.bank import ClassifierBank
from kgzsl.metrics import Curve, seen_unseen_curve
from kgzsl.options import Options, tuned
from kgzsl.resolve.adjuster import Adjuster, required
from kgzsl.resolve.bias.scale import spread as spread
from kgzsl.resolve.bias.scale import unit_of
from kgzsl.resolve.query import Query, References, Rehearsal

STEPS = 4001
SAME = 1e-9


class StackingOptions(Options):
    """Options of calibrated stacking."""

    smooth: float = tuned(0.1, 0.0, 0.5, ge=0, description="width of the smoothing, in spreads of scores")


class CalibratedStacking(Adjuster):
    r"""Take a constant off the scores of seen classes.

    .. math:: \hat s(x, c) = s(x, c) - \gamma \sigma [c \text{ is seen}]

    Scores are standardised first: :math:`\sigma` is their spread over candidates for inputs of seen classes, and
    :math:`\gamma` is in units of it. Of each rehearsal the whole curve of harmonic means over :math:`\gamma` is known
    exactly. Their mean is smoothed by a normal kernel, as the highest of many steps is the luckiest rather than the
    best one, and :math:`\gamma` lies in the middle of where it is largest.

    Source: Chao, Changpinyo, Gong, Sha 2016, An Empirical Study and Analysis of Generalized Zero-Shot Learning, eq. 3.
    """

    name = "calibrated-stacking"
    cures = "bias to seen classes"
    place = "bias"
    citation = "Chao, Changpinyo, Gong, Sha 2016"
    Options = StackingOptions

    gamma: float = 0.0
    """Taken from the scores of seen classes, in units of scores."""

    def fit(self, rehearsals: Sequence[Rehearsal], final: Query) -> Self:
        """See the base class."""
        useful = required(self.name, rehearsals)
        standard = best_gamma([standard_curve(r) for r in useful], self.options.smooth)
        self.gamma = standard * unit_of(final, useful)
        return self

    def offsets(self, bank: ClassifierBank, rows: Array, references: References) -> Array:
        """See the base class."""
        return np.asarray(-self.gamma * bank.seen[rows])

    def state(self) -> dict[str, Array]:
        """See the base class."""
        return {"gamma": np.array([self.gamma])}

    def restore(self, arrays: dict[str, Array]) -> Self:
        """See the base class."""
        self.gamma = float(arrays["gamma"][0])
        return self

    def chosen(self) -> dict[str, float]:
        """See the base class."""
        return {"gamma": self.gamma}


def standard_curve(rehearsal: Rehearsal, offset: Array | None = None) -> Curve:
    """Return the curve of a rehearsal whose scores are standardised.

    Args:
        rehearsal: with inputs of hidden and of other classes.
        offset: added to the standardised scores of seen candidates first. Shape: (n,).
    """
    query = rehearsal.query
    scores = query.scores.astype(np.float64) / spread(query.scores[rehearsal.of_seen])
    if offset is not None:
        scores[:, query.seen] += offset[:, None]
    return seen_unseen_curve(scores, rehearsal.y, query.seen)


def best_gamma(curves: Sequence[Curve], smooth: float) -> float:
    """Return the gamma with the best smoothed mean of harmonic means; 0 where none is above zero.

    Args:
        curves: one a rehearsal.
        smooth: standard deviation of the kernel, in the units of gamma.
    """
    ends = [b for curve in curves for b in (curve.gammas[0], curve.gammas[-1])]
    grid = np.linspace(min(ends), max(ends), STEPS)
    mean = np.mean([curve.harmonic[np.searchsorted(curve.breaks, grid, side="right")] for curve in curves], axis=0)
    mean = _smoothed(mean, smooth / (grid[1] - grid[0]))
    if mean.max() <= 0:
        return 0.0
    good = mean >= mean.max() - SAME
    first = int(good.argmax())
    last = first + int(np.append(~good[first:], True).argmax()) - 1
    return float((grid[first] + grid[last]) / 2)


def _smoothed(values: Array, width: float) -> Array:
    """Return values under a normal kernel; beyond the ends they go on as they are. Shape: (m,)."""
    half = int(np.ceil(4 * width))
    if half < 1:
        return values
    kernel = np.exp(-0.5 * (np.arange(-half, half + 1) / width) ** 2)
    return np.convolve(np.pad(values, half, mode="edge"), kernel / kernel.sum(), mode="valid")
