"""W05: a number stated of a class by a predicate that is no attribute.

The fact is read and counts for nothing. Either the name of the attribute is misspelt, or the attribute is not
declared as one. Numbers by other predicates (a weight, a year) are let alone: only what is spelt like an attribute,
or stands in the namespace of attributes, is told. Where classes share that namespace, a property that is declared
otherwise is let alone as well.

Correct the name, or declare it: `att:stripes a owl:AnnotationProperty ; rdfs:subPropertyOf kg:hasAttribute .`
"""

from __future__ import annotations

from collections.abc import Iterator

from kgzsl.checks.context import Context
from kgzsl.checks.finding import Finding
from kgzsl.checks.predicates import declared, familiar, namespace
from kgzsl.errors import suggest
from kgzsl.ontology import vocabulary as v
from kgzsl.ontology.model import Literal

_DECLARE = "declare it with 'rdfs:subPropertyOf kg:hasAttribute'"
_VALUES = v.NUMERIC | {v.XSD + "boolean"}


def check(context: Context) -> Iterator[Finding]:
    """Yield one finding a fact that is lost."""
    concepts = context.graph.concepts
    attributes = {iri for iri, concept in concepts.items() if concept.kind == "attribute"}
    spaces = {namespace(iri) for iri in attributes} | {v.ATT}
    own = spaces - {namespace(iri) for iri in concepts.keys() - attributes}
    known = declared(context)
    for predicate, facts in context.stated.items():
        if predicate in attributes or familiar(predicate):
            continue
        name = v.local_name(predicate)
        near = suggest(name, map(v.local_name, sorted(attributes)))
        fix = f"did you mean '{near}'?" if near and near != name else _DECLARE
        space = namespace(predicate)
        lost = space in own or (predicate not in known and (near or space in spaces))
        for subject, _, obj, file, line in facts if lost else ():
            if isinstance(obj, Literal) and obj.datatype in _VALUES and subject in concepts:
                message = f"unknown attribute '{name}' of {context.name(subject)}: the fact counts for nothing"
                yield Finding("W05", message, file, line, name, fix)
