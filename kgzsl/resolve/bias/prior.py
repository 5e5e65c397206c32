"""Logit adjustment: what a classifier believes before it looks, taken off."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple, Self

import numpy as np

from kgzsl.arrays import Array, packed, unpacked
from kgzsl.bank import ClassifierBank
from kgzsl.options import Options, tuned
from kgzsl.resolve.adjuster import Adjuster, required
from kgzsl.resolve.bias.scale import balanced, spread, unit_of
from kgzsl.resolve.query import Query, References, Rehearsal

START = (3.0, 0.0, 0.0)
BOUNDS = ((0.05, 200.0), (None, None), (-2.0, 2.0))


class PriorOptions(Options):
    """Options of logit adjustment."""

    ridge: float = tuned(0.01, 0.0001, 1.0, log=True, ge=0, description="keeps both priors near even ones")


class _Case(NamedTuple):
    scores: Array
    seen: Array
    often: Array
    y: Array
    weights: Array


class LogitAdjustment(Adjuster):
    r"""Take the log of each class's prior off its logit.

    .. math:: \hat s(x, c) = s(x, c) - \frac{\sigma}{a} (b + t (\log n_c - \overline{\log n})) [c \text{ is seen}]

    The prior of a classifier is that of its training: seen classes had inputs and unseen ones had none (:math:`b`), and
    among seen classes some had more of them than others (:math:`t`; 1 where scores are logits of a model fitted on
    inputs as they came). With :math:`a`, that turns standardised scores into logits, they are those under which
    rehearsals are likeliest, where seen and unseen inputs weigh the same, and classes the same within each. Numbers of
    inputs :math:`n_c` are those of labelled inputs; a class without any counts as the mean.

    Inductive.

    Source: Menon, Jayasumana, Rawat, Jain, Veit, Kumar 2021, Long-tail Learning via Logit Adjustment, eq. 9; with the
    prior fitted rather than counted, as unseen classes have none to count.
    """

    name = "logit-adjustment"
    cures = "bias to seen classes"
    place = "bias"
    citation = "Menon, Jayasumana, Rawat, Jain, Veit, Kumar 2021"
    Options = PriorOptions

    gamma: float = 0.0
    """Taken from the scores of every seen class, in units of scores."""
    of_class: dict[str, float]
    """Taken from the scores of single seen classes besides, by IRI."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.of_class = {}

    def fit(self, rehearsals: Sequence[Rehearsal], final: Query) -> Self:
        """See the base class."""
        useful = required(self.name, rehearsals)
        often = _often(useful)
        sharp, seen, more = _likeliest([_case(r, often) for r in useful], self.options.ridge)
        unit = unit_of(final, useful)
        self.gamma = -unit * seen / sharp
        self.of_class = {iri: -unit * more * value / sharp for iri, value in often.items()}
        return self

    def offsets(self, bank: ClassifierBank, rows: Array, references: References) -> Array:
        """See the base class."""
        own = np.array([self.of_class.get(bank.ids[row], 0.0) for row in rows])
        return np.asarray(-(self.gamma + own) * bank.seen[rows])

    def state(self) -> dict[str, Array]:
        """See the base class."""
        return {"gamma": np.array([self.gamma]), "ids": packed(list(self.of_class)),
                "of_class": np.array(list(self.of_class.values()))}  # fmt: skip

    def restore(self, arrays: dict[str, Array]) -> Self:
        """See the base class."""
        self.gamma = float(arrays["gamma"][0])
        self.of_class = dict(zip(unpacked(arrays["ids"]), map(float, arrays["of_class"]), strict=True))
        return self

    def chosen(self) -> dict[str, float]:
        """See the base class."""
        values = list(self.of_class.values()) or [0.0]
        return {"gamma": self.gamma, "least of a class": min(values), "most of a class": max(values)}


def _often(rehearsals: Sequence[Rehearsal]) -> dict[str, float]:
    """Return the log of how many inputs a class has, less the mean of all, by IRI; from where it was not hidden."""
    counts: dict[str, int] = {}
    for rehearsal in rehearsals:
        count = np.bincount(rehearsal.y, minlength=len(rehearsal.query.rows))
        for k in np.flatnonzero(rehearsal.query.seen & (count > 0)):
            counts[rehearsal.query.ids[k]] = max(counts.get(rehearsal.query.ids[k], 0), int(count[k]))
    logs = np.log(list(counts.values()))
    return dict(zip(counts, map(float, logs - logs.mean()), strict=True))


def _case(rehearsal: Rehearsal, often: dict[str, float]) -> _Case:
    query = rehearsal.query
    values = np.array([often.get(iri, 0.0) for iri in query.ids]) * query.seen
    scores = query.scores.astype(np.float64) / spread(query.scores[rehearsal.of_seen])
    return _Case(scores, query.seen.astype(np.float64), values, rehearsal.y, balanced(rehearsal))


def _likeliest(cases: Sequence[_Case], ridge: float) -> tuple[float, float, float]:
    """Return a, and what is best added to logits of seen classes: a constant, and by the log of their inputs."""
    from scipy.optimize import minimize

    def loss(at: Array) -> tuple[float, Array]:
        even = np.array([0.0, at[1], at[2]])
        total, slope = ridge * float(even @ even), 2 * ridge * even
        for case in cases:
            value, change = _loss(at, case)
            total, slope = total + value / len(cases), slope + change / len(cases)
        return total, slope

    found = minimize(loss, np.array(START), jac=True, method="L-BFGS-B", bounds=BOUNDS).x
    return float(found[0]), float(found[1]), float(found[2])


def _loss(at: Array, case: _Case) -> tuple[float, Array]:
    """Return the log loss and how it changes with the three numbers."""
    logits = at[0] * case.scores + at[1] * case.seen + at[2] * case.often
    logits = logits - logits.max(axis=1, keepdims=True)
    logs = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
    rows = np.arange(len(case.y))
    surplus = np.exp(logs)
    surplus[rows, case.y] -= 1
    surplus *= case.weights[:, None]
    change = [(surplus * case.scores).sum(), surplus.sum(axis=0) @ case.seen, surplus.sum(axis=0) @ case.often]
    return -float(case.weights @ logs[rows, case.y]), np.array(change)
