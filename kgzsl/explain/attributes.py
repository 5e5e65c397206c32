"""Which attributes raise or lower a score, and what the same attributes do for the rival."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from kgzsl.explain.explanation import AttributeShare
from kgzsl.graph.classgraph import ATTRIBUTE, ClassGraph, Relation

Values = Mapping[Relation, float]


def attribute_shares(graph: ClassGraph, mine: Values, other: Values) -> tuple[AttributeShare, ...]:
    """Return what goes over the facts of each attribute, largest magnitude or difference first.

    Args:
        graph: for labels.
        mine: what goes over each fact in the explained score.
        other: the same in the rival's.
    """
    here, there = _by_attribute(mine), _by_attribute(other)
    shares = [_share(graph, iri, here.get(iri, {}), sum(there.get(iri, {}).values())) for iri in {*here, *there}]
    return tuple(sorted(shares, key=lambda s: (-max(abs(s.value), abs(s.value - s.rival)), s.iri)))


def _by_attribute(values: Values) -> dict[str, dict[Relation, float]]:
    found: dict[str, dict[Relation, float]] = defaultdict(dict)
    for fact, value in values.items():
        if fact.relation == ATTRIBUTE:
            found[fact.target][fact] = value
    return found


def _share(graph: ClassGraph, iri: str, facts: dict[Relation, float], rival: float) -> AttributeShare:
    """Sum the facts of one attribute; the strongest of them is named."""
    fact = max(facts, key=lambda f: (abs(facts[f]), f.source)) if facts else None
    of = fact.source if fact else ""
    label = graph.label(of) if of else ""
    return AttributeShare(graph.short(iri), iri, graph.label(iri), of, label, sum(facts.values()), fact, rival)
