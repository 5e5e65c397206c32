"""Explanation of one score."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from kgzsl.arrays import Array
from kgzsl.bank import ClassifierBank
from kgzsl.graph.classgraph import DISJOINT, Relation
from kgzsl.learners.base import Learner, Propagation, Walk
from kgzsl.semantics.space import ClassSpace

EDITS = 6


class Contribution(NamedTuple):
    """What one seen class adds to the score: its coefficient times how well its own row fits the input."""

    id: str
    label: str
    value: float
    coefficient: float


class Counterfactual(NamedTuple):
    """The score had one stated edge not been there."""

    edge: Relation
    score: float
    change: float


@dataclass(frozen=True)
class Explanation:
    """Why an input scored as it did for one class.

    ``score`` is the bank's, before adjusters. ``contributions`` sum to it, or are None where the learner's
    classifiers are no sum over seen rows; ``walks`` are None where no walk carries the score.
    """

    id: str
    label: str
    score: float
    contributions: tuple[Contribution, ...] | None
    walks: tuple[Walk, ...] | None
    counterfactuals: tuple[Counterfactual, ...]
    graph_hash: str


def explain(learner: Learner, space: ClassSpace, propagation: Propagation, x: Array, iri: str) -> Explanation:
    """Explain the score of one input for one class.

    Args:
        learner: fitted.
        space: what the bank was propagated from.
        propagation: the bank.
        x: one input. Shape: (d,).
        iri: the class.
    """
    bank, graph = propagation.bank, space.graph
    score = float(bank.scores(x[None], bank.rows([iri]))[0, 0])
    walks = learner.walks(space, iri)
    edits = _counterfactuals(learner, space, propagation, x, iri, score)
    parts = _contributions(learner, space, bank, x, iri)
    carried = tuple(walks) if walks is not None else None
    return Explanation(graph.short(iri), graph.label(iri), score, parts, carried, edits, graph.hash)


def _contributions(
    learner: Learner, space: ClassSpace, bank: ClassifierBank, x: Array, iri: str
) -> tuple[Contribution, ...] | None:
    found = learner.coefficients(space, [iri])
    if found is None:
        return None
    fits = found.rows @ bank.input_map(x[None])[0]
    values, graph = found.values[0] * fits, space.graph
    order = np.argsort(-np.abs(values), kind="stable")
    names = ((k, found.seen[k]) for k in order if found.values[0, k] != 0)
    return tuple(
        Contribution(graph.short(s), graph.label(s), float(values[k]), float(found.values[0, k])) for k, s in names
    )


def _counterfactuals(
    learner: Learner, space: ClassSpace, propagation: Propagation, x: Array, iri: str, score: float
) -> tuple[Counterfactual, ...]:
    """Take away, one at a time, the edges nearest to the class, and score again through the same mechanism."""
    graph = space.graph
    edges: list[Relation] = []
    todo, known = [iri], {iri}
    while todo and len(edges) < EDITS:
        node = todo.pop(0)
        for edge in graph.out(node):
            if edge.relation != DISJOINT and edge.relation in space.relations:
                edges.append(edge)
                todo += [edge.target] if edge.target not in known else []
                known.add(edge.target)
    found = []
    for edge in edges[:EDITS]:
        bank = learner.propagate(space.without([edge]), propagation if propagation.cache else None).bank
        other = float(bank.scores(x[None], bank.rows([iri]))[0, 0])
        found.append(Counterfactual(edge, other, other - score))
    return tuple(sorted(found, key=lambda c: -abs(c.change)))
