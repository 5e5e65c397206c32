"""What each clause of OBO says in OWL, by the mapping of OBO 1.4 that ROBOT follows."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from kgzsl.ontology import vocabulary as v
from kgzsl.ontology.model import Literal
from kgzsl.ontology.obo_ids import Identifiers, imported

Triple = tuple[str, str, str | Literal]
Placed = Iterator[tuple[int, Triple]]
"""Triples with the position of their clause in the frame; 0 is ``id`` (in a header, the first clause)."""

_OWL, _OIO = v.OWL, v.OIO
_TEXTS = {
    "name": (v.LABEL, "name"), "def": (v.IAO_DEFINITION, "definition"), "comment": (v.COMMENT, "comment"),
    "namespace": (_OIO + "hasOBONamespace", "namespace"), "created_by": (_OIO + "created_by", "creator"),
    "expand_assertion_to": (v.OBO + "IAO_0000425", "definition"),
    "expand_expression_to": (v.OBO + "IAO_0000424", "definition"),
}  # fmt: skip
_UNQUOTED = ("name", "comment")
"""Texts in which fastobo leaves escapes as they are."""
_ESCAPES = {"n": "\n", "t": "\t", "W": " "}
_LINKS = {
    "replaced_by": v.REPLACED_BY, "consider": _OIO + "consider", "subset": _OIO + "inSubset",
    "inverse_of": v.INVERSE, "domain": v.DOMAIN, "range": v.RANGE,
}  # fmt: skip
_TERM_LINKS = {**_LINKS, "is_a": v.SUBCLASS, "equivalent_to": v.EQUIVALENT, "disjoint_from": v.DISJOINT}
_TYPEDEF_LINKS = {**_LINKS, "is_a": v.SUBPROPERTY, "equivalent_to": _OWL + "equivalentProperty",
                  "disjoint_from": _OWL + "propertyDisjointWith"}  # fmt: skip
_FLAGS = {
    "is_transitive": "TransitiveProperty", "is_symmetric": "SymmetricProperty", "is_functional": "FunctionalProperty",
    "is_inverse_functional": "InverseFunctionalProperty", "is_reflexive": "ReflexiveProperty",
    "is_asymmetric": "AsymmetricProperty",
}  # fmt: skip
_CHAINS = ("holds_over_chain", "equivalent_to_chain", "transitive_over")
_SCOPES = {"EXACT": v.EXACT_SYNONYM, "BROAD": v.BROAD_SYNONYM, "NARROW": v.NARROW_SYNONYM, "RELATED": v.RELATED_SYNONYM}
_CARDINALITIES = {"cardinality": "qualifiedCardinality", "minCardinality": "minQualifiedCardinality",
                  "maxCardinality": "maxQualifiedCardinality"}  # fmt: skip
TAGS = frozenset({
    *_TEXTS, *_TYPEDEF_LINKS, *_FLAGS, *_CHAINS, "id", "synonym", "xref", "alt_id", "relationship", "intersection_of",
    "union_of", "property_value", "creation_date", "is_obsolete", "is_metadata_tag", "is_class_level", "is_anonymous",
    "builtin", "instance_of", "format-version", "data-version", "ontology", "idspace", "subsetdef", "synonymtypedef",
    "default-namespace", "Term", "Typedef", "Instance",
})  # fmt: skip
"""What a clause or frame may be called; more is known to fastobo, this much is worth suggesting."""


class Translator:
    """Turns the frames of one document into triples.

    Args:
        document: as fastobo parsed it.
        name: of the ontology, where its header gives none; ids without a prefix are minted under it.
        instances: ids of frames that are individuals.
    """

    def __init__(self, document: Any, name: str, instances: set[str]) -> None:
        self.id = Identifiers(document, name)
        self._namespace = next((str(c.namespace) for c in document.header if c.raw_tag() == "default-namespace"), None)
        self._instances, self._blanks = instances, 0

    def header(self, clauses: Any) -> Placed:
        """Yield what the header says of the ontology, its imports, its subsets and its types of synonym."""
        for k, clause in enumerate(clauses):
            tag = clause.raw_tag()
            if tag == "ontology":
                yield k, (self.id.ontology, v.TYPE, _OWL + "Ontology")
            elif tag == "import":
                yield k, (self.id.ontology, v.IMPORTS, imported(clause.reference))
            elif tag == "data-version":
                yield k, (self.id.ontology, _OWL + "versionInfo", Literal(clause.version))
            elif tag == "default-namespace":
                yield k, (self.id.ontology, _OIO + "hasDefaultNamespace", Literal(str(clause.namespace)))
            elif tag == "remark":
                yield k, (self.id.ontology, v.COMMENT, Literal(clause.remark))
            elif tag == "property_value":
                yield k, self._value(self.id.ontology, clause)
            elif tag in ("subsetdef", "synonymtypedef"):
                yield from ((k, triple) for triple in self._declared(tag, clause))

    def _declared(self, tag: str, clause: Any) -> Iterator[Triple]:
        subset = tag == "subsetdef"
        iri = self.id(clause.subset if subset else clause.typedef)
        yield iri, v.TYPE, _OWL + "AnnotationProperty"
        yield iri, v.SUBPROPERTY, _OIO + ("SubsetProperty" if subset else "SynonymTypeProperty")
        yield iri, v.COMMENT if subset else v.LABEL, Literal(clause.description)

    def frame(self, frame: Any, kind: str) -> Placed:
        """Yield what a frame says; ``kind`` is Term, Typedef or Instance."""
        subject = self.id(frame.id)
        if kind == "Typedef":
            yield 0, (subject, v.TYPE, _OWL + ("AnnotationProperty" if subject in self.id.notes else "ObjectProperty"))
            if str(frame.id) in self.id.shorthand:
                yield 0, (subject, _OIO + "shorthand", Literal(str(frame.id)))
        else:
            yield 0, (subject, v.TYPE, _OWL + ("Class" if kind == "Term" else "NamedIndividual"))
        yield 0, (subject, _OIO + "id", Literal(str(frame.id)))
        if self._namespace and not any(clause.raw_tag() == "namespace" for clause in frame):
            yield 0, (subject, _OIO + "hasOBONamespace", Literal(self._namespace))
        lists: dict[str, list[tuple[int, str]]] = {"intersection_of": [], "union_of": []}
        for k, clause in enumerate(frame, 1):
            if clause.raw_tag() in lists:
                if kind == "Term":
                    member, triples = self._operand(clause)
                    lists[clause.raw_tag()].append((k, member))
                    yield from ((k, triple) for triple in triples)
            else:
                yield from ((k, triple) for triple in self._clause(subject, clause, kind))
        for tag, members in lists.items():
            yield from self._defined(subject, tag, members) if members else ()

    def _clause(self, subject: str, clause: Any, kind: str) -> Iterator[Triple]:
        tag = clause.raw_tag()
        links = _TYPEDEF_LINKS if kind == "Typedef" else _TERM_LINKS
        if tag in _TEXTS:
            predicate, attribute = _TEXTS[tag]
            text = str(getattr(clause, attribute)).strip()
            yield subject, predicate, Literal(_unescaped(text) if tag in _UNQUOTED else text)
        elif tag == "is_a" and kind == "Instance":
            yield subject, v.TYPE, self.id(clause.term)
        elif tag in links:
            yield from self._linked(subject, links[tag], clause, tag)
        elif tag == "relationship":
            yield from self._related(subject, clause, kind)
        elif tag in _CHAINS:
            yield from self._chained(subject, clause, tag)
        elif tag == "alt_id":
            yield from self._merged(subject, clause, kind)
        elif tag == "synonym":
            yield subject, _SCOPES[clause.synonym.scope], Literal(clause.synonym.desc)
        elif tag == "xref":
            yield subject, _OIO + "hasDbXref", Literal(str(clause.xref.id))
        elif tag == "property_value":
            yield self._value(subject, clause)
        elif tag == "creation_date":
            yield subject, _OIO + "creation_date", Literal(clause.raw_value())
        elif tag == "is_obsolete" and clause.obsolete:
            yield subject, v.DEPRECATED, _boolean()
        elif tag in _FLAGS and clause.raw_value() == "true" and subject not in self.id.notes:
            yield subject, v.TYPE, _OWL + _FLAGS[tag]

    def _linked(self, subject: str, predicate: str, clause: Any, tag: str) -> Iterator[Triple]:
        names = (tag, "term", "typedef", "subset")
        target = self.id(next(getattr(clause, name) for name in names if hasattr(clause, name)))
        holder, triples = self._conditioned(subject, clause)
        yield from triples
        yield holder, predicate, target

    def _related(self, subject: str, clause: Any, kind: str) -> Iterator[Triple]:
        target = clause.term if hasattr(clause, "term") else clause.target
        relation = self.id(clause.typedef)
        if kind != "Term" or relation in self.id.notes:
            yield subject, relation, self.id(target)
            return
        holder, triples = self._conditioned(subject, clause)
        filler, more = self._restriction(relation, target, clause)
        yield from (*triples, *more)
        yield holder, v.SUBCLASS, filler

    def _conditioned(self, subject: str, clause: Any) -> tuple[str, list[Triple]]:
        """Return what an axiom is about: the class, or that part of it which ``gci_relation`` narrows it to."""
        said = _qualifiers(clause)
        relation, filler = said.get("gci_relation"), said.get("gci_filler")
        if not relation or not filler:
            return subject, []
        some, triples = self._some(self.id.parsed(relation), self.id.parsed(filler))
        node, both = self._blank(), self._list([subject, some])
        return node, [*triples, (node, v.TYPE, _OWL + "Class"), (node, _OWL + "intersectionOf", both[0][0]), *both]

    def _operand(self, clause: Any) -> tuple[str, list[Triple]]:
        relation = getattr(clause, "typedef", None)
        if relation is None:
            return self.id(clause.term), []
        return self._restriction(self.id(relation), clause.term, clause)

    def _restriction(self, relation: str, target: Any, clause: Any) -> tuple[str, list[Triple]]:
        said, filler = _qualifiers(clause), self.id(target)
        if str(target) in self._instances:
            return self._some(relation, filler, "hasValue")
        key = next((key for key in _CARDINALITIES if said.get(key, "").isdecimal()), None)
        if key is None:
            return self._some(relation, filler, "allValuesFrom" if said.get("all_only") == "true" else "someValuesFrom")
        node, triples = self._some(relation, filler, "onClass")
        return node, [*triples, (node, _OWL + _CARDINALITIES[key], Literal(said[key], v.XSD + "nonNegativeInteger"))]

    def _some(self, relation: str, filler: str, term: str = "someValuesFrom") -> tuple[str, list[Triple]]:
        node = self._blank()
        return node, [(node, v.TYPE, _OWL + "Restriction"), (node, _OWL + "onProperty", relation),
                      (node, _OWL + term, filler)]  # fmt: skip

    def _defined(self, subject: str, tag: str, members: list[tuple[int, str]]) -> Placed:
        node, cells = self._blank(), self._list([member for _, member in members])
        first = members[0][0]
        yield first, (subject, v.EQUIVALENT, node)
        yield first, (node, v.TYPE, _OWL + "Class")
        yield first, (node, _OWL + ("intersectionOf" if tag == "intersection_of" else "unionOf"), cells[0][0])
        for k, cell in enumerate(cells):
            yield members[k // 2][0], cell

    def _chained(self, subject: str, clause: Any, tag: str) -> Iterator[Triple]:
        """``transitive_over: R`` says that the relation, followed by R, is itself."""
        over = tag == "transitive_over"
        links = [subject, self.id(clause.typedef)] if over else [self.id(clause.first), self.id(clause.last)]
        cells = self._list(links)
        yield subject, v.CHAIN, cells[0][0]
        yield from cells

    def _merged(self, subject: str, clause: Any, kind: str) -> Iterator[Triple]:
        """An id of old leads to the term that it was merged into, as in the OWL editions."""
        old = self.id(clause.alt_id)
        yield subject, _OIO + "hasAlternativeId", Literal(str(clause.alt_id))
        yield old, v.TYPE, _OWL + ("ObjectProperty" if kind == "Typedef" else "Class")
        yield old, v.DEPRECATED, _boolean()
        yield old, v.REPLACED_BY, subject

    def _value(self, subject: str, clause: Any) -> Triple:
        value = clause.property_value
        if hasattr(value, "datatype"):
            return subject, self.id(value.relation), Literal(value.value, self.id(value.datatype))
        return subject, self.id(value.relation), self.id(value.value)

    def _list(self, members: list[str]) -> list[Triple]:
        """Return an RDF list, two triples a member; its head is the first subject."""
        nodes = [self._blank() for _ in members]
        rests = [*nodes[1:], v.NIL]
        return [t for node, member, rest in zip(nodes, members, rests, strict=True)
                for t in ((node, v.FIRST, member), (node, v.REST, rest))]  # fmt: skip

    def _blank(self) -> str:
        self._blanks += 1
        return f"_:{self._blanks}"


def _qualifiers(clause: Any) -> dict[str, str]:
    return {str(q.key): q.value for q in getattr(clause, "qualifiers", None) or ()}


def _unescaped(text: str) -> str:
    return re.sub(r"\\(.)", lambda found: _ESCAPES.get(found[1], found[1]), text) if "\\" in text else text


def _boolean() -> Literal:
    return Literal("true", v.XSD + "boolean")
