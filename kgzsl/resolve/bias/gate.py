"""A soft gate between seen and unseen classes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Self

import numpy as np

from kgzsl.arrays import Array
from kgzsl.options import Options, tuned
from kgzsl.resolve.adjuster import Adjuster, required
from kgzsl.resolve.bias.novelty import SIGNS, margins, signs
from kgzsl.resolve.bias.scale import balanced, spread, unit_of
from kgzsl.resolve.bias.stacking import best_gamma, standard_curve
from kgzsl.resolve.query import Query, Rehearsal

SMALLEST = 0.05
"""Below it, the margin between the best of both kinds tells nothing of which kind it is, and neither does the gate."""


class GateOptions(Options):
    """Options of the gate."""

    ridge: float = tuned(0.1, 0.001, 1.0, log=True, gt=0, description="keeps the weights of signs small")
    smooth: float = tuned(0.1, 0.0, 0.5, ge=0, description="see calibrated stacking")


class _Case(NamedTuple):
    margin: Array
    signs: Array
    own: Array
    weights: Array


class Gate(Adjuster):
    r"""Take from the scores of seen classes what depends on how much the input looks like one of an unseen class.

    .. math:: \hat s(x, c) = s(x, c) - \sigma (\gamma - v(x)) [c \text{ is seen}], \quad v(x) = w \cdot f(x) / w_m

    A logistic regression of rehearsals tells inputs of seen classes by the margin of the best seen over the best unseen
    candidate (weight :math:`w_m`) and by signs :math:`f`: how far the best seen candidate stands above the mean, how
    widely scores spread over seen and over unseen candidates, and how dense inputs of seen classes lie around it. In
    terms of probabilities every class is weighted by what the gate gives its kind; none is ruled out. At last
    :math:`\gamma` is chosen as that of calibrated stacking is.

    Inductive: an input's scores depend on it and on references of seen classes.

    Source: Atzmon, Chechik 2019, Adaptive Confidence Smoothing for Generalized Zero-Shot Learning, section 3 (a gate
    that weights experts softly); Liu, Wang, Owens, Li 2020, and Sun, Ming, Zhu, Li 2022, for signs. That the gate is
    linear in the margin is this package's own.
    """

    name = "gate"
    cures = "bias to seen classes"
    place = "bias"
    citation = "Atzmon, Chechik 2019"
    uses_references = True
    Options = GateOptions

    gamma: float = 0.0
    unit: float = 1.0
    weights: Array = np.zeros(len(SIGNS))
    means: Array = np.zeros(len(SIGNS))

    def fit(self, rehearsals: Sequence[Rehearsal], final: Query) -> Self:
        """See the base class."""
        useful = required(self.name, rehearsals)
        cases = [_case(r) for r in useful]
        self.means, scales = _standard(cases)
        margin, weights = _logistic(cases, self.means, scales, self.options.ridge)
        self.weights = weights / scales / margin if margin > SMALLEST else np.zeros(len(SIGNS))
        curves = [standard_curve(r, self._value(case.signs)) for r, case in zip(useful, cases, strict=True)]
        self.gamma, self.unit = best_gamma(curves, self.options.smooth), unit_of(final, useful)
        return self

    def __call__(self, query: Query) -> Query:
        """See the base class."""
        if query.seen.all() or not query.seen.any():
            return query.scored(query.scores)
        value = self._value(signs(query, query.scores / self.unit))
        off = self.unit * (value - self.gamma)[:, None] * query.seen
        return query.scored(query.scores + off.astype(query.scores.dtype))

    def state(self) -> dict[str, Array]:
        """See the base class."""
        return {"numbers": np.array([self.gamma, self.unit]), "weights": self.weights, "means": self.means}

    def restore(self, arrays: dict[str, Array]) -> Self:
        """See the base class."""
        self.gamma, self.unit = map(float, arrays["numbers"])
        self.weights, self.means = arrays["weights"], arrays["means"]
        return self

    def chosen(self) -> dict[str, float]:
        """Return gamma and the weights of signs, all in units of the spread of scores."""
        return {"gamma": self.gamma, **dict(zip(SIGNS, map(float, self.weights), strict=True))}

    def _value(self, found: Array) -> Array:
        """Return v(x); a sign that is not there counts as its mean. Shapes: (n, 4) → (n,)."""
        return np.asarray(np.nan_to_num(found - self.means) @ self.weights)


def _case(rehearsal: Rehearsal) -> _Case:
    query, own = rehearsal.query, rehearsal.of_seen
    scores = query.scores.astype(np.float64) / spread(query.scores[own])
    return _Case(margins(scores, query.seen), signs(query, scores), own, balanced(rehearsal))


def _standard(cases: Sequence[_Case]) -> tuple[Array, Array]:
    """Return weighted means and standard deviations of signs; 0 and 1 of what is nowhere there. Shapes: (4,), (4,)."""
    means = np.mean([case.weights @ np.nan_to_num(case.signs) for case in cases], axis=0)
    square = np.mean([case.weights @ np.nan_to_num(case.signs - means) ** 2 for case in cases], axis=0)
    return means, np.where(square > 1e-12, np.sqrt(square), 1.0)


def _logistic(cases: Sequence[_Case], means: Array, scales: Array, ridge: float) -> tuple[float, Array]:
    """Return the weights of the margin and of standardised signs, each case counting the same."""
    from scipy.optimize import minimize

    columns = [np.column_stack([np.ones(len(c.own)), c.margin, np.nan_to_num((c.signs - means) / scales)])
               for c in cases]  # fmt: skip
    penalty = np.array([0.0, 1e-3] + [ridge] * len(SIGNS))

    def loss(at: Array) -> tuple[float, Array]:
        total, slope = float(penalty @ at**2), 2 * penalty * at
        for case, matrix in zip(cases, columns, strict=True):
            z = matrix @ at
            wrong = case.weights * (np.exp(-np.logaddexp(0, -z)) - case.own) / len(cases)
            total += float(case.weights @ np.logaddexp(0, np.where(case.own, -z, z))) / len(cases)
            slope = slope + wrong @ matrix
        return total, slope

    start = np.array([0.0, 1.0] + [0.0] * len(SIGNS))
    found = minimize(loss, start, jac=True, method="L-BFGS-B").x
    return float(found[1]), np.asarray(found[2:])
