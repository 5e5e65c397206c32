"""Which classes may hold at once, as an ontology says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from kgzsl.graph.classgraph import ATTRIBUTE, DISJOINT, SUBCLASS
from kgzsl.ontology import vocabulary as v

if TYPE_CHECKING:
    from kgzsl.graph.classgraph import ClassGraph

HAS = 0.5
"""Strength of an attribute from which on a class has it, so that the attribute's domain holds of the class."""


@dataclass(frozen=True, eq=False)
class Legality:
    """What holding of one candidate says of the others.

    Args:
        ids: IRIs of the candidates.
        above: of each candidate, the IRIs of all that holds where it does, itself included.
        implied: of each, the other candidates among these.
        excluded: of each, the candidates that cannot hold where it does.
        impossible: candidates of which nothing can be a member, because they exclude themselves.
    """

    ids: tuple[str, ...]
    above: tuple[frozenset[str], ...]
    implied: tuple[frozenset[int], ...]
    excluded: tuple[frozenset[int], ...]
    impossible: frozenset[int]

    @cached_property
    def implying(self) -> tuple[frozenset[int], ...]:
        """Of each candidate, the others that cannot hold without it."""
        found: list[set[int]] = [set() for _ in self.ids]
        for one, others in enumerate(self.implied):
            for other in others:
                found[other].add(one)
        return tuple(map(frozenset, found))


class Rules:
    """Subsumption, disjointness and domains of one graph.

    A class implies its parents, and the domain of every attribute that it has (at a strength of ``HAS`` or more) and
    of every relation that leads away from it, as ``rdfs:domain`` entails. Disjointness is what the ontology states,
    and is inherited: siblings exclude one another only where that is said of them or of what they imply.

    Args:
        graph: says so.
    """

    def __init__(self, graph: ClassGraph) -> None:
        self.graph = graph
        self.domains = _domains(graph)
        self.against: dict[str, set[str]] = {}
        for edge in graph.relations:
            if edge.relation == DISJOINT:
                self.against.setdefault(edge.source, set()).add(edge.target)
                self.against.setdefault(edge.target, set()).add(edge.source)
        self._above: dict[str, frozenset[str]] = {}

    def above(self, iri: str) -> frozenset[str]:
        """Return all that holds where a class does, itself included."""
        if iri not in self._above:
            found, todo = {iri}, [iri]
            while todo:
                new = self._next(todo.pop()) - found
                found |= new
                todo += new
            self._above[iri] = frozenset(found)
        return self._above[iri]

    def excludes(self, one: frozenset[str], other: frozenset[str]) -> bool:
        """Return whether what holds with one class is disjoint with what holds with another."""
        return any(not self.against[end].isdisjoint(other) for end in one)

    def among(self, ids: Sequence[str]) -> Legality:
        """Return what these candidates say of one another."""
        above = tuple(self.above(iri) for iri in ids)
        place = {iri: k for k, iri in enumerate(ids)}
        implied = tuple(frozenset(place[iri] for iri in up if iri in place and iri != own)
                        for own, up in zip(ids, above, strict=True))  # fmt: skip
        kinds: dict[frozenset[str], list[int]] = {}
        for k, up in enumerate(above):
            kinds.setdefault(frozenset(up & self.against.keys()), []).append(k)
        excluded: list[set[int]] = [set() for _ in ids]
        for one, here in kinds.items():
            out = [k for other, there in kinds.items() if self.excludes(one, other) for k in there] if one else []
            for k in here:
                excluded[k].update(out)
        impossible = frozenset(k for k, those in enumerate(excluded) if k in those)
        return Legality(tuple(ids), above, implied, tuple(map(frozenset, excluded)), impossible)

    def _next(self, iri: str) -> set[str]:
        found = set(self.domains.get(iri, ()))
        for edge in self.graph.out(iri):
            if edge.relation == SUBCLASS:
                found.add(edge.target)
            elif edge.relation != ATTRIBUTE:
                found |= self.domains.get(edge.relation, set())
            elif edge.weight >= HAS:
                found |= self.domains.get(edge.target, set())
        return found


_KNOWN: WeakKeyDictionary[ClassGraph, Rules] = WeakKeyDictionary()


def rules_of(graph: ClassGraph) -> Rules:
    """Return the rules of a graph, worked out once."""
    if graph not in _KNOWN:
        _KNOWN[graph] = Rules(graph)
    return _KNOWN[graph]


def _domains(graph: ClassGraph) -> dict[str, set[str]]:
    """Return attribute IRI, or name of a relation → the classes of its domain, those of broader properties too."""
    if not graph.ontology.says({v.DOMAIN}):
        return {}
    from kgzsl.graph.kinds import Reading, find_kinds, relation_names

    leader = {also: iri for iri, concept in graph.concepts.items() for also in concept.also}
    stated: dict[str, set[str]] = {}
    broader: dict[str, set[str]] = {}
    for fact in graph.ontology:
        if fact.predicate == v.DOMAIN and leader.get(str(fact.object), fact.object) in graph:
            stated.setdefault(fact.subject, set()).add(leader.get(str(fact.object), str(fact.object)))
        elif fact.predicate == v.SUBPROPERTY:
            broader.setdefault(fact.subject, set()).add(str(fact.object))
    names = relation_names(graph.ontology, find_kinds(graph.ontology, Reading()))
    found: dict[str, set[str]] = {}
    for prop in {*stated, *broader}:
        up, todo = {prop}, [prop]
        while todo:
            new = broader.get(todo.pop(), set()) - up
            up |= new
            todo += new
        key = prop if prop in graph else names.get(prop) or v.local_name(prop)
        found.setdefault(key, set()).update(*(stated.get(one, ()) for one in up))
    return {key: classes for key, classes in found.items() if classes}
