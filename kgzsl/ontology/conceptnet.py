"""ConceptNet as tables: nodes.csv, relations.csv and edges.csv, in which edges name both by their row number."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from kgzsl.errors import MissingFileError, OntologyError
from kgzsl.ontology import vocabulary as v
from kgzsl.ontology.model import Fact, Literal
from kgzsl.ontology.rows import is_iri, rows

NAMESPACE = "http://conceptnet.io"
BESIDE = ("nodes.csv", "relations.csv")
_HEADER = ["start_id", "relation_id", "end_id"]
_IS_A = "/r/IsA"
_NODE = re.compile(r"/c/(?P<language>[a-z]{2,3}(?:-[A-Za-z]+)?)/(?P<word>[^/]+)")
_Edge = tuple[int, int, int, int]
"""Start, relation, end (row numbers) and line."""
_SYMMETRIC = (v.OWL + "ObjectProperty", v.SYMMETRIC)


class _Uri(NamedTuple):
    uri: str
    directed: bool
    line: int


def read_conceptnet(path: Path, data: bytes) -> tuple[Fact, ...]:
    """Read edges.csv (``start_id,relation_id,end_id``) with the nodes.csv and relations.csv beside it.

    The ids are row numbers of those files, counted from 0, not what their ``id`` column says. A node is
    ``http://conceptnet.io/c/en/horse``: a SKOS concept whose label, in its language, is its word. ``/r/IsA`` is
    ``skos:broader`` (whether that makes subclasses is for the recipe to say), every other relation keeps its
    ConceptNet IRI and is symmetric where relations.csv calls it undirected. A fact about a node or relation
    stands in the file and line that describe it. A node that no edge names is not read.

    Raises:
        MissingFileError: one of the files beside it is missing.
        OntologyError: a row number that no row has, or text that is none (with file and line).
    """
    nodes, relations = (_uris(path.with_name(name)) for name in BESIDE)
    edges = list(_edges(str(path), data, len(nodes), len(relations)))
    used = {k for start, _, end, _ in edges for k in (start, end)}
    return (
        *_about_nodes(str(path.with_name(BESIDE[0])), nodes, used),
        *_about_relations(str(path.with_name(BESIDE[1])), relations, {edge[1] for edge in edges}),
        *_links(str(path), edges, nodes, relations),
    )


def _uris(path: Path) -> list[_Uri]:
    if not path.is_file():
        raise MissingFileError("ConceptNet's edges.csv cannot be read without it", file=str(path))
    file = str(path)
    table = rows(file, path.read_bytes())
    first, header = next(table, (1, []))
    if "uri" not in header:
        raise OntologyError("no column 'uri'", file=file, line=first, value=header)
    at, way = header.index("uri"), header.index("directed") if "directed" in header else None
    found = []
    for line, row in table:
        uri = row[at].strip() if at < len(row) else ""
        if not uri.startswith("/") or not is_iri(uri):
            raise OntologyError(f"'{uri[:80]}' is no ConceptNet URI", file=file, line=line, value=uri,
                                fix="it begins with /c/ or /r/")  # fmt: skip
        found.append(_Uri(uri, way is None or way >= len(row) or row[way].strip() != "0", line))
    return found


def _edges(file: str, data: bytes, nodes: int, relations: int) -> Iterator[_Edge]:
    table = rows(file, data)
    first, header = next(table, (1, []))
    if [name.strip() for name in header[:3]] != _HEADER:
        raise OntologyError("not ConceptNet's edges.csv", file=file, line=first, value=header,
                            fix=f"its header is {','.join(_HEADER)}")  # fmt: skip
    for line, row in table:
        start, relation, end = (
            _index(cell, limit, beside, file, line)
            for cell, limit, beside in zip((row + [""] * 3)[:3], (nodes, relations, nodes),
                                           (BESIDE[0], BESIDE[1], BESIDE[0]), strict=True)
        )  # fmt: skip
        yield start, relation, end, line


def _index(cell: str, limit: int, beside: str, file: str, line: int) -> int:
    if not cell.strip().isdecimal() or len(cell) > 18:
        raise OntologyError(f"'{cell[:80]}' is not a row number", file=file, line=line, value=cell)
    if int(cell) >= limit:
        raise OntologyError(f"row {cell.strip()} of {beside} does not exist: it has {limit} rows", file=file, line=line,
                            value=int(cell), fix="rows count from 0, and the header does not count")  # fmt: skip
    return int(cell)


def _about_nodes(file: str, nodes: list[_Uri], used: set[int]) -> Iterator[Fact]:
    for k in sorted(used):
        node = nodes[k]
        yield Fact(NAMESPACE + node.uri, v.TYPE, v.SKOS + "Concept", file, node.line)
        found = _NODE.match(node.uri)
        if found:
            label = Literal(found["word"].replace("_", " "), v.RDF + "langString", found["language"])
            yield Fact(NAMESPACE + node.uri, v.PREF_LABEL, label, file, node.line)


def _about_relations(file: str, relations: list[_Uri], used: set[int]) -> Iterator[Fact]:
    for k in sorted(used):
        relation = relations[k]
        if relation.uri != _IS_A:
            for kind in _SYMMETRIC[: 1 if relation.directed else 2]:
                yield Fact(NAMESPACE + relation.uri, v.TYPE, kind, file, relation.line)


def _links(file: str, edges: list[_Edge], nodes: list[_Uri], relations: list[_Uri]) -> Iterator[Fact]:
    for start, relation, end, line in edges:
        uri = relations[relation].uri
        predicate = v.BROADER if uri == _IS_A else NAMESPACE + uri
        yield Fact(NAMESPACE + nodes[start].uri, predicate, NAMESPACE + nodes[end].uri, file, line)
