"""E02: a class that is its own ancestor.

Everything in a cycle would be everything else in it, and a classifier of one the classifier of all.

The message shows the whole cycle. Remove the step that is wrong; the line is that of the step written last. Classes
that are meant to be the same are stated so with `owl:equivalentClass`.
"""

from __future__ import annotations

from collections.abc import Iterator

from kgzsl.checks.context import Context
from kgzsl.checks.finding import Finding
from kgzsl.checks.hierarchy import chain, shown
from kgzsl.graph.classgraph import Relation


def check(context: Context) -> Iterator[Finding]:
    """Yield one finding a group of classes that lie below each other."""
    _, left = context.order
    for group in _circles(context, left) if left else ():
        inside = [e for iri in group for e in context.up[iri] if e.target in group]
        last = max(inside, key=lambda edge: (edge.file, edge.line, edge.source))
        way = [last] if last.source == last.target else [last, *chain(context.up, last.target, last.source, group)]
        around = shown(context, last.source, way, last.file)
        yield Finding("E02", f"cycle in the hierarchy: {around}", last.file, last.line,
                      context.graph.short(last.source),
                      f"{context.name(last.source)} cannot lie below {context.name(last.target)}")  # fmt: skip


def _circles(context: Context, left: set[str]) -> Iterator[set[str]]:
    import networkx as nx

    up: list[Relation] = [edge for iri in left for edge in context.up[iri]]
    loops = {edge.source for edge in up if edge.source == edge.target}
    net: nx.DiGraph[str] = nx.DiGraph((edge.source, edge.target) for edge in up)
    for group in nx.strongly_connected_components(net):
        if len(group) > 1 or group & loops:
            yield group
