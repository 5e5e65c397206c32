"""Why a class is empty in itself: stated so, below two disjoint classes, or against a restriction it lies under."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from typing import NamedTuple

from kgzsl.checks.context import Context
from kgzsl.checks.disjoint_ancestors import clashes
from kgzsl.graph.classgraph import Constraint, Relation
from kgzsl.ontology import vocabulary as v

Above = Callable[[str], frozenset[str]]


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
    """Yield each class that has an edge and lies under a restriction against it, whichever of the two is inherited."""
    groups: dict[tuple[str, str, str], list[Constraint]] = {}
    for constraint in context.graph.constraints:
        if constraint.kind == "only" or (constraint.number == 0 and constraint.kind != "min"):
            groups.setdefault((constraint.source, constraint.relation, constraint.kind), []).append(constraint)
    bounds: dict[str, list[tuple[str, str, str]]] = {}
    for key in groups:
        bounds.setdefault(key[0], []).append(key)
    above = cache(lambda iri: context.graph.ancestors(iri) | {iri})
    for where in {**dict.fromkeys(context.related), **bounds} if groups else ():
        for key in (key for iri in sorted(above(where)) for key in bounds.get(iri, ())):
            source, relation, kind = key
            holders = sorted(above(where)) if source == where else [where]
            breaks = _outside_all if kind == "only" else _among
            for edge in (e for iri in holders for e in context.related.get(iri, ()) if e.relation == relation):
                if breaks(context, edge.target, groups[key], above):
                    yield where, _against(context, edge, groups[key])


def _against(context: Context, edge: Relation, group: list[Constraint]) -> str:
    rule = " or ".join(context.name(c.target) if c.target in context.graph else "anything" for c in group)
    word = "only" if group[0].kind == "only" else "no"
    stated = f"{edge.relation} {context.name(edge.target)} at {edge.where}"
    return f"{stated} against {edge.relation} {word} {rule} at {group[0].file}:{group[0].line}"


def _among(context: Context, iri: str, group: list[Constraint], above: Above) -> bool:
    return any(constraint.target == v.THING or constraint.target in above(iri) for constraint in group)


def _outside_all(context: Context, iri: str, group: list[Constraint], above: Above) -> bool:
    """Return whether a target is disjoint with everything that a relation may lead to."""
    if not context.disjoint:
        return False
    for constraint in group:
        if constraint.target not in context.graph:
            return False
        if not any(frozenset((a, b)) in context.disjoint for a in above(iri) for b in above(constraint.target)):
            return False
    return True
