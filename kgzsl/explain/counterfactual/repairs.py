"""Edits that might mend a wrong answer: what is said of the right class and misleads, and what may be missing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

import numpy as np

from kgzsl.arrays import Array
from kgzsl.explain.counterfactual.near import bearing, considered
from kgzsl.explain.counterfactual.offers import (
    SLACK,
    Strength,
    fitting,
    likely_parents,
    likely_strengths,
    offers,
    relatives,
)  # fmt: skip
from kgzsl.explain.counterfactual.trials import WITH, WITHOUT
from kgzsl.explain.explanation import Edit
from kgzsl.explain.setting import Setting
from kgzsl.graph.classgraph import ATTRIBUTE, DISJOINT, SUBCLASS, Relation

REMOVE, ADD, MOVE, STRENGTH = "remove a fact", "add a fact", "move a parent", "change a strength"
SEVERAL = "several edits"


class Limits(NamedTuple):
    """How many edits of each kind are tried, and whether new parents must be likelier than the stated ones."""

    parents: int
    added: int
    removed: int
    strengths: int
    likelier: bool


FEW = Limits(4, 4, 2, 4, likelier=True)
"""For many inputs, which tell well what a class is like; chosen on injected faults, see docs/repair.md."""
MANY = Limits(12, 12, 16, 12, likelier=False)
"""For one input."""


class Repair(NamedTuple):
    """An edit that a curator may make: what kind of, and its steps."""

    kind: str
    edits: tuple[Edit, ...]


def repairs(
    setting: Setting, x: Array, iri: str, other: str, typical: Array | None = None, limits: Limits = MANY
) -> list[Repair]:
    """Return edits that might make one class win over another, the likeliest of each kind first, kinds in turn.

    Facts to take out are the class's own, those that weigh most against it, then those nearest to both. What may be
    missing are parents whose descriptions are near and which fit the input, what the seen classes relate to whose rows
    fit it best, and strengths of attributes that it seems to have. Only the likeliest of each are tried: of edits that
    move the margin, most are of facts that nobody would state. A seen class keeps its classifier, so that nothing is
    added to one.

    Args:
        setting: what is explained.
        x: the input that is answered wrongly, or the mean of several. Shape: (d,).
        iri: the right class.
        other: the class that answers instead.
        typical: the mean of all inputs known to be of the right class; ``x`` if None. Shape: (d,).
        limits: how many of each kind.
    """
    bank, graph = setting.propagation.bank, setting.graph
    mean = x if typical is None else typical
    lists = [[Repair(REMOVE, (Edit(WITHOUT, f),)) for f in _misleading(setting, x, iri, other)[: limits.removed]]]
    if not bank.seen[bank.row[iri]]:
        donors, strengths = [*fitting(setting, mean), *relatives(graph, iri)], likely_strengths(setting, mean)
        added, moved = _parents(setting, mean, iri, limits)
        added += [f for f in offers(setting, iri, donors, strengths) if f.relation != SUBCLASS][: limits.added]
        lists.append([Repair(ADD, (Edit(WITH, f),)) for f in added if f.target != other])
        lists.append([Repair(MOVE, (Edit(WITHOUT, old), Edit(WITH, f))) for old, f in moved if f.target != other])
        lists.append(list(_strengths(setting, iri, strengths))[: limits.strengths])
    found = [part[k] for k in range(max(map(len, lists))) for part in lists if k < len(part)]
    return list({frozenset(repair.edits): repair for repair in reversed(found)}.values())[::-1]


def touched(option: Repair) -> frozenset[tuple[str, str, str]]:
    """Return what a repair is about: the facts it states, or else those it takes out.

    Of repairs about the same a curator needs to see the best alone.
    """
    stated = frozenset(edit.fact[:3] for edit in option.edits if edit.action == WITH)
    return stated or frozenset(edit.fact[:3] for edit in option.edits)


def _misleading(setting: Setting, x: Array, iri: str, other: str) -> list[Relation]:
    """Facts to take out: the class's own and those that speak most for the other one, then the nearest.

    Attributes of a class that may be described anew are not among them: their strengths are changed instead.
    """
    from kgzsl.explain.facts import fact_values

    relations, graph, bank = bearing(setting.space) - {DISJOINT}, setting.graph, setting.propagation.bank
    own, others = fact_values(setting, x, iri), fact_values(setting, x, other)
    against = {fact: own.get(fact, 0.0) - others.get(fact, 0.0) for fact in {**own, **others}}
    ranked = sorted((fact for fact in against if against[fact] < 0), key=lambda fact: (against[fact], fact[:3]))
    stated = sorted(f for f in graph.out(iri) if f.relation in relations - {ATTRIBUTE})
    found = considered(setting, [*stated, *ranked], (iri, other), 2 * MANY.removed)
    return [f for f in found if f.relation != ATTRIBUTE or f.source != iri or bank.seen[bank.row[iri]]]


def _parents(
    setting: Setting, x: Array, iri: str, limits: Limits
) -> tuple[list[Relation], list[tuple[Relation, Relation]]]:
    """Return parents that may be missing, and those that may stand in the place of stated ones, each with that one.

    Among those of one input there is no leaf: it would no longer be a candidate for answers.
    """
    graph = setting.graph
    stated, above = sorted(graph.out(iri, SUBCLASS)), graph.ancestors(iri)
    likely = likely_parents(setting, x, iri, limits.parents, leaves=limits.likelier)
    own = {fact: likely.pop(fact.target, -np.inf) if limits.likelier else -np.inf for fact in stated}
    there = {fact.target for fact in stated}
    new = {Relation(iri, SUBCLASS, p): value for p, value in likely.items() if p not in there}
    best = max(own.values(), default=-np.inf)
    added = [fact for fact, value in new.items() if fact.target not in above and value > best]
    return added, [(old, fact) for fact, value in new.items() for old in stated if value > own[old]]


def _strengths(setting: Setting, iri: str, strengths: Mapping[str, Strength]) -> Iterator[Repair]:
    """Stated strengths set to what the input seems to have, those first that differ most for their usual error."""

    def surprise(fact: Relation) -> float:
        found = strengths[fact.target]
        return abs(found.value - fact.weight) / (found.error + SLACK)

    stated = [fact for fact in setting.graph.out(iri, ATTRIBUTE) if fact.target in strengths]
    for fact in sorted(stated, key=lambda f: (-surprise(f), f[:3])):
        strength = round(strengths[fact.target].value, 2)
        if abs(strength - fact.weight) >= SLACK:
            new = fact._replace(weight=strength, file="", line=0)
            yield Repair(STRENGTH, (Edit(WITHOUT, fact), Edit(WITH, new)))
