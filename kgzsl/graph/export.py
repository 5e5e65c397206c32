"""A graph as a file for other tools: Turtle and N-Triples (its facts), GraphML and JSON (its concepts and edges)."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from kgzsl.errors import QueryError
from kgzsl.graph.ntriples import ntriples
from kgzsl.whole import written_whole

if TYPE_CHECKING:
    from kgzsl.graph.classgraph import ClassGraph


def write_graph(graph: ClassGraph, path: str | Path) -> None:
    """Write a graph in the format that the suffix names, whole or not at all.

    Raises:
        QueryError: another suffix, or a place that cannot be written.
    """
    path = Path(path)
    if path.suffix not in WRITERS:
        raise QueryError(f"cannot write '{path.suffix}'", file=str(path), fix=f"use one of {', '.join(WRITERS)}")
    try:
        with written_whole(path) as file:
            file.write(WRITERS[path.suffix](graph))
    except OSError as error:
        raise QueryError(f"cannot be written: {error.strerror}", file=str(path)) from None


def to_ntriples(graph: ClassGraph) -> bytes:
    """Return the facts as N-Triples."""
    return b"".join(ntriples((fact.subject, fact.predicate, fact.object) for fact in graph.ontology))


def to_turtle(graph: ClassGraph) -> bytes:
    """Return the facts as Turtle with the known prefixes."""
    import pyoxigraph as ox

    from kgzsl.ontology import vocabulary as v

    facts = ox.parse(to_ntriples(graph), format=ox.RdfFormat.N_TRIPLES, lenient=True)
    made = ox.serialize((quad.triple for quad in facts), format=ox.RdfFormat.TURTLE, prefixes=v.PREFIXES)
    assert made is not None
    return made


def to_graphml(graph: ClassGraph) -> bytes:
    """Return concepts and edges as GraphML, which has no lists: several names stand in one text."""
    import networkx as nx

    made = graph.to_networkx()
    for _, fields in made.nodes(data=True):
        fields.update({key: "; ".join(value) for key, value in fields.items() if isinstance(value, tuple)})
    return "\n".join(nx.generate_graphml(made)).encode()


def to_json(graph: ClassGraph) -> bytes:
    """Return concepts and edges as JSON; a weight that is no number is null."""
    concepts = [concept._asdict() for concept in graph.concepts.values()]
    edges = [edge._asdict() | {"weight": edge.weight if math.isfinite(edge.weight) else None}
             for edge in graph.relations]  # fmt: skip
    return json.dumps({"hash": graph.hash, "concepts": concepts, "relations": edges}, ensure_ascii=False).encode()


WRITERS: dict[str, Callable[[ClassGraph], bytes]] = {
    ".ttl": to_turtle, ".nt": to_ntriples, ".graphml": to_graphml, ".json": to_json,
}  # fmt: skip
