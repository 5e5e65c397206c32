"""W10: two classes with the same description, which no classifier can tell apart.

Same parents, same relations, same attributes, same text: the two get the same classifier, and which of them is
answered is chance. With a recipe, only what its vectors and relations read counts as description. Classes with
classifiers of their own (seen ones) are not meant, and one that has nothing but parents is W13's.

Say in a definition or an attribute what tells them apart, or make one a synonym of the other.
"""

from __future__ import annotations

from collections.abc import Iterator

from kgzsl.checks.context import Context
from kgzsl.checks.finding import Finding
from kgzsl.checks.hierarchy import place
from kgzsl.graph.classgraph import ATTRIBUTE, DISJOINT, Concept

Description = tuple[object, ...]


def check(context: Context) -> Iterator[Finding]:
    """Yield one finding a class that is described as an earlier one is."""
    below = {edge.target for edge in context.graph.relations if edge.relation != DISJOINT}
    first: dict[Description, Concept] = {}
    for concept in context.classes:
        if concept.iri in context.seen or concept.iri in below:
            continue  # what relates to it tells it apart
        description = _description(context, concept)
        other = first.setdefault(description, concept)
        if other is not concept and any(description[1:]):
            one, at = sorted((other, concept), key=lambda c: (c.file, c.line))
            mine, theirs = (f"{context.name(c.iri)} ({context.graph.short(c.iri)}" for c in (at, one))
            message = f"{mine}) and {theirs}, {place(one, at.file)}) have the same description: no classifier can tell "
            yield Finding("W10", message + "them apart", at.file, at.line, context.graph.short(at.iri),
                          "say what sets them apart, or make one a synonym")  # fmt: skip


def _description(context: Context, concept: Concept) -> Description:
    recipe = context.recipe
    related = context.related.get(concept.iri, ())
    edges = {(e.relation, e.target) for e in related if recipe is None or e.relation in recipe.ways}
    parents = {edge.target for edge in context.up.get(concept.iri, ())}
    attributes = context.attributes.get(concept.iri, {})
    by_attributes = recipe is not None and recipe.vectors.source == "attributes"
    text = "" if by_attributes else " ".join(concept.text.lower().split())
    reads_attributes = recipe is None or by_attributes or ATTRIBUTE in recipe.ways
    return frozenset(parents), frozenset(edges), frozenset(attributes.items() if reads_attributes else ()), text
