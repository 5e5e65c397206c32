"""E01: a parent that no file describes."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from kgzsl.checks import Finding
from kgzsl.errors import suggest
from kgzsl.graph.classgraph import ClassGraph
from kgzsl.ontology.vocabulary import local_name


def check(graph: ClassGraph, seen: Collection[str]) -> Iterator[Finding]:
    """Yield one finding an edge to nowhere."""
    for edge in graph.dangling:
        parent, child = local_name(edge.target), graph.label(edge.source)
        near = suggest(parent, (local_name(iri) for iri in graph.class_ids))
        yield Finding("E01", f"unknown parent '{parent}' of '{child}'", edge.file, edge.line, parent,
                      f"did you mean '{near}'?" if near else "describe it, or name another parent")  # fmt: skip
