"""E04: an attribute strength outside 0 … 1."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from kgzsl.checks import Finding
from kgzsl.graph.classgraph import ATTRIBUTE, ClassGraph


def check(graph: ClassGraph, seen: Collection[str]) -> Iterator[Finding]:
    """Yield one finding a strength out of range, NaN included."""
    for edge in graph.relations:
        if edge.relation == ATTRIBUTE and not 0 <= edge.weight <= 1:
            name = f"'{graph.label(edge.target)}' of '{graph.label(edge.source)}'"
            message = f"attribute {name} is {edge.weight:g}, not between 0 and 1"
            fix = f"write {edge.weight / 100:g}?" if 1 < edge.weight <= 100 else None
            yield Finding("E04", message, edge.file, edge.line, str(edge.weight), fix)
