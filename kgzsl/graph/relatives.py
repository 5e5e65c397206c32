"""What stands around a concept: its neighbours, and all that relations lead to."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING, Literal, NamedTuple

from kgzsl.errors import QueryError, UnknownNameError, suggest

if TYPE_CHECKING:
    from kgzsl.graph.classgraph import ClassGraph, Relation

Direction = Literal["both", "out", "in"]
DIRECTIONS = ("both", "out", "in")
ALWAYS_KNOWN = frozenset({"subClassOf", "hasAttribute", "disjointWith"})


class Neighbour(NamedTuple):
    """A concept one edge away, the edge that leads there, and the place that states it."""

    iri: str
    label: str
    relation: str
    direction: str
    weight: float
    file: str
    line: int

    @property
    def where(self) -> str:
        """The place as ``file:line``; ``derived`` for an edge that no file states."""
        return f"{self.file}:{self.line}" if self.file else "derived"


def neighbours(
    graph: ClassGraph, iri: str, relations: Collection[str] | None, direction: Direction
) -> tuple[Neighbour, ...]:
    """Return the neighbours of a concept, by relation, direction and label; see ``ClassGraph.neighbours``."""
    if direction not in DIRECTIONS:
        raise QueryError(f"'{direction}' is no direction", value=direction, fix=f"one of {', '.join(DIRECTIONS)}")

    def made(edge: Relation, other: str, way: str) -> Neighbour:
        return Neighbour(other, graph.label(other), edge.relation, way, edge.weight, edge.file, edge.line)

    found = [made(e, e.target, "out") for e in graph.out(iri)] if direction != "in" else []
    found += [made(e, e.source, "in") for e in graph.into(iri)] if direction != "out" else []
    wanted = (n for n in found if relations is None or n.relation in relations)
    return tuple(sorted(wanted, key=lambda n: (n.relation, n.direction == "in", n.label, n.iri)))


def closure(graph: ClassGraph, iri: str, relation: str, up: bool) -> frozenset[str]:
    """Return all that the edges of one relation lead to, or come from, itself excluded."""
    found: set[str] = set()
    todo = [iri]
    while todo:
        node = todo.pop()
        edges = graph.out(node, relation) if up else graph.into(node, relation)
        new = {edge.target if up else edge.source for edge in edges} - found
        found |= new
        todo += new
    return frozenset(found - {iri})


def known_relations(graph: ClassGraph, names: Iterable[str]) -> frozenset[str]:
    """Return these names of relations.

    Raises:
        UnknownNameError: no edge has a relation of that name.
    """
    wanted = frozenset([names] if isinstance(names, str) else names)
    there = {edge.relation for edge in (*graph.relations, *graph.dangling)} | ALWAYS_KNOWN
    for name in sorted(wanted - there):
        near = suggest(name, there)
        fix = f"did you mean '{near}'?" if near else f"there are {', '.join(sorted(there))}"
        raise UnknownNameError(f"unknown relation '{name}'", value=name, fix=fix)
    return wanted
