"""W03: a class below two classes that are stated to be disjoint."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from kgzsl.checks import Finding
from kgzsl.graph.classgraph import DISJOINT, ClassGraph


def check(graph: ClassGraph, seen: Collection[str]) -> Iterator[Finding]:
    """Yield one finding a class and pair of disjoint ancestors (itself counts as one)."""
    for edge in graph.relations:
        if edge.relation == DISJOINT:
            below = graph.descendants(edge.source) | {edge.source}
            for iri in sorted(below & (graph.descendants(edge.target) | {edge.target})):
                concept = graph.concepts[iri]
                pair = f"'{graph.label(edge.source)}' and '{graph.label(edge.target)}'"
                yield Finding("W03", f"'{graph.label(iri)}' lies below {pair}, stated disjoint at {edge.where}",
                              concept.file, concept.line, graph.short(iri), "name other parents")  # fmt: skip
