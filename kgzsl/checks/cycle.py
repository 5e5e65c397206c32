"""E02: a class that is its own ancestor."""

from __future__ import annotations

from collections.abc import Collection, Iterator

import networkx as nx

from kgzsl.checks import Finding
from kgzsl.graph.classgraph import SUBCLASS, ClassGraph


def check(graph: ClassGraph, seen: Collection[str]) -> Iterator[Finding]:
    """Yield one finding a group of classes that lie below each other."""
    up = [edge for edge in graph.relations if edge.relation == SUBCLASS]
    loops = [edge for edge in up if edge.source == edge.target]
    net: nx.DiGraph[str] = nx.DiGraph((edge.source, edge.target) for edge in up)
    for group in nx.strongly_connected_components(net):
        if len(group) == 1 and not loops:
            continue
        inside = [e for e in up if e.source in group and e.target in group and (len(group) > 1 or e in loops)]
        if inside:
            last = max(inside, key=lambda edge: (edge.file, edge.line))
            names = " → ".join(sorted(map(graph.label, group)))
            yield Finding("E02", f"cycle in the hierarchy: {names}", last.file, last.line, graph.short(last.source),
                          f"'{graph.label(last.source)}' cannot lie below '{graph.label(last.target)}'")  # fmt: skip
