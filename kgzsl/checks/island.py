"""W09: a class, or a few, that no relation connects to the rest.

What is known of the rest cannot reach them, nor the other way round. Not told where no part holds most of the
classes: then the ontology is several hierarchies, and none is the rest. With a recipe W01 says it more sharply, of
parts that hold no seen class.

Name a parent in the rest, or a relation to it.
"""

from __future__ import annotations

from collections.abc import Iterator

from kgzsl.checks.context import Context
from kgzsl.checks.finding import Finding
from kgzsl.checks.hierarchy import components
from kgzsl.graph.classgraph import DISJOINT

SHOWN = 3


def check(context: Context) -> Iterator[Finding]:
    """Yield one finding a part that lies apart, at its first class."""
    graph = context.graph
    edges = ((e.source, e.target) for e in graph.relations if e.relation != DISJOINT)
    parts = [[c for c in map(graph.concepts.__getitem__, part) if c.kind == "class" and not c.deprecated]
             for part in components(graph.concepts, edges)]  # fmt: skip
    largest = max(map(len, parts), default=0)
    if 2 * largest <= len(context.classes):
        return
    explained = {edge.source for edge in graph.dangling}
    for part in parts:
        members = {concept.iri for concept in part}
        unseen = context.seen and not members & context.seen
        if part and len(part) < largest and not members & explained and not unseen:
            at = min(part, key=lambda c: (c.file, c.line))
            others = [context.name(concept.iri) for concept in part if concept is not at]
            which = f" and {len(others)} more ({', '.join(others[:SHOWN])})" if others else ""
            verb = "are" if others else "is"
            yield Finding("W09", f"{context.name(at.iri)}{which} {verb} not connected to the rest", at.file, at.line,
                          graph.short(at.iri), "name a parent, or a relation to the rest")  # fmt: skip
