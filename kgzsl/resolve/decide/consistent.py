"""Several labels at once that never contradict one another."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Self

import numpy as np
from pydantic import Field

from kgzsl.arrays import Array
from kgzsl.resolve.decide.decider import Decider, Decision, Kind, Options
from kgzsl.resolve.decide.legality import Legality, Rules, rules_of
from kgzsl.resolve.decide.programme import best_set, ends_of
from kgzsl.resolve.query import Query, Rehearsal

if TYPE_CHECKING:
    from kgzsl.graph.classgraph import ClassGraph

FURTHEST = 30.0
"""Largest log-odds: beyond, rounding has the say."""


class Settings(Options):
    """Options of :class:`Consistent`; all may be changed when deciding.

    Args:
        threshold: probability above which a label is worth saying.
        most: labels that are said at the most, those that another one implies not counted; 0 for any number.
        top: likeliest candidates that are considered, and the candidates that they imply.
        ancestors: whether all that the labels imply is said too, candidates or not.
        empty: whether no label at all may be said; else the best one is, whatever its probability.
    """

    threshold: float = Field(0.5, gt=0.0, lt=1.0)
    most: int = Field(0, ge=0)
    top: int = Field(50, ge=1)
    ancestors: bool = False
    empty: bool = False


class Consistent(Decider):
    r"""Say the best set of labels among those that the ontology allows.

    .. math:: \max_y \sum_c y_c \Big( \log \frac{p_c}{1 - p_c} - \log \frac{t}{1 - t} \Big)

    subject to :math:`y_c \le y_a` where *c* implies *a*, and :math:`y_c + y_d \le 1` where they exclude one another:
    by a disjointness that is stated of them or of anything that they imply, parents and the domains of what they have
    alike. A class that contradicts itself is never said. :math:`p_c` is the probability that the label holds: that of
    all candidates at or below it, straightened by a logistic function that is fitted on the rehearsals, where a label
    holds if the true class is at or below it. Without rehearsals it is taken as it is.

    The set is the best exactly, by integer programming over the likeliest candidates.

    Source: Deng et al. 2014, Large-Scale Object Classification Using Label Relation Graphs (the constraints); Platt
    1999, Probabilistic Outputs for Support Vector Machines (the logistic function); Huangfu, Hall 2018, Parallelizing
    the dual revised simplex method (the solver, HiGHS).
    """

    name = "consistent"
    citation = "Deng et al. 2014"
    Options = Settings

    slope: float = 1.0
    shift: float = 0.0

    def fit(self, rehearsals: Sequence[Rehearsal], graph: ClassGraph) -> Self:
        """See the base class; without rehearsals nothing is straightened."""
        pairs = [_pairs(one, graph, self.options.top) for one in rehearsals if len(one.y)]
        if pairs:
            x, holds, weight = (np.concatenate(part) for part in zip(*pairs, strict=True))
            self.slope, self.shift = logistic(x, holds, weight)
        return self

    def decide(self, query: Query, graph: ClassGraph) -> list[Decision]:
        """See the base class."""
        field = Candidates(query.ids, rules_of(graph))
        return [self._decision(field, odds, graph) for odds in field.log_odds(query.scores)]

    def state(self) -> dict[str, Array]:
        """See the base class."""
        return {"logistic": np.array([self.slope, self.shift])}

    def restore(self, arrays: dict[str, Array]) -> Self:
        """See the base class."""
        self.slope, self.shift = map(float, arrays["logistic"])
        return self

    def _decision(self, field: Candidates, row: Array, graph: ClassGraph) -> Decision:
        o = self.options
        at = field.considered(row, o.top)
        legality, odds = field.rules.among([field.ids[k] for k in at]), self.slope * row[at] + self.shift
        gains = odds - np.log(o.threshold / (1 - o.threshold))
        chosen = best_set(gains, legality, o.most)
        short = not chosen
        if short and not o.empty:
            chosen = _best_one(gains, legality)
        ends = sorted(ends_of(chosen, legality), key=lambda k: (-odds[k], legality.ids[k]))
        said = [legality.ids[k] for k in [*ends, *sorted(set(chosen) - set(ends), key=lambda k: (odds[k], k))]]
        if o.ancestors:
            said += sorted(frozenset().union(*(legality.above[k] for k in chosen)) - set(said))
        p = float(np.prod(1 / (1 + np.exp(-odds[ends])))) if ends else 0.0
        reason = _reason(legality, odds, gains, ends, short, o)
        bits = max((float(np.log2(len(field.ids) / len(field.below[at[k]]))) for k in ends), default=0.0)
        kind: Kind = "labels" if said else "none"
        return Decision(kind, tuple(map(graph.short, said)), tuple(said), tuple(map(graph.label, said)), p, bits,
                        reason)  # fmt: skip


class Candidates:
    """All candidates, and which lie at or below which.

    Args:
        ids: IRIs.
        rules: what they imply.
    """

    def __init__(self, ids: Sequence[str], rules: Rules) -> None:
        self.ids, self.rules = tuple(ids), rules
        place = {iri: k for k, iri in enumerate(ids)}
        self.up = [[place[iri] for iri in rules.above(one) if iri in place] for one in ids]
        self.below: list[list[int]] = [[] for _ in ids]
        for k, those in enumerate(self.up):
            for a in those:
                self.below[a].append(k)

    def log_odds(self, log_probabilities: Array) -> Array:
        """Return the log-odds that each holds: the true class is one at or below it. Shapes: (n, C) → (n, C)."""
        p = np.exp(np.asarray(log_probabilities, np.float64))
        for a, those in enumerate(self.below):
            if len(those) > 1:
                p[:, a] = np.exp(np.asarray(log_probabilities[:, those], np.float64)).sum(axis=1)
        p = np.clip(p, 0.0, 1.0)
        with np.errstate(divide="ignore"):
            return np.asarray(np.clip(np.log(p) - np.log1p(-p), -FURTHEST, FURTHEST))

    def considered(self, odds: Array, top: int) -> list[int]:
        """Return the ``top`` likeliest with all that they imply, likeliest first. Shape: (C,)."""
        if top < len(odds):
            limit = np.partition(odds, -top)[-top]
            first = np.flatnonzero(odds >= limit).tolist()
        else:
            first = list(range(len(odds)))
        first.sort(key=lambda k: (-odds[k], self.ids[k]))
        wanted = {a for k in first[:top] for a in self.up[k]}
        return sorted(wanted, key=lambda k: (-odds[k], self.ids[k]))


def _best_one(gains: Array, legality: Legality) -> list[int]:
    """Return the candidate that loses least, with what it implies; where none gains, no larger set loses less."""
    closed = {k: sorted(legality.implied[k] | {k}) for k in range(len(gains)) if k not in legality.impossible}
    return max(closed.values(), key=lambda those: gains[those].sum(), default=[])


def _reason(legality: Legality, odds: Array, gains: Array, ends: list[int], short: bool, options: Settings) -> str:
    if short:
        return f"no label is as probable as {options.threshold:g}" + ("; the best is said" if ends else "")
    left = [k for k in range(len(gains)) if gains[k] > 0 and not any(k == e or k in legality.implied[e] for e in ends)]
    against = [k for k in left if k in legality.impossible or any(k in legality.excluded[e] for e in ends)]
    text = f"the best of the consistent sets of labels that are as probable as {options.threshold:g}"
    return text + (f"; {len(against)} more would contradict these or themselves" if against else "")


def _pairs(rehearsal: Rehearsal, graph: ClassGraph, top: int) -> tuple[Array, Array, Array]:
    """Return log-odds of the considered candidates, whether each holds, and weights by which all classes count alike.

    Shapes: (m,) each.
    """
    query = rehearsal.query
    field = Candidates(query.ids, rules_of(graph))
    often = np.bincount(rehearsal.y, minlength=len(query.ids))
    found, holds, weights = [], [], []
    for row, y in zip(field.log_odds(query.scores), rehearsal.y, strict=True):
        at = field.considered(row, top)
        found.append(row[at])
        holds.append(np.isin(at, field.up[y]))
        weights.append(np.full(len(at), 1.0 / often[y]))
    return np.concatenate(found), np.concatenate(holds), np.concatenate(weights)


def logistic(x: Array, holds: Array, weight: Array) -> tuple[float, float]:
    """Return slope (0 or more) and shift of the log-odds that best tell what holds, by the weighted log-likelihood.

    Shapes: (m,) each.
    """
    from scipy.optimize import minimize

    share = weight / weight.sum()

    def loss(at: Array) -> tuple[float, Array]:
        z = at[0] * x + at[1]
        error = (1 / (1 + np.exp(-np.clip(z, -500, 500))) - holds) * share
        return float((share * (np.logaddexp(0, z) - holds * z)).sum()), np.array([(error * x).sum(), error.sum()])

    found = minimize(loss, np.array([1.0, 0.0]), jac=True, method="L-BFGS-B", bounds=[(0.0, 10.0), (-30.0, 30.0)],
                     options={"gtol": 1e-9, "ftol": 1e-15})  # fmt: skip
    return float(found.x[0]), float(found.x[1])
