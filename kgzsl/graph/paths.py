"""Paths between concepts, shortest first."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from itertools import islice, pairwise
from typing import TYPE_CHECKING

import networkx as nx

if TYPE_CHECKING:
    from kgzsl.graph.classgraph import ClassGraph, Relation


@dataclass(frozen=True)
class Path:
    """Concepts joined by relations; ``steps[i]`` joins ``nodes[i]`` and ``nodes[i + 1]`` in either direction."""

    nodes: tuple[str, ...]
    steps: tuple[Relation, ...]
    labels: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.steps)

    def __str__(self) -> str:
        text = self.labels[0]
        for node, step, label in zip(self.nodes[1:], self.steps, self.labels[1:], strict=True):
            text += f" –{step.relation}→ {label}" if step.target == node else f" ←{step.relation}– {label}"
        return text


def shortest_paths(
    graph: ClassGraph, source: str, target: str, k: int = 3, relations: Collection[str] | None = None
) -> list[Path]:
    """Return up to ``k`` loopless paths (Yen 1971), fewest steps first; ties go to the alphabetically first."""
    if source == target:
        return [Path((source,), (), (graph.label(source),))]
    walkable: nx.Graph[str] = nx.Graph()
    for edge in sorted(graph.relations):
        wanted = edge.relation in relations if relations is not None else edge.relation != "disjointWith"
        if wanted and not walkable.has_edge(edge.source, edge.target):
            walkable.add_edge(edge.source, edge.target, step=edge)
    if source not in walkable or target not in walkable or not nx.has_path(walkable, source, target):
        return []
    return [_path(graph, walkable, nodes) for nodes in islice(nx.shortest_simple_paths(walkable, source, target), k)]


def _path(graph: ClassGraph, walkable: nx.Graph[str], nodes: list[str]) -> Path:
    steps = tuple(walkable[a][b]["step"] for a, b in pairwise(nodes))
    return Path(tuple(nodes), steps, tuple(map(graph.label, nodes)))
