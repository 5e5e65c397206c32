"""IRIs for the identifiers of OBO: URLs, ``prefix:local``, and bare words that a typedef's xref may define."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote

from kgzsl.ontology import vocabulary as v

_PREFIXES = {key: iri for key, iri in v.PREFIXES.items() if key != "obo"} | {
    "dc": "http://purl.org/dc/elements/1.1/", "dcterms": "http://purl.org/dc/terms/",
}  # fmt: skip
"""Prefixes that mean what they mean everywhere, unless an ``idspace`` says otherwise."""
_RELATION_ONTOLOGIES = ("BFO", "RO")
_NO_IRI = re.compile(r'[\x00-\x20<>"{}|^`\\\x7f-\x9f]')


class Identifiers:
    """Resolves the identifiers of one document.

    Args:
        document: as fastobo parsed it.
        name: of the ontology, where its header gives none; ids without a prefix are minted under it.
    """

    def __init__(self, document: Any, name: str) -> None:
        named = next((c.ontology for c in document.header if c.raw_tag() == "ontology"), name)
        self._base = named if "://" in named else v.OBO + safe(named.removesuffix(".owl"))
        self.ontology = self._base if "://" in named else self._base + ".owl"
        self._spaces = _PREFIXES | {c.prefix: str(c.url) for c in document.header if c.raw_tag() == "idspace"}
        typedefs = [frame for frame in document if type(frame).__name__ == "TypedefFrame"]
        self.shorthand = {str(frame.id): known for frame in typedefs if (known := _known_relation(frame))}
        self.notes = {self(frame.id) for frame in typedefs if _is_annotation(frame)}
        """IRIs of the typedefs that are annotation properties."""

    def __call__(self, ident: Any) -> str:
        """Return the IRI of an identifier."""
        ident = self.shorthand.get(str(ident), ident)
        kind = type(ident).__name__
        if kind == "Url":
            return str(ident)
        if kind == "PrefixedIdent":
            space: str = self._spaces.get(ident.prefix, f"{v.OBO}{safe(ident.prefix)}_")
            return space + safe(ident.local)
        return f"{self._base}#{safe(ident.unescaped)}"

    def parsed(self, text: str) -> str:
        """Return the IRI of an identifier that is still text, as in qualifiers."""
        import fastobo

        return self(fastobo.id.parse(text))


def imported(reference: str) -> str:
    """Return the IRI of the ontology that an ``import`` clause names."""
    if "://" in reference:
        return reference
    return v.OBO + safe(reference) + ("" if reference.endswith((".owl", ".obo")) else ".owl")


def safe(text: str) -> str:
    """Percent-encode what no IRI may hold."""
    return _NO_IRI.sub(lambda found: quote(found[0]), text)


def _known_relation(typedef: Any) -> Any:
    """Return the id in a relation ontology that a typedef with a bare word for an id has as its xref, if any."""
    if type(typedef.id).__name__ != "UnprefixedIdent":
        return None
    xrefs = [c.xref.id for c in typedef if c.raw_tag() == "xref" and type(c.xref.id).__name__ == "PrefixedIdent"]
    return min(xrefs, key=lambda ident: ident.prefix not in _RELATION_ONTOLOGIES, default=None)


def _is_annotation(typedef: Any) -> bool:
    return any(c.raw_tag() in ("is_metadata_tag", "is_class_level") and c.raw_value() == "true" for c in typedef)
