"""W01: a class from which no relation leads to a seen class.

Classifiers are propagated from classes that have one (seen classes) along the relations that the recipe gives a
weight. What they do not reach has nothing but its own description, and no classifier where the learner reads none.
Told with a recipe, as nothing else says what is seen; without one see W09.

Name a parent that has seen classes below it, state a relation that the recipe gives a weight, or give weight to one
that is stated.
"""

from __future__ import annotations

from collections.abc import Iterator

from kgzsl.checks.context import Context
from kgzsl.checks.finding import Finding
from kgzsl.graph.classgraph import DISJOINT


def check(context: Context) -> Iterator[Finding]:
    """Yield one finding a class without a path; nothing when no class is known to be seen."""
    if not context.seen or (context.recipe and context.recipe.nearest):
        return  # derived edges reach every class that has a description
    reached = _reached(context)
    for concept in context.classes:
        if concept.iri not in reached:
            message = f"no path leads from {context.name(concept.iri)} to a seen class"
            if context.recipe:
                message += f" over {', '.join(sorted(context.recipe.ways)) or 'no relation'}"
            fix = "name a parent that has seen classes below it"
            yield Finding("W01", message, concept.file, concept.line, context.graph.short(concept.iri), fix)


def _reached(context: Context) -> set[str]:
    """Follow edges as the recipe says: along it a source hears of its target, against it a target of its source."""
    ways = context.recipe.ways if context.recipe else None
    hear: dict[str, list[str]] = {}
    for edge in context.graph.relations:
        along, against = ways.get(edge.relation, (0, 0)) if ways else (1, 1)
        if edge.weight and (edge.relation != DISJOINT or ways):
            if along:
                hear.setdefault(edge.target, []).append(edge.source)
            if against:
                hear.setdefault(edge.source, []).append(edge.target)
    reached, todo = set(context.seen), list(context.seen)
    while todo:
        new = [iri for iri in hear.get(todo.pop(), ()) if iri not in reached]
        reached.update(new)
        todo += new
    return reached
