"""Ways through the graph: chains of parents and how they are shown, and what hangs together."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping, Sequence

from kgzsl.checks.context import Context, Edges
from kgzsl.graph.classgraph import SUBCLASS, Concept, Relation
from kgzsl.ontology.model import Fact


def chain(up: Edges, start: str, end: str, within: set[str] | None = None) -> list[Relation]:
    """Return the shortest way up from one concept to another, as edges; empty where there is none.

    Args:
        up: edges by child.
        start: an IRI.
        end: an IRI; that of the start asks for the shortest way round.
        within: only through these.
    """
    came: dict[str, Relation] = {}
    todo = deque([start])
    while todo:
        for edge in up.get(todo.popleft(), ()):
            if edge.target not in came and (within is None or edge.target in within):
                came[edge.target] = edge
                if edge.target == end:
                    return _back(came, start, end)
                todo.append(edge.target)
    return []


def _back(came: Mapping[str, Relation], start: str, end: str) -> list[Relation]:
    edges = [came[end]]
    while edges[-1].source != start:
        edges.append(came[edges[-1].source])
    return edges[::-1]


def shown(context: Context, start: str, edges: Sequence[Relation], file: str) -> str:
    """Return ``a → b (line 3) –hasPart→ c (other.ttl:7)``: a chain, each step with its place as seen from a file."""
    label, text = context.graph.label, context.graph.label(start)
    for edge in edges:
        arrow = "→" if edge.relation == SUBCLASS else f"–{edge.relation}→"
        text += f" {arrow} {label(edge.target)} ({place(edge, file)})"
    return text


def place(at: Relation | Concept | Fact, file: str) -> str:
    """Return where something stands, as seen from a file: ``line 3`` in the same, ``other.ttl:3`` in another."""
    if not at.line:
        return at.file or "derived"
    return f"line {at.line}" if at.file == file else f"{at.file}:{at.line}"


def components(nodes: Iterable[str], edges: Iterable[tuple[str, str]]) -> list[list[str]]:
    """Return the groups of nodes that edges connect, whatever their direction."""
    leader = {node: node for node in nodes}

    def find(node: str) -> str:
        while leader[node] != node:
            leader[node] = leader[leader[node]]
            node = leader[node]
        return node

    for source, target in edges:
        leader[find(source)] = find(target)
    groups: dict[str, list[str]] = {}
    for node in leader:
        groups.setdefault(find(node), []).append(node)
    return list(groups.values())
