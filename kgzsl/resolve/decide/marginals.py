"""Probabilities of classes and of all above them that respect the hierarchy and what excludes what."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from kgzsl.arrays import Array
from kgzsl.errors import AdjusterError
from kgzsl.resolve.decide.circuit import Circuit, TooManyError, circuits
from kgzsl.resolve.decide.legality import Legality, rules_of

if TYPE_CHECKING:
    from kgzsl.graph.classgraph import ClassGraph
    from kgzsl.resolve.query import Query

KEPT = 64
"""Candidates that are counted at the most where all are too many."""
MOST_CANDIDATES = 2000
"""Among more, what excludes what is too much to write down."""


@dataclass(frozen=True, eq=False)
class Marginals:
    """How probable it is that each class holds of an input.

    Args:
        iris: the candidates, then all above them that are none.
        probabilities: never larger for a class than for one above it; of classes that exclude one another at most 1
            together. Shape: (n, A).
        exact: whether every legal state was counted.
        note: what was left out where it is not exact; empty else.
    """

    iris: tuple[str, ...]
    probabilities: Array
    exact: bool = True
    note: str = ""

    @cached_property
    def column(self) -> dict[str, int]:
        """IRI → column."""
        return {iri: k for k, iri in enumerate(self.iris)}


def marginals(graph: ClassGraph, ids: Sequence[str], potentials: Array, empty: bool = True) -> Marginals:
    r"""Return the probability of every candidate and of every class above one.

    .. math:: P(y) = \frac{1}{Z} \prod_{c : y_c = 1} e^{f_c} \quad \text{for legal } y

    A state :math:`y` says which candidates hold. It is legal where all that a holding candidate implies holds too, and
    no two hold that the ontology states disjoint, directly or through what they imply; siblings that nobody states
    disjoint may both hold. What is above the candidates and none of them holds where a candidate below it does.

    The sum is exact. Where it would take too many sub-problems, each input is answered from its ``KEPT`` likeliest
    constrained candidates, or fewer, the others taken not to hold; ``exact`` and ``note`` say so.

    Args:
        graph: says what implies and what excludes what.
        ids: IRIs of the candidates.
        potentials: :math:`f`, log-odds of each candidate were it alone. Shape: (n, C).
        empty: whether it is legal that no candidate holds.

    Raises:
        AdjusterError: more than ``MOST_CANDIDATES`` candidates.

    Source: Deng et al. 2014, Large-Scale Object Classification Using Label Relation Graphs, eqs. 1 and 2.
    """
    if len(ids) > MOST_CANDIDATES:
        raise AdjusterError(f"{len(ids)} candidates are more than the {MOST_CANDIDATES} that marginals are counted for",
                            value=len(ids), fix="name fewer classes")  # fmt: skip
    legality = rules_of(graph).among(ids)
    weights = np.array(potentials, np.float64)
    weights[:, sorted(legality.impossible)] = -np.inf
    try:
        return _exact(legality, circuits(legality), weights, empty)
    except TooManyError:
        rows = [_kept(legality, row[None], empty) for row in weights]
    parts = [found for found, _ in rows]
    fewest = min(count for _, count in rows)
    note = f"counted over the {fewest} likeliest of the candidates that constrain one another, the others left out"
    return Marginals(parts[0].iris, np.concatenate([part.probabilities for part in parts]), False, note)


def of_query(query: Query, graph: ClassGraph) -> Marginals:
    """Return the marginals of candidates of which one holds, or several where the ontology lets them.

    The state in which one candidate and what it implies holds has the weight of the candidate's probability. Where
    all others are excluded by it, probabilities are therefore those of the query, summed over descendants.

    Args:
        query: its scores are log-probabilities of candidates.
        graph: says what implies and what excludes what.

    Raises:
        AdjusterError: more than ``MOST_CANDIDATES`` candidates.
    """
    return marginals(graph, query.ids, potentials(query.scores, rules_of(graph).among(query.ids)), empty=False)


def potentials(log_probabilities: Array, legality: Legality) -> Array:
    """Return potentials whose sum over a candidate and what it implies is its log-probability. Shape: (n, C)."""
    found = np.maximum(np.asarray(log_probabilities, np.float64), -700.0)
    for k in sorted(range(len(legality.ids)), key=lambda k: len(legality.above[k])):
        found[:, k] -= found[:, sorted(legality.implied[k])].sum(axis=1)
    return found


def _exact(legality: Legality, parts: Sequence[Circuit], weights: Array, empty: bool) -> Marginals:
    """Return probabilities: one less the sum over states without all that is below, as a share of the whole sum."""
    own, below = _below(legality)
    totals = np.array([part.log_total(weights) for part in parts]).reshape(len(parts), len(weights))
    of = {k: number for number, part in enumerate(parts) for k in part.members}
    nothing = 0.0 if empty else np.exp(-totals.sum(axis=0))
    known: dict[frozenset[int], Array] = {}
    for there in below:
        if there not in known:
            off = weights.copy()
            off[:, sorted(there)] = -np.inf
            touched = sorted({of[k] for k in there if k in of})
            change = sum((parts[t].log_total(off) - totals[t] for t in touched), np.zeros(len(weights)))
            known[there] = np.clip(-np.expm1(change) / np.maximum(1.0 - nothing, np.finfo(float).tiny), 0.0, 1.0)
    return Marginals(own, np.stack([known[there] for there in below], axis=1))


def _below(legality: Legality) -> tuple[tuple[str, ...], list[frozenset[int]]]:
    """Return the candidates and all above them, and which candidates each has at or below it."""
    found: dict[str, set[int]] = {iri: {k} for k, iri in enumerate(legality.ids)}
    for k, up in enumerate(legality.above):
        for iri in sorted(up):
            found.setdefault(iri, set()).add(k)
    return tuple(found), [frozenset(those) for those in found.values()]


def _kept(legality: Legality, weights: Array, empty: bool) -> tuple[Marginals, int]:
    """Return the marginals of one input from its likeliest constrained candidates, and of how many."""
    bound = [k for k in range(len(legality.ids)) if legality.excluded[k] or legality.implied[k] or legality.implying[k]]
    order = sorted(bound, key=lambda k: (-weights[0, k], legality.ids[k]))
    count = min(KEPT, len(order))
    while True:
        out = frozenset(order[count:])
        closed = out | {k for k in bound if legality.implied[k] & out}
        fewer = replace(legality, impossible=legality.impossible | closed)
        less = weights.copy()
        less[:, sorted(closed)] = -np.inf
        try:
            return _exact(fewer, circuits(fewer), less, empty), count
        except TooManyError:
            count //= 2
