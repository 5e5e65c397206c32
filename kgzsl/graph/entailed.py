"""What the graph holds beyond what is stated: entailed relations, and attributes taken from ancestors as defaults.

The two are kept apart: an entailed relation cannot be otherwise, a default holds until a class says something else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from kgzsl.graph.classgraph import ATTRIBUTE, DISJOINT, SUBCLASS, Relation
from kgzsl.graph.kinds import Reading, find_kinds, relation_names
from kgzsl.ontology import vocabulary as v
from kgzsl.ontology.reason import entailment

if TYPE_CHECKING:
    from kgzsl.graph.classgraph import ClassGraph

_NAMES = {v.SUBCLASS: SUBCLASS, v.BROADER: SUBCLASS, v.DISJOINT: DISJOINT, v.TYPE: "type"}
_OF_PROPERTIES = frozenset({v.EQUIVALENT, v.SUBPROPERTY, v.DOMAIN, v.RANGE, v.INVERSE})


class Default(NamedTuple):
    """An attribute that a class takes from an ancestor.

    Args:
        strength: as the ancestor has it.
        chain: edges from the class up to the ancestor, then the one that states the attribute.
    """

    strength: float
    chain: tuple[Relation, ...]

    def __str__(self) -> str:
        return f"{self.strength:g} by default, from {self.chain[-1].where}"


def inferred_relations(graph: ClassGraph) -> tuple[Relation, ...]:
    """Return the relations between concepts that the facts entail and no file states, sorted; their ``file`` is empty.

    Entailed types (by domain and range) are called ``type``; an entailed ``some`` restriction is a relation as a stated
    one is. What a graph had taken out by ``without`` still counts:
    the facts are those of the files.
    """
    merged = {other: concept.iri for concept in graph.concepts.values() for other in concept.also}
    names = relation_names(graph.ontology, find_kinds(graph.ontology, Reading())) | _NAMES
    stated = {edge[:3] for edge in graph.relations}
    found: set[tuple[str, str, str]] = set()
    known = entailment(graph.ontology)
    for subject, predicate, obj in (*known.facts, *known.restrictions):
        source, target = merged.get(subject, subject), merged.get(obj, obj)
        if predicate not in _OF_PROPERTIES and source in graph.concepts and target in graph.concepts:
            found.add((source, names.get(predicate) or v.local_name(predicate), target))
    return tuple(Relation(*edge) for edge in sorted(found - stated) if edge[0] != edge[2])


def default_attributes(graph: ClassGraph, iri: str) -> dict[str, Default]:
    """Return attribute → what a class takes from its ancestors where it says nothing itself.

    A value stated lower down hides those above it. Where two ancestors that do not lie below each other differ, the
    nearer one wins, then the stronger value, then the alphabetically first class, so that order does not count.
    """
    chains = _chains_up(graph, iri)
    own = {edge.target for edge in graph.out(iri, ATTRIBUTE)}
    offers: dict[str, list[Relation]] = {}
    for ancestor in chains:
        for edge in graph.out(ancestor, ATTRIBUTE):
            if edge.target not in own and ancestor != iri:
                offers.setdefault(edge.target, []).append(edge)
    above = {edge.source: graph.ancestors(edge.source) for edges in offers.values() if len(edges) > 1 for edge in edges}
    found = {}
    for attribute, edges in sorted(offers.items()):
        hidden = {top for edge in edges for top in above.get(edge.source, ())}
        lowest = [edge for edge in edges if edge.source not in hidden] or edges
        best = min(lowest, key=lambda edge: (len(chains[edge.source]), -edge.weight, edge.source))
        found[attribute] = Default(best.weight, (*chains[best.source], best))
    return found


def _chains_up(graph: ClassGraph, iri: str) -> dict[str, tuple[Relation, ...]]:
    """Return ancestor → the shortest chain of parents that leads to it."""
    chains: dict[str, tuple[Relation, ...]] = {iri: ()}
    todo = [iri]
    for node in todo:  # grows while it is read
        for edge in sorted(graph.out(node, SUBCLASS)):
            if edge.target not in chains:
                chains[edge.target] = (*chains[node], edge)
                todo.append(edge.target)
    return chains
