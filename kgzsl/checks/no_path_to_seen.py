"""W01: a class from which no relation leads to a seen class; nothing can be propagated to it."""

from __future__ import annotations

from collections.abc import Collection, Iterator

import networkx as nx

from kgzsl.checks import Finding
from kgzsl.graph.classgraph import DISJOINT, ClassGraph


def check(graph: ClassGraph, seen: Collection[str]) -> Iterator[Finding]:
    """Yield one finding a class without a path; nothing when no class is known to be seen."""
    if not seen:
        return
    net: nx.Graph[str] = nx.Graph((e.source, e.target) for e in graph.relations if e.relation != DISJOINT)
    net.add_nodes_from(graph.ids)
    known = set(seen)
    for group in nx.connected_components(net):
        if not group & known:
            for iri in sorted(group):
                concept = graph.concepts[iri]
                if concept.kind == "class":
                    message = f"no path leads from '{graph.label(iri)}' to a seen class"
                    fix = "name a parent that has seen classes below it"
                    yield Finding("W01", message, concept.file, concept.line, graph.short(iri), fix)
