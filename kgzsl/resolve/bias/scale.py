"""What things are chosen in on rehearsals: units of scores, and weights of inputs."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from kgzsl.arrays import Array
from kgzsl.metrics import class_weights
from kgzsl.resolve.query import Query, Rehearsal


def spread(scores: Array) -> float:
    """Return the spread of scores over candidates, within an input; 1 where there is none. Shape: (n, C)."""
    found = float(np.sqrt(scores.var(axis=1, dtype=np.float64).mean())) if scores.size else 0.0
    return found if found > 0 else 1.0


def unit_of(final: Query, rehearsals: Sequence[Rehearsal]) -> float:
    """Return the spread of the scores that the real bank gives to inputs of seen classes.

    Without such inputs it is what rehearsals have on the mean.
    """
    if final.scores.size:
        return spread(final.scores)
    return float(np.mean([spread(r.query.scores[r.of_seen]) for r in rehearsals]))


def balanced(rehearsal: Rehearsal) -> Array:
    """Return weights of inputs: half for those of seen classes, and classes alike in each half. Shape: (n,)."""
    own, weights = rehearsal.of_seen, np.empty(len(rehearsal.y))
    for of in (True, False):
        weights[own == of] = class_weights(rehearsal.y[own == of]) / 2
    return weights
