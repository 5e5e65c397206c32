"""Choice of the gamma of calibrated stacking on seen classes that were held out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from kgzsl.arrays import Array
from kgzsl.learners.base import Learner
from kgzsl.resolve.adjust import choose_gamma
from kgzsl.semantics.space import ClassSpace


@dataclass(frozen=True, eq=False)
class Calibration:
    """Labelled inputs of seen classes, and a learner that was not given the classifiers of some of them."""

    learner: Learner
    X: Array
    labels: tuple[str, ...]


def calibrated_gamma(calibration: Calibration, space: ClassSpace, candidates: Sequence[str]) -> float:
    """Return the gamma that balances held-out and other seen classes among these candidates."""
    bank = calibration.learner.classifiers(space)
    column = {iri: k for k, iri in enumerate(candidates)}
    at = [n for n, label in enumerate(calibration.labels) if label in column]
    y = np.array([column[calibration.labels[n]] for n in at], np.int64)
    rows = bank.rows(candidates)
    seen = bank.seen[rows]
    if not len(y) or seen[y].all() or not seen[y].any():
        return 0.0
    return choose_gamma(bank.scores(calibration.X[at], rows), y, seen)
