"""SSSOM mapping tables: names and mappings between the classes of different vocabularies."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import takewhile
from pathlib import Path
from typing import NamedTuple

from kgzsl.errors import OntologyError, suggest
from kgzsl.ontology import vocabulary as v
from kgzsl.ontology.model import Fact, Literal
from kgzsl.ontology.rows import decoded, is_iri, rows

_BUILT_IN = {
    "owl": v.OWL, "rdf": v.RDF, "rdfs": v.RDFS, "skos": v.SKOS, "xsd": v.XSD,
    "semapv": "https://w3id.org/semapv/vocab/", "sssom": "https://w3id.org/sssom/",
    "oboInOwl": v.OIO,
}  # fmt: skip
"""Prefixes that a table may use without declaring them."""
_EXACT = frozenset({v.SKOS + "exactMatch", v.EQUIVALENT, v.SAME})
_PREDICATES = {
    "skos:exactMatch", "skos:closeMatch", "skos:broadMatch", "skos:narrowMatch", "skos:relatedMatch",
    "owl:equivalentClass", "owl:sameAs", "owl:equivalentProperty", "rdfs:subClassOf", "rdfs:subPropertyOf",
    "rdfs:seeAlso", "oboInOwl:hasDbXref", "owl:differentFrom", "semapv:crossSpeciesExactMatch",
}  # fmt: skip
"""What SSSOM recommends; others are read too where their prefix is declared."""
_NEEDED = ("subject_id", "predicate_id", "object_id")
_NO_MATCH = "sssom:NoTermFound"
LARGEST_HEAD = 100_000
"""Characters of metadata that are read; YAML takes a second for some hundred thousand."""


class _Mapping(NamedTuple):
    subject: str
    predicate: str
    object: str
    labels: tuple[str, str]
    line: int


def read_sssom(path: Path, data: bytes) -> tuple[Fact, ...]:
    """Read a table of mappings (``.sssom.tsv``, ``.sssom.csv``) that begins with YAML behind ``#``.

    A row is the fact ``subject predicate object``, with the prefixes of ``curie_map``. The label it gives a side is a
    ``skos:altLabel`` of that side: a name it answers to, which never takes the place of the label that its own file
    gives it. Where the predicate says that both are the same (``skos:exactMatch``, ``owl:equivalentClass``,
    ``owl:sameAs``), it is one of the other side too. Rows that deny a mapping (``predicate_modifier``) or
    found none are no facts. Nothing is declared a class by being mapped.

    Raises:
        OntologyError: metadata that is no YAML, a missing column, or a prefix that no one declares (with its line).
    """
    file = str(path)
    text = decoded(file, data)
    head = list(takewhile(lambda line: line.startswith("#"), text.split("\n")))
    prefixes = _BUILT_IN | _curie_map(file, head)
    delimiter = "," if path.suffix.lower() == ".csv" else "\t"
    found = _mappings(file, text, len(head), delimiter, prefixes)
    return tuple(dict.fromkeys(fact for mapping in found for fact in _facts(mapping, file)))


def _curie_map(file: str, head: list[str]) -> dict[str, str]:
    import yaml

    if sum(map(len, head)) > LARGEST_HEAD:
        raise OntologyError(f"more than {LARGEST_HEAD:,} characters of metadata", file=file, line=1)
    try:
        said = yaml.safe_load("\n".join(line[1:] for line in head)) or {}
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        raise OntologyError(f"the metadata is not YAML: {getattr(error, 'problem', None) or type(error).__name__}",
                            file=file, line=min(mark.line + 1, len(head)) if mark else 1,
                            fix="its lines begin with # and are YAML behind it") from None  # fmt: skip
    found = said.get("curie_map", {}) if isinstance(said, dict) else {}
    if not isinstance(found, dict) or not all(isinstance(iri, str) and is_iri(iri) for iri in found.values()):
        line = next((k for k, text in enumerate(head, 1) if "curie_map" in text), 1)
        raise OntologyError("curie_map is not a table of prefixes and IRIs", file=file, line=line, value=found)
    return {str(prefix): iri for prefix, iri in found.items()}


def _mappings(file: str, text: str, skipped: int, delimiter: str, prefixes: dict[str, str]) -> Iterator[_Mapping]:
    """Yield the rows that state a mapping; the metadata leaves blank lines, so that line numbers are right."""
    body = "\n" * skipped + "\n".join(text.split("\n")[skipped:])
    table = rows(file, body.encode(), delimiter)
    first, header = next(table, (skipped + 1, []))
    at = {name.strip(): k for k, name in enumerate(header)}
    missing = next((name for name in _NEEDED if name not in at), None)
    if missing:
        near = suggest(missing, set(at) - set(_NEEDED))
        fix = f"did you mean '{near}'?" if near else f"a mapping needs {', '.join(_NEEDED)}"
        raise OntologyError(f"no column '{missing}'", file=file, line=first, value=header, fix=fix)
    for line, row in table:
        if len(row) != len(header):
            raise OntologyError(f"{len(row)} cells where the header has {len(header)}", file=file, line=line)
        cells = {name: row[k].strip() for name, k in at.items()}
        if cells.get("predicate_modifier") or _NO_MATCH in (cells["subject_id"], cells["object_id"]):
            continue
        subject, predicate, obj = (_iri(cells[name], name, file, line, prefixes) for name in _NEEDED)
        labels = cells.get("subject_label", ""), cells.get("object_label", "")
        yield _Mapping(subject, predicate, obj, labels, line)


def _iri(curie: str, column: str, file: str, line: int, prefixes: dict[str, str]) -> str:
    iri = v.expand(curie, prefixes)
    if iri is not None and is_iri(iri):
        return iri
    prefix, colon, local = curie.partition(":")
    if column == "predicate_id" and (not colon or prefix in prefixes):
        near = suggest(curie, _PREDICATES)
        fix = f"did you mean '{near}'?" if near else "such as skos:exactMatch"
    elif colon and prefix not in prefixes:
        near = suggest(prefix, prefixes)
        fix = f"declare '{prefix}' in curie_map" + (f", or did you mean '{near}'?" if near else "")
    else:
        fix = "a prefix of curie_map, a colon and a local name are due" if not local else "IRIs hold no such characters"
    raise OntologyError(f"{column} '{curie[:80]}' is no CURIE that curie_map resolves", file=file, line=line,
                        value=curie, fix=fix)  # fmt: skip


def _facts(mapping: _Mapping, file: str) -> Iterator[Fact]:
    subject, predicate, obj, labels, line = mapping
    yield Fact(subject, predicate, obj, file, line)
    for own, other, label in ((subject, obj, labels[0]), (obj, subject, labels[1])):
        for iri in (own, other) if predicate in _EXACT else (own,):
            if label:
                yield Fact(iri, v.ALT_LABEL, Literal(label), file, line)
