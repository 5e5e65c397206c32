"""Paths between concepts, shortest first."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from itertools import islice, pairwise, takewhile
from typing import TYPE_CHECKING

import networkx as nx

from kgzsl.errors import QueryError

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
    graph: ClassGraph,
    source: str,
    target: str,
    k: int = 3,
    relations: Collection[str] | None = None,
    directed: bool = False,
    most: int | None = None,
) -> list[Path]:
    """Return up to ``k`` loopless paths (Yen 1971), fewest steps first; ties go to the alphabetically first.

    Args:
        graph: where the edges are.
        source: IRI of the first concept.
        target: IRI of the last.
        k: how many.
        relations: the only ones to walk along; None for all but ``disjointWith``.
        directed: whether edges are taken from source to target only.
        most: steps of the longest path to look for; None for any.

    Raises:
        QueryError: fewer than 0 paths.
    """
    if k < 0:
        raise QueryError(f"{k} paths cannot be looked for", value=k, fix="ask for 1 or more")
    if source == target:
        return [Path((source,), (), (graph.label(source),))]
    walkable = _walkable(graph, relations, directed)
    if source not in walkable or target not in walkable or not nx.has_path(walkable, source, target):
        return []
    found = nx.shortest_simple_paths(walkable, source, target)
    short = takewhile(lambda nodes: most is None or len(nodes) <= most + 1, found)
    return [_path(graph, walkable, nodes) for nodes in islice(short, k)]


def _walkable(graph: ClassGraph, relations: Collection[str] | None, directed: bool) -> nx.Graph[str]:
    key = (None if relations is None else frozenset(relations), directed)
    found = graph.walkable.get(key)
    if found is None:
        found = _built(graph, relations, directed)
        graph.walkable.clear()  # one is kept: the next question is mostly over the same relations
        graph.walkable[key] = found
    return found


def _built(graph: ClassGraph, relations: Collection[str] | None, directed: bool) -> nx.Graph[str]:
    walkable: nx.Graph[str] = nx.DiGraph() if directed else nx.Graph()
    for edge in sorted(graph.relations):
        wanted = edge.relation in relations if relations is not None else edge.relation != "disjointWith"
        if wanted and not walkable.has_edge(edge.source, edge.target):
            walkable.add_edge(edge.source, edge.target, step=edge)
    return walkable


def _path(graph: ClassGraph, walkable: nx.Graph[str], nodes: list[str]) -> Path:
    steps = tuple(walkable[a][b]["step"] for a, b in pairwise(nodes))
    return Path(tuple(nodes), steps, tuple(map(graph.label, nodes)))
