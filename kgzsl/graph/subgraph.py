"""A part of a graph that is a graph: the concepts near some names, and all that is stated among them."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from kgzsl.ontology import vocabulary as v
from kgzsl.ontology.model import Fact, Ontology

if TYPE_CHECKING:
    from kgzsl.graph.classgraph import ClassGraph, Relation

Pair = tuple[str, str]


def subgraph(graph: ClassGraph, start: Iterable[str], hops: int, relations: Collection[str] | None) -> ClassGraph:
    """Return the graph of the concepts within ``hops`` edges of those given; see ``ClassGraph.subgraph``."""
    from kgzsl.graph.classgraph import derived_hash

    kept = near(graph, start, hops, relations)

    def stays(edge: Relation) -> bool:
        return edge.source in kept and (relations is None or edge.relation in relations)

    edges = tuple(e for e in graph.relations if stays(e) and e.target in kept)
    bounds = tuple(c for c in graph.constraints if c.source in kept and (relations is None or c.relation in relations)
                   and (c.target in kept or c.target not in graph.concepts))  # fmt: skip
    joined = {(e.source, e.target) for e in edges} | {(c.source, c.target) for c in bounds}
    return replace(
        graph,
        concepts={iri: concept for iri, concept in graph.concepts.items() if iri in kept},
        relations=edges,
        dangling=tuple(filter(stays, graph.dangling)),
        constraints=bounds,
        ontology=facts_among(graph, kept, joined),
        hash=derived_hash(graph.hash, "subgraph", (sorted(kept), sorted({e.relation for e in edges}))),
    )


def near(graph: ClassGraph, start: Iterable[str], hops: int, relations: Collection[str] | None) -> frozenset[str]:
    """Return the concepts that at most ``hops`` edges, taken in either direction, lead to."""
    kept = set(start)
    front = set(kept)
    for _ in range(hops):
        found = set()
        for iri in front:
            found |= {e.target for e in graph.out(iri) if relations is None or e.relation in relations}
            found |= {e.source for e in graph.into(iri) if relations is None or e.relation in relations}
        front = found - kept
        kept |= front
    return frozenset(kept)


def facts_among(graph: ClassGraph, kept: frozenset[str], joined: Collection[Pair]) -> Ontology:
    """Return the facts about concepts that are kept, less those that lead to others or by other relations.

    What is about neither concepts nor blank nodes (declared properties, the ontology itself) stays. A blank node stays
    with all its facts where one that stays leads to it, or none leads to it, and it mentions kept concepts alone.
    """
    canonical = {name: iri for iri, concept in graph.concepts.items() for name in (iri, *concept.also)}
    blanks = _Blanks(graph.ontology, canonical)
    links = set(joined) | {(target, source) for source, target in joined}

    def leads(own: str, obj: str) -> bool:
        if obj.startswith("_:"):
            others = blanks.mentioned(obj)
            return others <= kept and (not others or any((own, other) in links for other in others))
        other = canonical.get(obj)
        return other is None or other == own or (own, other) in links

    def stays(fact: Fact) -> bool:
        own, attribute = canonical.get(fact.subject), canonical.get(fact.predicate)
        if own is None:
            return not isinstance(fact.object, str) or canonical.get(fact.object) in kept | {None}
        if own not in kept:
            return False
        if attribute is not None:
            return (own, attribute) in links
        return fact.predicate == v.TYPE or not isinstance(fact.object, str) or leads(own, fact.object)

    alive = {top for top in blanks.tops if blanks.mentioned(top) <= kept}
    alive |= {fact.object for fact in graph.ontology if isinstance(fact.object, str) and fact.object.startswith("_:")
              and not fact.subject.startswith("_:") and stays(fact)}  # fmt: skip
    alive = blanks.within(alive)

    def holds(fact: Fact) -> bool:
        return fact.subject in alive if fact.subject.startswith("_:") else stays(fact)

    return Ontology(tuple(replace(d, facts=tuple(filter(holds, d.facts))) for d in graph.ontology.documents))


class _Blanks:
    """Blank nodes and what they lead to, also through other blank nodes."""

    def __init__(self, ontology: Ontology, canonical: dict[str, str]) -> None:
        self._canonical = canonical
        self._led: dict[str, set[str]] = {}
        inner: set[str] = set()
        for fact in ontology:
            if isinstance(fact.object, str) and fact.object.startswith("_:"):
                inner.add(fact.object)
            if fact.subject.startswith("_:"):
                self._led.setdefault(fact.subject, set()).update([fact.object] if isinstance(fact.object, str) else [])
        self.tops = self._led.keys() - inner

    def within(self, blanks: Iterable[str]) -> set[str]:
        """Return these nodes and the blank nodes that they lead to."""
        return {node for node in self._all(blanks) if node.startswith("_:")}

    def mentioned(self, blank: str) -> frozenset[str]:
        """Return the concepts that a node leads to."""
        return frozenset(self._canonical[node] for node in self._all([blank]) if node in self._canonical)

    def _all(self, blanks: Iterable[str]) -> set[str]:
        seen = set(blanks)
        todo = list(seen)
        while todo:
            new = self._led.get(todo.pop(), set()) - seen
            seen |= new
            todo += new
        return seen
