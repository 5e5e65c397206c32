"""Facts → ClassGraph: which facts name concepts, and which relate them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from kgzsl.errors import OntologyError
from kgzsl.graph.classgraph import ATTRIBUTE, DISJOINT, SUBCLASS, ClassGraph, Concept, Relation
from kgzsl.ontology import vocabulary as v
from kgzsl.ontology.model import Fact, Literal, Ontology

_RELATION_NAMES = {v.SUBCLASS: SUBCLASS, v.BROADER: SUBCLASS, v.DISJOINT: DISJOINT, v.HAS_ATTRIBUTE: ATTRIBUTE}
_TOP = v.OWL + "Thing"
_OWL_TERMS = ("onProperty", "someValuesFrom", "hasValue")


def build_graph(ontology: Ontology) -> ClassGraph:
    """Build the graph of an ontology.

    Classes, SKOS concepts and attributes (subproperties of ``kg:hasAttribute``) are its nodes.
    ``rdfs:subClassOf`` and ``skos:broader`` make the hierarchy; a property whose subject and object are
    concepts makes an edge named after it, and so does ``subClassOf [onProperty p; someValuesFrom c]``.

    Raises:
        OntologyError: an attribute whose value is not a number (with file and line).
    """
    kinds, properties = _kinds(ontology)
    concepts = {iri: _concept(iri, facts, kinds[iri]) for iri, facts in sorted(_by_subject(ontology, kinds).items())}
    blanks = _restrictions(ontology)
    relations: dict[tuple[str, str, str], Relation] = {}
    dangling = []
    for edge in _edges(ontology, kinds, properties, blanks):
        if edge.target in concepts:
            relations.setdefault(edge[:3], edge)
        elif edge.relation == SUBCLASS and edge.target != _TOP:
            dangling.append(edge)
    return ClassGraph(concepts, tuple(relations.values()), tuple(dangling), ontology.hash, ontology)


def _kinds(ontology: Ontology) -> tuple[dict[str, str], set[str]]:
    kinds: dict[str, str] = {}
    properties: set[str] = set()
    for subject, predicate, obj, *_ in ontology:
        if predicate == v.TYPE:
            if obj in v.CLASS_TYPES:
                kinds[subject] = "class"
            elif obj in v.CONCEPT_TYPES:
                kinds.setdefault(subject, "concept")
            elif obj in v.PROPERTY_TYPES:
                properties.add(subject)
        elif predicate == v.SUBPROPERTY and obj == v.HAS_ATTRIBUTE:
            kinds[subject] = "attribute"
    return {iri: kind for iri, kind in kinds.items() if not iri.startswith("_:")}, properties


def _by_subject(ontology: Ontology, kinds: dict[str, str]) -> dict[str, list[Fact]]:
    facts: dict[str, list[Fact]] = {iri: [] for iri in kinds}
    for fact in ontology:
        if fact[0] in facts:
            facts[fact[0]].append(fact)
    return facts


def _concept(iri: str, facts: list[Fact], kind: str) -> Concept:
    labels: list[Literal] = []
    synonyms: list[Literal] = []
    glosses: list[Literal] = []
    file, line = (facts[0].file, facts[0].line) if facts else ("", 0)
    for _, predicate, obj, at_file, at_line in facts:
        if predicate == v.TYPE:
            file, line = at_file, at_line
        elif isinstance(obj, Literal):
            if predicate in v.LABELS:
                labels.append(obj)
            elif predicate == v.ALT_LABEL:
                synonyms.append(obj)
            elif predicate in v.GLOSSES:
                glosses.append(obj)
    label = _best(labels) or (v.local_name(iri) if kind == "attribute" else "")
    others = {s.value for s in (*synonyms, *labels) if s.language in (None, "en")} - {label}
    return Concept(iri, kind, label, tuple(sorted(others)), _best(glosses), file, line)


def _best(texts: list[Literal]) -> str:
    """English first, then text without a language; ties by spelling, so that order in the file does not count."""
    if len(texts) == 1:
        return texts[0].value
    rank = {"en": 0, None: 1}
    return min(texts, key=lambda t: (rank.get(t.language, 2), t.value)).value if texts else ""


def _restrictions(ontology: Ontology) -> dict[str, dict[str, str]]:
    """Blank node → its onProperty, someValuesFrom and hasValue."""
    blanks: dict[str, dict[str, str]] = {}
    for subject, predicate, obj, *_ in ontology:
        if subject.startswith("_:") and predicate.startswith(v.OWL) and isinstance(obj, str):
            blanks.setdefault(subject, {})[predicate.removeprefix(v.OWL)] = obj
    return blanks


def _edges(
    ontology: Ontology, kinds: dict[str, str], properties: set[str], blanks: dict[str, dict[str, str]]
) -> Iterator[Relation]:
    attributes = {iri for iri, kind in kinds.items() if kind == "attribute"}
    for fact in ontology:
        subject, predicate, obj, file, line = fact
        if subject not in kinds:
            continue
        if predicate in attributes:
            yield Relation(subject, ATTRIBUTE, predicate, _strength(fact), file, line)
        elif not isinstance(obj, str):
            continue
        elif obj in blanks and predicate == v.SUBCLASS:
            yield from _restricted(subject, blanks[obj], file, line)
        elif predicate in _RELATION_NAMES:
            yield Relation(subject, _RELATION_NAMES[predicate], obj, 1.0, file, line)
        elif obj in kinds and predicate != v.TYPE and (predicate in properties or obj not in attributes):
            yield Relation(subject, v.local_name(predicate), obj, 1.0, file, line)


def _restricted(subject: str, blank: dict[str, str], file: str, line: int) -> Iterable[Relation]:
    on, some, value = (blank.get(term) for term in _OWL_TERMS)
    target = some or value
    if on and target:
        yield Relation(subject, v.local_name(on), target, 1.0, file, line)


def _strength(fact: Fact) -> float:
    value = fact.object.value if isinstance(fact.object, Literal) else fact.object
    if value in ("true", "false"):
        return float(value == "true")
    try:
        return float(value)
    except ValueError:
        raise OntologyError(
            f"'{value}' is not a number: the attribute '{v.local_name(fact.predicate)}' of "
            f"'{v.local_name(fact.subject)}' needs one between 0 and 1",
            file=fact.file, line=fact.line, value=value,
        ) from None  # fmt: skip
