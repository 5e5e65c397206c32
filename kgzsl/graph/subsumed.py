"""Named classes that a class expression subsumes, from what the graph states and what follows from it."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING

from kgzsl.graph.classgraph import ATTRIBUTE, SUBCLASS, Relation
from kgzsl.graph.expression import And, Compare, Expression, Named, Not, Or, Some, Value, parse
from kgzsl.ontology import vocabulary as v

if TYPE_CHECKING:
    from kgzsl.graph.classgraph import ClassGraph

COMPARED: Mapping[str, Callable[[float, float], bool]] = {
    "=": operator.eq, "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
}  # fmt: skip
AXIOMS = frozenset({v.INVERSE, v.CHAIN, v.EQUIVALENT, v.OWL + "intersectionOf", v.OWL + "unionOf"})


def named_classes(graph: ClassGraph, expression: str | Expression, inferred: bool = True) -> tuple[str, ...]:
    """Return the IRIs of the classes that an expression subsumes, sorted.

    A class is subsumed by a name when it is that class or lies below it; by ``relation some filler`` when it or an
    ancestor has that relation to something the filler subsumes; by a comparison when its own strength, or else the
    default it inherits, fulfils it (a strength that nobody states fulfils none). ``not`` reads the graph as complete:
    a class is subsumed by ``not X`` when neither it nor any class below it is known to be subsumed by X.

    Args:
        graph: of classes.
        expression: Manchester syntax, or its tree.
        inferred: count what axioms entail as well: inverse, symmetric, transitive and sub-properties, property
            chains, and parents by definition.

    Raises:
        QueryError: an expression that cannot be read.
        UnknownNameError: a name that the graph does not know.
    """
    tree = parse(expression, graph) if isinstance(expression, str) else expression
    found = _Subsumption(graph, inferred).of(tree)
    return tuple(iri for iri in graph.class_ids if iri in found)


class _Subsumption:
    """Sets of concepts, not only of classes: fillers may be plain concepts."""

    def __init__(self, graph: ClassGraph, inferred: bool) -> None:
        self.graph = graph
        self.entailed = entailed_relations(graph) if inferred else ()
        self.more_parents, self.more_children = _both_ways(e for e in self.entailed if e.relation == SUBCLASS)

    def of(self, expression: Expression) -> frozenset[str]:
        """Return every concept that an expression is true of."""
        match expression:
            case Named(iri):
                return self.below((iri,))
            case Some(relation, filler):
                return self.related(relation, self.of(filler))
            case Value(relation, iri):
                return self.related(relation, frozenset((iri,)))
            case Compare():
                return self.compared(expression)
            case Not(part):
                return frozenset(self.graph.concepts) - self.reaching(self.of(part), up=True)
            case And(parts):
                return frozenset.intersection(*map(self.of, parts))
            case Or(parts):
                return frozenset.union(*map(self.of, parts))
        raise TypeError(f"no expression: {expression!r}")

    def below(self, iris: Iterable[str]) -> frozenset[str]:
        """Return these concepts and all below them."""
        return self.reaching(iris, up=False)

    def reaching(self, iris: Iterable[str], up: bool) -> frozenset[str]:
        found = set(iris)
        todo = list(found)
        while todo:
            node = todo.pop()
            near = {e.target for e in self.graph.out(node, SUBCLASS)} if up else {
                e.source for e in self.graph.into(node, SUBCLASS)
            }
            new = (near | (self.more_parents if up else self.more_children).get(node, set())) - found
            found |= new
            todo += new
        return frozenset(found)

    def related(self, relation: str, targets: frozenset[str]) -> frozenset[str]:
        """Return what states the relation to one of these, and what inherits it."""
        edges = (e for part in (self.graph.relations, self.entailed) for e in part)
        return self.below(e.source for e in edges if e.relation == relation and e.target in targets)

    def compared(self, wanted: Compare) -> frozenset[str]:
        """Return the concepts whose strength fulfils a comparison; a default gives way to a class's own value."""
        holds = COMPARED[wanted.comparison]
        own = {e.source: e.weight for e in self.graph.into(wanted.iri, ATTRIBUTE)}
        strengths = {iri: self.graph.defaults(iri)[wanted.iri].strength for iri in self.below(own) - own.keys()} | own
        return frozenset(iri for iri, strength in strengths.items() if holds(strength, wanted.strength))


def entailed_relations(graph: ClassGraph) -> tuple[Relation, ...]:
    """Return what axioms entail; none are looked for where there are no axioms, as asking the reasoner costs more."""
    special = (v.SYMMETRIC, v.TRANSITIVE)
    axioms = any(
        predicate in AXIOMS
        or (predicate == v.TYPE and obj in special)
        or (predicate == v.SUBPROPERTY and obj != v.HAS_ATTRIBUTE)
        for _, predicate, obj, *_ in graph.ontology
    )
    return graph.inferred if axioms else ()


def _both_ways(edges: Iterable[Relation]) -> tuple[dict[str, set[str]], dict[str, set[str]]]:
    parents: dict[str, set[str]] = {}
    children: dict[str, set[str]] = {}
    for edge in edges:
        parents.setdefault(edge.source, set()).add(edge.target)
        children.setdefault(edge.target, set()).add(edge.source)
    return parents, children
