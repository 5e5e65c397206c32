"""Edge lists (CSV, TSV): one relation a row, with an optional weight."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from kgzsl.errors import OntologyError, suggest
from kgzsl.ontology import vocabulary as v
from kgzsl.ontology.model import Fact, Literal
from kgzsl.ontology.rows import iri_of, is_iri, number, rows

_HEADS = {"source": ("source", "subject"), "relation": ("relation", "predicate"), "target": ("target", "object")}
_WORDS = {
    "subClassOf": v.SUBCLASS, "subclassof": v.SUBCLASS, "is_a": v.SUBCLASS, "isa": v.SUBCLASS, "a": v.TYPE,
    "type": v.TYPE, "broader": v.BROADER, "narrower": v.NARROWER, "related": v.RELATED, "label": v.LABEL,
    "prefLabel": v.PREF_LABEL, "altLabel": v.ALT_LABEL, "definition": v.DEFINITION, "comment": v.COMMENT,
    "disjointWith": v.DISJOINT, "equivalentClass": v.EQUIVALENT, "sameAs": v.SAME,
}  # fmt: skip
"""Relations that have a name in RDF; any other plain word is a relation of kgzsl's own namespace."""
_TEXTS = v.LABELS | v.SYNONYMS | v.NEAR_SYNONYMS | set(v.GLOSSES)
_BOTH_CLASSES = {v.SUBCLASS, v.DISJOINT, v.EQUIVALENT}


class _Edge(NamedTuple):
    source: str
    relation: str
    target: str
    weight: str
    line: int


def read_edges(path: Path, data: bytes) -> tuple[Fact, ...]:
    """Read an edge list with the columns ``source,relation,target[,weight]`` (or subject, predicate, object).

    Both ends are IRIs or ``prefix:name``. A relation is one of them too, or a word: ``subClassOf``, ``label`` and
    the like mean what RDF says, any other word (``hasPart``) is a relation of kgzsl's namespace. The target of a
    label or gloss is text. A weight says how strongly the source has the target as an *attribute*: the relation
    ``hasAttribute`` alone takes one. Nothing need be declared: the ends of ``subClassOf``, ``disjointWith`` and
    ``equivalentClass`` and what has attributes are classes; the ends of other relations are concepts, unless a row
    ``x,type,owl:Class`` or another file makes them classes.

    Raises:
        OntologyError: a missing column, a cell that is no name, or a weight that is not due or no number.
    """
    file = str(path)
    edges = _edges(file, rows(file, data, "\t" if path.suffix.lower() == ".tsv" else ","))
    return tuple(_once([list(_facts(edge, file)) for edge in edges]))


def _once(said: list[list[Fact]]) -> Iterator[Fact]:
    """Yield what every row states, its last fact, and what rows imply but once and where none states it.

    A class has many rows and is yet described once.
    """
    told = {facts[-1][:3] for facts in said}
    for facts in said:
        for fact in facts[:-1]:
            if fact[:3] not in told:
                told.add(fact[:3])
                yield fact
        yield facts[-1]


def _edges(file: str, table: Iterator[tuple[int, list[str]]]) -> Iterator[_Edge]:
    first, header = next(table, (1, []))
    names = [name.strip().lower() for name in header]
    at = [next((names.index(n) for n in heads if n in names), -1) for heads in _HEADS.values()]
    if -1 in at:
        wanted = ["/".join(heads) for heads in _HEADS.values()]
        raise OntologyError(f"no column '{wanted[at.index(-1)]}'", file=file, line=first, value=header,
                            fix=f"the header names {', '.join(wanted)} and, if need be, weight")  # fmt: skip
    weight = names.index("weight") if "weight" in names else -1
    for line, row in table:
        if len(row) != len(header):
            raise OntologyError(f"{len(row)} cells where the header has {len(header)}", file=file, line=line)
        source, relation, target = (row[k].strip() for k in at)
        yield _Edge(source, relation, target, row[weight].strip() if weight >= 0 else "", line)


def _facts(edge: _Edge, file: str) -> Iterator[Fact]:
    source, relation = iri_of(edge.source, file, edge.line), _relation(edge, file)
    if relation in _TEXTS:
        yield Fact(source, relation, Literal(edge.target), file, edge.line)
        return
    target = iri_of(edge.target, file, edge.line)
    if relation == v.HAS_ATTRIBUTE:
        yield from _attribute(source, target, edge, file)
        return
    if edge.weight and number(edge.weight, file, edge.line) != 1:
        raise OntologyError(f"a weight on '{edge.relation}'", file=file, line=edge.line, value=edge.weight,
                            fix="only hasAttribute takes one; the weight of a relation is the recipe's")  # fmt: skip
    kind = _kind(relation)
    if kind:
        yield Fact(source, v.TYPE, kind, file, edge.line)
        yield Fact(target, v.TYPE, kind, file, edge.line)
    yield Fact(source, relation, target, file, edge.line)


def _kind(relation: str) -> str | None:
    """Return what both ends of a relation are, or None where it is about properties or declares something."""
    if relation in _BOTH_CLASSES:
        return v.OWL + "Class"
    return None if relation.startswith((v.RDF, v.RDFS, v.OWL)) else v.SKOS + "Concept"


def _attribute(source: str, target: str, edge: _Edge, file: str) -> Iterator[Fact]:
    weight = edge.weight or "1"
    number(weight, file, edge.line)
    yield Fact(source, v.TYPE, v.OWL + "Class", file, edge.line)
    yield Fact(target, v.TYPE, v.OWL + "AnnotationProperty", file, edge.line)
    yield Fact(target, v.SUBPROPERTY, v.HAS_ATTRIBUTE, file, edge.line)
    yield Fact(source, target, Literal(weight, v.XSD + "decimal"), file, edge.line)


def _relation(edge: _Edge, file: str) -> str:
    word = edge.relation
    if ":" in word:
        return iri_of(word, file, edge.line)
    if word in _WORDS:
        return _WORDS[word]
    near = suggest(word, _WORDS)
    if not word or not is_iri(word) or (near and near.lower() == word.lower()):
        raise OntologyError(f"'{word[:80]}' is no relation", file=file, line=edge.line, value=word,
                            fix=f"did you mean '{near}'?" if near else "a word, an IRI or prefix:name")  # fmt: skip
    return v.KG + word
