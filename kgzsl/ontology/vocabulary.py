"""The IRIs kgzsl gives a meaning to, and the prefixes it knows without being told."""

from __future__ import annotations

RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
RDFS = "http://www.w3.org/2000/01/rdf-schema#"
OWL = "http://www.w3.org/2002/07/owl#"
SKOS = "http://www.w3.org/2004/02/skos/core#"
XSD = "http://www.w3.org/2001/XMLSchema#"
OBO = "http://purl.obolibrary.org/obo/"
OIO = "http://www.geneontology.org/formats/oboInOwl#"
KG = "https://w3id.org/kgzsl/ns#"
WN = "https://w3id.org/kgzsl/wn30/"
ATT = "https://w3id.org/kgzsl/attribute/"

PREFIXES = {
    "rdf": RDF, "rdfs": RDFS, "owl": OWL, "skos": SKOS, "xsd": XSD, "obo": OBO, "oboInOwl": OIO, "kg": KG, "wn": WN,
    "att": ATT,
}  # fmt: skip

TYPE = RDF + "type"
SUBCLASS = RDFS + "subClassOf"
SUBPROPERTY = RDFS + "subPropertyOf"
FIRST, REST, NIL = RDF + "first", RDF + "rest", RDF + "nil"
DOMAIN, RANGE = RDFS + "domain", RDFS + "range"
DISJOINT, EQUIVALENT, SAME = OWL + "disjointWith", OWL + "equivalentClass", OWL + "sameAs"
INVERSE, CHAIN = OWL + "inverseOf", OWL + "propertyChainAxiom"
SYMMETRIC, TRANSITIVE = OWL + "SymmetricProperty", OWL + "TransitiveProperty"
IMPORTS = OWL + "imports"
THING, NOTHING = OWL + "Thing", OWL + "Nothing"
LABEL, PREF_LABEL, ALT_LABEL = RDFS + "label", SKOS + "prefLabel", SKOS + "altLabel"
EXACT_SYNONYM, RELATED_SYNONYM = OIO + "hasExactSynonym", OIO + "hasRelatedSynonym"
BROAD_SYNONYM, NARROW_SYNONYM = OIO + "hasBroadSynonym", OIO + "hasNarrowSynonym"
DEFINITION, COMMENT, IAO_DEFINITION = SKOS + "definition", RDFS + "comment", OBO + "IAO_0000115"
BROADER, NARROWER, RELATED = SKOS + "broader", SKOS + "narrower", SKOS + "related"
DEPRECATED, REPLACED_BY = OWL + "deprecated", OBO + "IAO_0100001"
REPLACEMENTS = frozenset({REPLACED_BY, "http://purl.org/dc/terms/isReplacedBy"})
HAS_ATTRIBUTE = KG + "hasAttribute"

CLASS_TYPES = frozenset({OWL + "Class", RDFS + "Class"})
CONCEPT_TYPES = CLASS_TYPES | {SKOS + "Concept"}
PROPERTY_TYPES = frozenset(
    {RDF + "Property", OWL + "AnnotationProperty", OWL + "ObjectProperty", OWL + "DatatypeProperty",
     SYMMETRIC, TRANSITIVE, OWL + "FunctionalProperty", OWL + "InverseFunctionalProperty"}
)
NUMERIC = frozenset(
    XSD + name for name in ("decimal", "double", "float", "integer", "int", "long", "nonNegativeInteger")
)
LABELS = frozenset({LABEL, PREF_LABEL})
SYNONYMS = frozenset({ALT_LABEL, EXACT_SYNONYM})
NEAR_SYNONYMS = frozenset({BROAD_SYNONYM, NARROW_SYNONYM, RELATED_SYNONYM, SKOS + "hiddenLabel"})
GLOSSES = (DEFINITION, IAO_DEFINITION, COMMENT)
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
