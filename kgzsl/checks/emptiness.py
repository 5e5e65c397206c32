"""Why a class is empty in itself: stated so, below two disjoint classes, or against a restriction it lies under."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from kgzsl.checks.context import Context
from kgzsl.checks.disjoint_ancestors import clashes
from kgzsl.graph.classgraph import Constraint, Relation
from kgzsl.ontology import vocabulary as v


class Reason(NamedTuple):
    """Why a class can have no members: words that follow its name, and whether W03 tells it already."""

    text: str
    told: bool = False


def reasons(context: Context) -> dict[str, Reason]:
    """Return the classes that are empty in themselves, and why; what follows from them is not among them."""
    found: dict[str, Reason] = {}
    for iri, pair in clashes(context):
        found.setdefault(iri, Reason(f"disjoint classes above it, see {context.disjoint[pair].where}", True))
    for fact in (*context.stated.get(v.SUBCLASS, ()), *context.stated.get(v.EQUIVALENT, ())):
        if fact.object == v.NOTHING:
            iri = context.merged.get(fact.subject, fact.subject)
            found.setdefault(iri, Reason(f"stated to be owl:Nothing at {fact.where}"))
    for iri, text in _against_constraints(context):
        found.setdefault(iri, Reason(text))
    return {iri: reason for iri, reason in found.items() if iri in context.graph}


def _against_constraints(context: Context) -> Iterator[tuple[str, str]]:
    groups: dict[tuple[str, str, str], list[Constraint]] = {}
    for constraint in context.graph.constraints:
        if constraint.kind == "only" or (constraint.number == 0 and constraint.kind != "min"):
            groups.setdefault((constraint.source, constraint.relation, constraint.kind), []).append(constraint)
    edges: dict[str, list[Relation]] = {}
    for edge in (edge for those in context.related.values() for edge in those) if groups else ():
        edges.setdefault(edge.relation, []).append(edge)
    for (source, relation, kind), group in groups.items():
        for edge in edges.get(relation, ()):
            where = _meet(context, edge.source, source)
            breaks = _outside_all if kind == "only" else _among
            if where and breaks(context, edge.target, group):
                rule = " or ".join(context.name(c.target) if c.target in context.graph else "anything" for c in group)
                word = "only" if kind == "only" else "no"
                stated = f"{relation} {context.name(edge.target)} at {edge.where}"
                yield where, f"{stated} against {relation} {word} {rule} at {group[0].file}:{group[0].line}"


def _meet(context: Context, one: str, other: str) -> str | None:
    """Return the lower of two classes where one lies below the other."""
    if one == other or other in context.graph.ancestors(one):
        return one
    return other if one in context.graph.ancestors(other) else None


def _among(context: Context, iri: str, group: list[Constraint]) -> bool:
    above = context.graph.ancestors(iri) | {iri}
    return any(constraint.target == v.THING or constraint.target in above for constraint in group)


def _outside_all(context: Context, iri: str, group: list[Constraint]) -> bool:
    """Return whether a target is disjoint with everything that a relation may lead to."""
    above = context.graph.ancestors(iri) | {iri}
    for constraint in group:
        if constraint.target not in context.graph:
            return False
        others = context.graph.ancestors(constraint.target) | {constraint.target}
        if not any(frozenset((a, b)) in context.disjoint for a in above for b in others):
            return False
    return True
