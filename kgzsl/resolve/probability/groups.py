"""How probable it is that an input is of a seen class at all."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from kgzsl.arrays import Array

RIDGE = 1e-3
BOUNDS = ((-20.0, 20.0), (0.0, 20.0))


class Gate(NamedTuple):
    r"""Log-odds of seen against unseen classes.

    .. math:: z(x) = \text{bias} + \text{slope} \cdot e(x) + \log(C_s / C_u)

    The evidence :math:`e` says how much better seen candidates fit than unseen ones. The last term is for another mix
    of candidates than it was fitted on: a class has the same prior whatever else is a candidate.
    """

    bias: float
    slope: float

    def log_odds(self, evidence: Array, seen: int, unseen: int) -> Array:
        """Return z. Shapes: (n, 1), C_s, C_u → (n, 1)."""
        return np.asarray(self.bias + self.slope * evidence + np.log(seen / unseen))


def fit_gate(cases: Sequence[tuple[Array, Array, Array, float]]) -> Gate:
    """Return the gate with the least log loss, each case counting the same.

    Args:
        cases: evidence (n, 1), whether inputs are of seen classes (n,), weights of inputs (n,) with sum 1, and the log
            ratio of numbers of seen and unseen candidates.
    """
    from scipy.optimize import minimize

    def loss(at: Array) -> tuple[float, Array]:
        total, slope = RIDGE * float(at @ at), 2 * RIDGE * at
        for evidence, own, weights, ratio in cases:
            z = at[0] + at[1] * evidence[:, 0] + ratio
            wrong = weights * (np.exp(-np.logaddexp(0, -z)) - own) / len(cases)
            total += float(weights @ np.logaddexp(0, np.where(own, -z, z))) / len(cases)
            slope = slope + np.array([wrong.sum(), wrong @ evidence[:, 0]])
        return total, slope

    found = minimize(loss, np.array([0.0, 1.0]), jac=True, method="L-BFGS-B", bounds=BOUNDS)
    return Gate(float(found.x[0]), float(found.x[1]))
