"""The IRIs kgzsl gives a meaning to, and the prefixes it knows without being told."""

from __future__ import annotations

RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
RDFS = "http://www.w3.org/2000/01/rdf-schema#"
OWL = "http://www.w3.org/2002/07/owl#"
SKOS = "http://www.w3.org/2004/02/skos/core#"
XSD = "http://www.w3.org/2001/XMLSchema#"
KG = "https://w3id.org/kgzsl/ns#"
WN = "https://w3id.org/kgzsl/wn30/"
ATT = "https://w3id.org/kgzsl/attribute/"

PREFIXES = {"rdf": RDF, "rdfs": RDFS, "owl": OWL, "skos": SKOS, "xsd": XSD, "kg": KG, "wn": WN, "att": ATT}

TYPE = RDF + "type"
SUBCLASS = RDFS + "subClassOf"
SUBPROPERTY = RDFS + "subPropertyOf"
DISJOINT = OWL + "disjointWith"
LABEL, PREF_LABEL, ALT_LABEL = RDFS + "label", SKOS + "prefLabel", SKOS + "altLabel"
DEFINITION, COMMENT = SKOS + "definition", RDFS + "comment"
BROADER = SKOS + "broader"
HAS_ATTRIBUTE = KG + "hasAttribute"

CLASS_TYPES = frozenset({OWL + "Class", RDFS + "Class"})
CONCEPT_TYPES = CLASS_TYPES | {SKOS + "Concept"}
PROPERTY_TYPES = frozenset(
    {RDF + "Property", OWL + "AnnotationProperty", OWL + "ObjectProperty", OWL + "DatatypeProperty"}
)
NUMERIC = frozenset(
    XSD + name for name in ("decimal", "double", "float", "integer", "int", "long", "nonNegativeInteger")
)
LABELS = frozenset({LABEL, PREF_LABEL})
GLOSSES = frozenset({DEFINITION, COMMENT})
PARENTS = frozenset({SUBCLASS, BROADER})


def expand(name: str, prefixes: dict[str, str] = PREFIXES) -> str | None:
    """Return the IRI that ``prefix:local`` or an absolute IRI stands for, or None."""
    if "://" in name:
        return name.strip("<>")
    prefix, colon, local = name.partition(":")
    return prefixes[prefix] + local if colon and prefix in prefixes and local else None


def local_name(iri: str) -> str:
    """Return what follows the last ``#``, ``/`` or ``:``."""
    return iri.rstrip("/#").replace("#", "/").rsplit("/", 1)[-1].rsplit(":", 1)[-1] or iri
