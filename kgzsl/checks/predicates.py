"""Which predicates an ontology declares, uses and relates concepts by."""

from __future__ import annotations

from kgzsl.checks.context import Context
from kgzsl.ontology import vocabulary as v

STANDARD = (v.RDF, v.RDFS, v.OWL, v.SKOS)
"""Vocabularies whose terms are fixed by their standards."""

_FAMILIAR = (*STANDARD, v.OBO, v.OIO, "http://purl.org/dc/", "http://xmlns.com/foaf/", "http://schema.org/",
             "https://schema.org/", "http://www.w3.org/ns/")  # fmt: skip
_DECLARING = frozenset({v.SUBPROPERTY, v.DOMAIN, v.RANGE, v.INVERSE, *v.LABELS})


def namespace(iri: str) -> str:
    """Return an IRI up to its local name."""
    return iri[: len(iri) - len(v.local_name(iri))]


def familiar(predicate: str) -> bool:
    """Return whether a predicate is of a vocabulary that nobody declares again."""
    return predicate.startswith(_FAMILIAR)


def declared(context: Context) -> set[str]:
    """Return the properties that some file says anything about."""
    found = {iri for iri, types in context.types.items() if not v.PROPERTY_TYPES.isdisjoint(types)}
    said = {fact.subject for predicate in _DECLARING for fact in context.stated.get(predicate, ())}
    return found | (said - context.types.keys() - set(context.graph.concepts))
