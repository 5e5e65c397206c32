"""What might be stated of a class: what the graph says of classes that fit an input, and of near relatives."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import NamedTuple, TypeVar

import numpy as np

from kgzsl.arrays import Array, unit_rows
from kgzsl.explain.counterfactual.near import bearing, kin
from kgzsl.explain.setting import Setting
from kgzsl.graph.classgraph import ATTRIBUTE, DISJOINT, SUBCLASS, ClassGraph, Relation

DONORS = 8
RIDGE = 0.3
SLACK = 0.05
"""Difference between strengths that is none: curators do not state them more exactly."""
Option = TypeVar("Option", bound=Hashable)


def fitting(setting: Setting, x: Array, most: int = DONORS) -> list[str]:
    """Return the seen classes whose own rows fit an input best, best first. Shape: (d,)."""
    bank = setting.propagation.bank
    rows = np.flatnonzero(bank.seen)
    best = np.argsort(-bank.scores(x[None], rows)[0], kind="stable")[:most]
    return [bank.ids[rows[k]] for k in best]


def relatives(graph: ClassGraph, iri: str, most: int = DONORS) -> list[str]:
    """Return classes that share a parent with a class, then those that share a grandparent."""
    found: dict[str, None] = {}
    above = [iri]
    for _ in range(2):
        above = list(dict.fromkeys(edge.target for one in above for edge in sorted(graph.out(one, SUBCLASS))))
        beside = (edge.source for one in above for edge in sorted(graph.into(one, SUBCLASS)))
        found |= dict.fromkeys(other for other in beside if other != iri)
    return list(found)[:most]


def likely_parents(setting: Setting, x: Array, iri: str, most: int, leaves: bool = True) -> dict[str, float]:
    """Return classes below which one may belong, the stated ones last, and how likely each is; those to try come first.

    The cosine of the two descriptions and the score of the input, each standardised over the classes, are added, the
    first twice. Classes considered have others below them, or are leaves without a given classifier, and make no cycle.
    Unless leaves are considered, those less likely than a stated parent are near in the hierarchy: while nothing speaks
    against where a class stands, nobody would put an okapi below the snakes.

    Args:
        setting: what is explained.
        x: one input, or the mean of several. Shape: (d,).
        iri: of the class.
        most: how many to return beside the stated ones.
        leaves: whether unseen leaves are considered.
    """
    graph, bank = setting.graph, setting.propagation.bank
    stated, out = {edge.target for edge in graph.out(iri, SUBCLASS)}, {iri, *graph.descendants(iri)}
    pool = [c for c in bank.ids if c not in out
            and (c in stated or graph.into(c, SUBCLASS) or (leaves and not bank.seen[bank.row[c]]))]  # fmt: skip
    if not pool:
        return {}
    vectors, index = setting.space.vectors, graph.index
    near = vectors[[index[c] for c in pool]] @ vectors[index[iri]]
    likely = 2 * _standard(near) + _standard(bank.scores(x[None], bank.rows(pool))[0])
    value = dict(zip(pool, map(float, likely), strict=True))
    order = [pool[k] for k in np.argsort(-likely, kind="stable")]
    new = [c for c in order if c not in stated]
    if not leaves:
        best = max((value[c] for c in stated if c in value), default=-np.inf)
        doubtful = [c for c in new if value[c] > best]
        new = doubtful + kin(graph, iri, new[len(doubtful) :])
    return {c: value[c] for c in (*new[:most], *(c for c in order if c in stated))}


def offers(setting: Setting, iri: str, donors: Sequence[str], strengths: Mapping[str, Strength]) -> list[Relation]:
    """Return facts that might be stated of a class and are not, the likeliest first: parents, relations, attributes.

    Of parents those near in the hierarchy alone (see :func:`kgzsl.explain.counterfactual.near.kin`).

    Args:
        setting: what is explained.
        iri: of the class.
        donors: classes that it may be like, the likeliest first.
        strengths: attribute → strength that the input seems to have, and its error.
    """
    graph, relations = setting.graph, bearing(setting.space)
    stated = {edge[:3] for edge in graph.out(iri)}
    above = graph.ancestors(iri) if iri in graph else frozenset()
    parents = [p for p in parents_of(setting, iri, donors) if p not in above]
    related = _voted((edge.relation, edge.target) for donor in donors for edge in sorted(graph.out(donor))
                     if edge.relation in relations - {SUBCLASS, ATTRIBUTE, DISJOINT})  # fmt: skip
    facts = [Relation(iri, SUBCLASS, p) for p in kin(graph, iri, parents)]
    facts += [Relation(iri, name, target) for name, target in related if target != iri]
    if ATTRIBUTE in relations:
        likeliest = sorted(strengths, key=lambda a: (-strengths[a].value / (strengths[a].error + SLACK), a))
        found = [Relation(iri, ATTRIBUTE, a, round(strengths[a].value, 2)) for a in likeliest]
        facts += [fact for fact in found if fact.weight > 0]
    return [fact for fact in facts if fact[:3] not in stated]


def parents_of(setting: Setting, iri: str, donors: Sequence[str]) -> list[str]:
    """Return classes below which one might be put: parents of the donors, then donors that have others below them.

    None would make a cycle, and none is a leaf: an unseen one would no longer be a candidate for answers.
    """
    graph, bank = setting.graph, setting.propagation.bank
    out = {iri, *graph.descendants(iri)}
    votes = _voted(edge.target for donor in donors for edge in sorted(graph.out(donor, SUBCLASS)))
    options = dict.fromkeys([*votes, *donors])
    return [p for p in options if p not in out and p in bank.row and graph.into(p, SUBCLASS)]


class Strength(NamedTuple):
    """A strength that an input seems to have, and by how much such estimates are off, one standard deviation."""

    value: float
    error: float


def likely_strengths(setting: Setting, x: Array, ridge: float = RIDGE) -> dict[str, Strength]:
    r"""Return attribute → strength that an input seems to have, by ridge regression over described seen classes.

    .. math:: a(x) = \bar a + (A - \bar a)^T (W W^T + \lambda I)^{-1} W x

    W are rows of the seen classes of unit length, A their stated attributes. The error of an attribute is that of
    predicting each seen class from the others, :math:`(G^{-1} (A - \bar a))_s / (G^{-1})_{ss}` with
    :math:`G = W W^T + \lambda I`. Empty where classifiers read no attributes.

    Shapes: x (d,).
    """
    graph, bank = setting.graph, setting.propagation.bank
    seen = [bank.ids[k] for k in np.flatnonzero(bank.seen)] if ATTRIBUTE in bearing(setting.space) else []
    seen = [iri for iri in seen if graph.out(iri, ATTRIBUTE)]
    names = sorted({edge.target for iri in seen for edge in graph.out(iri, ATTRIBUTE)})
    if not names:
        return {}
    place = {name: k for k, name in enumerate(names)}
    stated = np.zeros((len(seen), len(names)))
    for k, iri in enumerate(seen):
        for edge in graph.out(iri, ATTRIBUTE):
            stated[k, place[edge.target]] = edge.weight
    rows = unit_rows(bank.table[bank.rows(seen)]).astype(np.float64)
    mean = stated.mean(axis=0)
    inverse = np.linalg.inv(rows @ rows.T + ridge * np.eye(len(seen)))
    left_out = inverse @ (stated - mean) / np.diag(inverse)[:, None]
    errors = np.sqrt((left_out**2).mean(axis=0))
    found = mean + rows @ bank.input_map(x[None])[0] @ inverse @ (stated - mean)
    found = np.clip(found, stated.min(axis=0), stated.max(axis=0))
    return {name: Strength(float(v), float(e)) for name, v, e in zip(names, found, errors, strict=True)}


def _voted(options: Iterable[Option]) -> list[Option]:
    """Return distinct options: those that come often and early first."""
    votes: dict[Option, float] = {}
    for rank, option in enumerate(options, 1):
        votes[option] = votes.get(option, 0.0) + 1 / rank
    return sorted(votes, key=lambda option: -votes[option])


def _standard(values: Array) -> Array:
    return np.asarray((values - values.mean()) / max(float(values.std()), 1e-12))
