"""W14: a class that can have no members, as what is stated stands.

It is stated to be `owl:Nothing`; or a restriction above it forbids what it has; or it lies below a class that can
have no members, or needs a part (`some`) of which there can be none. The message follows the asserted facts down to
the cause. A class below two disjoint ones is W03's; what follows from it is told here.

Mend the cause first: one wrong statement high up makes everything below it impossible.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

from kgzsl.checks.context import Context
from kgzsl.checks.emptiness import reasons
from kgzsl.checks.finding import Finding
from kgzsl.checks.hierarchy import shown
from kgzsl.graph.classgraph import Relation
from kgzsl.ontology import vocabulary as v
from kgzsl.ontology.model import Literal


def check(context: Context) -> Iterator[Finding]:
    """Yield one finding a class that is empty, less those that W03 tells."""
    roots = reasons(context)
    followed = _follow(context, list(roots)) if roots else {}
    for iri in [*(iri for iri, reason in roots.items() if not reason.told), *followed]:
        concept, way, end = context.graph.concepts[iri], list[Relation](), iri
        while end not in roots:
            way.append(followed[end])
            end = way[-1].target
        reason = f"{roots[end].text}" if end == iri else f"{context.name(end)} is empty: {roots[end].text}"
        follows = f"{shown(context, iri, way, concept.file)}, and " if way else ""
        yield Finding("W14", f"{context.name(iri)} can have no members: {follows}{reason}", concept.file, concept.line,
                      context.graph.short(iri), "mend the cause")  # fmt: skip


def _follow(context: Context, roots: list[str]) -> dict[str, Relation]:
    """Return, for each class that is empty because of another, the edge that leads towards the cause."""
    needs: dict[str, list[Relation]] = {}
    some = _existential(context)
    for edge in (edge for those in context.related.values() for edge in those):
        if edge.relation in some:
            needs.setdefault(edge.target, []).append(edge)
    came: dict[str, Relation] = {}
    known, todo = set(roots), deque(roots)
    while todo:
        iri = todo.popleft()
        for edge in (*context.down.get(iri, ()), *needs.get(iri, ())):
            if edge.source not in known:
                known.add(edge.source)
                came[edge.source] = edge
                todo.append(edge.source)
    return came


def _existential(context: Context) -> set[str]:
    """Return the names of relations that say ``some``: object properties, declared or restricted."""
    properties = {iri for iri, types in context.types.items() if v.OWL + "ObjectProperty" in types}
    properties.update(str(fact.object) for fact in context.stated.get(v.OWL + "onProperty", ()))
    names = {v.local_name(iri) for iri in properties}
    for fact in (f for naming in (*v.LABELS, v.OIO + "shorthand") for f in context.stated.get(naming, ())):
        if fact.subject in properties and isinstance(fact.object, Literal):
            names.add(fact.object.value.replace(" ", "_"))
    return names
