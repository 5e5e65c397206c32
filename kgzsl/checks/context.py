"""What checks look at: a graph, what is known beside it, and the tables that several of them share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from operator import attrgetter

from kgzsl.checks.spelling import Speller
from kgzsl.graph.classgraph import ATTRIBUTE, DISJOINT, SUBCLASS, ClassGraph, Concept, Relation, grouped
from kgzsl.graph.recipe import Recipe
from kgzsl.ontology import vocabulary as v
from kgzsl.ontology.model import Fact

Edges = Mapping[str, list[Relation]]
HIERARCHY = frozenset({SUBCLASS, ATTRIBUTE, DISJOINT})


@dataclass(frozen=True, eq=False)
class Context:
    """One ontology under examination.

    Args:
        graph: what is examined.
        seen: IRIs of the classes whose classifiers are given; empty where that is not known.
        recipe: which relations carry classifiers and what vectors are made of; None where that is not known.
    """

    graph: ClassGraph
    seen: frozenset[str] = frozenset()
    recipe: Recipe | None = None

    @cached_property
    def classes(self) -> tuple[Concept, ...]:
        """The candidates for answers; nothing is asked of deprecated classes."""
        return tuple(c for c in self.graph.concepts.values() if c.kind == "class" and not c.deprecated)

    @cached_property
    def up(self) -> dict[str, list[Relation]]:
        """Subclass edges by child, in reading order."""
        return grouped((e for e in self.graph.relations if e.relation == SUBCLASS), attrgetter("source"))

    @cached_property
    def down(self) -> dict[str, list[Relation]]:
        """Subclass edges by parent, in reading order."""
        return grouped((e for e in self.graph.relations if e.relation == SUBCLASS), attrgetter("target"))

    @cached_property
    def related(self) -> dict[str, list[Relation]]:
        """Edges of relations other than the hierarchy, attributes and disjointness, by source."""
        return grouped((e for e in self.graph.relations if e.relation not in HIERARCHY), attrgetter("source"))

    @cached_property
    def attributes(self) -> dict[str, dict[str, float]]:
        """Attribute IRI → strength, by class; only what is stated of the class itself."""
        table: dict[str, dict[str, float]] = {}
        for edge in self.graph.relations:
            if edge.relation == ATTRIBUTE:
                table.setdefault(edge.source, {})[edge.target] = edge.weight
        return table

    @cached_property
    def disjoint(self) -> dict[frozenset[str], Relation]:
        """Pairs of classes stated to be disjoint, and the first edge that states it."""
        pairs: dict[frozenset[str], Relation] = {}
        for edge in self.graph.relations:
            if edge.relation == DISJOINT:
                pairs.setdefault(frozenset((edge.source, edge.target)), edge)
        return pairs

    @cached_property
    def stated(self) -> dict[str, list[Fact]]:
        """Facts by predicate, in reading order."""
        facts: dict[str, list[Fact]] = {}
        for fact in self.graph.ontology:
            facts.setdefault(fact[1], []).append(fact)
        return facts

    @cached_property
    def order(self) -> tuple[list[str], set[str]]:
        """The concepts of the hierarchy, parents before children, and those that lie in or below a cycle."""
        return descending(self.up, self.down)

    @cached_property
    def types(self) -> dict[str, set[str]]:
        """What each subject is said to be (``rdf:type``)."""
        types: dict[str, set[str]] = {}
        for subject, _, obj, *_ in self.stated.get(v.TYPE, ()):
            types.setdefault(subject, set()).add(str(obj))
        return types

    @cached_property
    def merged(self) -> dict[str, str]:
        """IRI of a class that was merged into an equivalent one → the IRI it answers to."""
        return {other: concept.iri for concept in self.graph.concepts.values() for other in concept.also}

    @cached_property
    def spelling(self) -> Speller:
        """The ids of classes and concepts, for did-you-mean."""
        return Speller(v.local_name(c.iri) for c in self.graph.concepts.values() if c.kind != "attribute")

    def name(self, iri: str) -> str:
        """Return the label in quotation marks."""
        return f"'{self.graph.label(iri)}'"


def descending(up: Edges, down: Edges) -> tuple[list[str], set[str]]:
    """Return what :attr:`Context.order` holds, of subclass edges by child and by parent."""
    waiting = {child: len(edges) for child, edges in up.items()}
    order = [iri for iri in down if iri not in waiting]
    for iri in order:
        for edge in down.get(iri, ()):
            waiting[edge.source] -= 1
            if not waiting[edge.source]:
                order.append(edge.source)
    return order, {iri for iri, count in waiting.items() if count}
