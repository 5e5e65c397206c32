"""Facts → ClassGraph: which facts name concepts, and which relate them."""

from __future__ import annotations

from collections.abc import Iterator

from kgzsl.graph.axioms import DIRECT, Found, Said, above, below, blank_facts, direct, disjoint, strength
from kgzsl.graph.axioms import Names as Named
from kgzsl.graph.classgraph import ATTRIBUTE, DISJOINT, SUBCLASS, ClassGraph, Concept, Constraint, Relation
from kgzsl.graph.described import describe
from kgzsl.graph.equivalence import representatives
from kgzsl.graph.kinds import Kinds, Reading, by_subject, find_kinds, relation_names
from kgzsl.ontology import vocabulary as v
from kgzsl.ontology.model import Fact, Literal, Ontology

_PLAIN = {v.DISJOINT: DISJOINT, v.HAS_ATTRIBUTE: ATTRIBUTE}
_NO_EDGE = frozenset({v.TYPE, v.SUBCLASS, v.EQUIVALENT, v.BROADER, v.NARROWER, *v.REPLACEMENTS, v.OIO + "consider"})


def build_graph(ontology: Ontology, reading: Reading | None = None) -> ClassGraph:
    """Build the graph of an ontology.

    Classes, SKOS concepts and attributes (subproperties of ``kg:hasAttribute``) are its nodes; classes stated
    equivalent are one node, which answers to every name. ``rdfs:subClassOf`` and ``skos:broader`` make the
    hierarchy; a property whose subject and object are concepts makes an edge named after it, and so do ``some`` and
    ``value`` restrictions. A definition (``owl:equivalentClass`` of an expression) gives the edges that it entails.

    Args:
        ontology: the facts.
        reading: what the recipe chooses about their meaning.

    Raises:
        OntologyError: an attribute whose value is not a number (with file and line).
    """
    reading = reading or Reading()
    found = find_kinds(ontology, reading)
    classes = {iri for iri, kind in found.kinds.items() if kind == "class"}
    merged = representatives(ontology, classes) if ontology.says({v.EQUIVALENT}) else {}
    concepts = _concepts(ontology, found.kinds, merged, reading)
    relations: dict[tuple[str, str, str], Relation] = {}
    dangling: list[Relation] = []
    constraints: dict[Constraint, None] = {}
    for stated in _edges(ontology, found, reading):
        edge = _led(stated, merged)
        if isinstance(edge, Constraint):
            constraints[edge] = None
        elif edge.target in concepts and edge.source in concepts:
            of_equals = edge is not stated and edge.source == edge.target and edge.relation == SUBCLASS
            if not of_equals:
                relations.setdefault(edge[:3], edge)
        elif edge.source in concepts and edge.target not in (v.THING, v.NOTHING):
            dangling.append(edge)
    return ClassGraph(
        concepts, tuple(relations.values()), tuple(dangling), ontology.hash, ontology, tuple(constraints)
    )


def _concepts(
    ontology: Ontology, kinds: dict[str, str], merged: dict[str, str], reading: Reading
) -> dict[str, Concept]:
    groups: dict[str, list[str]] = {}
    for iri, leader in sorted(merged.items()):
        groups.setdefault(leader, []).append(iri)
    said = by_subject(ontology, kinds)
    return {
        iri: describe(
            iri, [fact for one in (iri, *groups.get(iri, ())) for fact in said[one]], kind, reading.languages,
            tuple(groups.get(iri, ())),
        )
        for iri, kind in sorted(kinds.items()) if iri not in merged
    }  # fmt: skip


def _led(edge: Found, merged: dict[str, str]) -> Found:
    if edge.source in merged or edge.target in merged:
        return edge._replace(source=merged.get(edge.source, edge.source), target=merged.get(edge.target, edge.target))
    return edge


def _edges(ontology: Ontology, found: Kinds, reading: Reading) -> Iterator[Found]:
    kinds, said = found.kinds, blank_facts(ontology)
    attributes = frozenset(iri for iri, kind in kinds.items() if kind == "attribute")
    names = Named(relation_names(ontology, found), attributes)
    for fact in ontology:
        subject, predicate, obj, file, line = fact
        if subject not in kinds:
            if predicate == v.SUBCLASS and subject in said and isinstance(obj, str):
                yield from below(obj, fact._replace(object=subject), said)
        elif predicate in attributes:
            yield Relation(subject, ATTRIBUTE, predicate, strength(fact, predicate), file, line)
        elif isinstance(obj, Literal):
            continue
        elif predicate in (v.SUBCLASS, v.EQUIVALENT):
            yield from _axiom(fact, said, names)
        elif predicate in (v.BROADER, v.NARROWER):
            one, other = (subject, obj) if predicate == v.BROADER else (obj, subject)
            yield Relation(one, SUBCLASS if reading.broader == "parent" else "broader", other, 1.0, file, line)
        elif predicate in DIRECT:
            yield from direct(fact, said, names)
        elif predicate in _PLAIN:
            yield Relation(subject, _PLAIN[predicate], obj, 1.0, file, line)
        elif predicate not in _NO_EDGE and _relates(predicate, obj, found, attributes):
            yield Relation(subject, names.relation(predicate), obj, 1.0, file, line)
    if said:
        yield from disjoint(ontology, said)


def _axiom(fact: Fact, said: Said, names: Named) -> Iterator[Found]:
    blank = str(fact.object).startswith("_:")
    if fact.predicate == v.SUBCLASS and not blank:
        yield Relation(fact.subject, SUBCLASS, str(fact.object), 1.0, fact.file, fact.line)
    elif fact.predicate == v.SUBCLASS or blank:
        yield from above(fact.subject, fact, said, names)
        if fact.predicate == v.EQUIVALENT:
            yield from below(fact.subject, fact, said)


def _relates(predicate: str, obj: str, found: Kinds, attributes: frozenset[str]) -> bool:
    if obj in found.kinds:
        return predicate in found.properties or obj not in attributes
    return predicate in found.objects and not obj.startswith("_:")
