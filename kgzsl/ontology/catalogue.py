"""What reads what: files by their names and beginnings, addresses by their schemes."""

from __future__ import annotations

from typing import NamedTuple


class Reader(NamedTuple):
    """One entry of the catalogue.

    Args:
        function: dotted; takes (path, data) and returns the facts.
        suffixes: ends of file names that it answers to, in lower case.
        sniff: what the beginning of a file must match where several readers share a suffix; the reader
            without one takes what is left.
        beside: files of the same folder that belong to it, without which it is not read.
        live: what it reads changes without the file changing, so that it is asked again at every reading.
        alone: such a file is read when it is named itself and passed over in a folder, as most are something else.
    """

    function: str
    suffixes: tuple[str, ...]
    sniff: bytes | None = None
    beside: tuple[str, ...] = ()
    live: bool = False
    alone: bool = False


OWL_NOT_RDF = (
    rb"\A(?:\xef\xbb\xbf)?(?:\s*#[^\n]*\n)*\s*(?:Prefix\s*\(|Ontology\s*\(|Prefix:|Ontology:)"
    rb"|<Ontology\b[^>]*xmlns=[\"']http://www\.w3\.org/2002/07/owl#[\"']"
)

READERS: dict[str, Reader] = {
    "conceptnet": Reader("kgzsl.ontology.conceptnet.read_conceptnet", ("edges.csv",), rb"\A\W*start_id\b",
                         ("nodes.csv", "relations.csv")),
    "sssom": Reader("kgzsl.ontology.sssom.read_sssom", (".sssom.tsv", ".sssom.csv", ".tsv"),
                    rb"(?m)^subject_id[\t,]|^#\s*(?:curie_map|mapping_set_id)\b"),
    "edges": Reader("kgzsl.ontology.edges.read_edges", (".csv", ".tsv"),
                    rb"(?i)\A(?!\W*class\b)(?=[^\n]*\b(?:source|subject)\b)[^\n]*\b(?:target|object)\b"),
    "table": Reader("kgzsl.ontology.table.read_table", (".csv", ".tsv")),
    "parquet": Reader("kgzsl.ontology.table.read_parquet", (".parquet",), alone=True),
    "matlab": Reader("kgzsl.ontology.matlab.read_matlab", (".mat",), alone=True),
    "obo": Reader("kgzsl.ontology.obo.read_obo", (".obo",)),
    "owl": Reader("kgzsl.ontology.functional.read_owl", (".ofn", ".owx", ".omn")),
    "owl-sniffed": Reader("kgzsl.ontology.functional.read_owl", (".owl", ".xml"), OWL_NOT_RDF),
    "json": Reader("kgzsl.ontology.rdf.read_rdf", (".json",), rb'"@context"', alone=True),
    "wndb": Reader("kgzsl.ontology.wndb.read_dictionary", (".noun",)),
    "lmf": Reader("kgzsl.ontology.lmf.read_lmf", (".xml",), sniff=rb"<LexicalResource\b|WN-LMF-"),
    "endpoint": Reader("kgzsl.ontology.endpoint.read_description", (".endpoint.toml",), live=True),
    "rdf": Reader(
        "kgzsl.ontology.rdf.read_rdf",
        (".ttl", ".nt", ".rdf", ".owl", ".xml", ".trig", ".nq", ".jsonld"),
    ),
}
"""Catalogue of what reads files; where two share a suffix, the first whose ``sniff`` matches."""


class Address(NamedTuple):
    """What reads a thing that is no file.

    Args:
        function: dotted; takes the address without its scheme and returns the facts.
        stamp: dotted; takes the same and tells at little cost what differs after a change; empty where only a
            new reading tells.
    """

    function: str
    stamp: str = ""


ADDRESSES: dict[str, Address] = {
    "sparql": Address("kgzsl.ontology.endpoint.read_address"),
    "wn": Address("kgzsl.ontology.wordnets.read_wn", "kgzsl.ontology.wordnets.stamp_wn"),
    "nltk": Address("kgzsl.ontology.wordnets.read_nltk", "kgzsl.ontology.wordnets.stamp_nltk"),
}
"""Catalogue of the schemes of addresses."""

FOLDERS: dict[str, tuple[str, ...]] = {"data.noun": (), "edges.csv": ("nodes.csv", "relations.csv")}
"""Files whose presence, with those that belong to them, makes a folder one source, read through that file."""

HEAD = 4096
"""Bytes of a file's beginning that a reader may be chosen by."""
