"""Runs pySHACL in a process of its own: shapes hold patterns and queries, which may never end.

It reads facts and shapes as JSON from standard input and prints the results as JSON. It runs as a script, so that its
start loads nothing of kgzsl; shapes.py is the other end.
"""

from __future__ import annotations

import contextlib
import json
import sys
from typing import Any

SH = "http://www.w3.org/ns/shacl#"


def main() -> None:
    """Answer the one question on standard input."""
    asked = json.load(sys.stdin)
    _limit_memory(asked["memory"])
    try:
        reply: dict[str, Any] = {"results": _validated(_graph(asked["facts"]), _graph(asked["shapes"]))}
    except Exception as error:  # shapes are a user's: pySHACL meets their slips with whatever its parts raise
        reply = {"error": str(error).strip().partition("\n")[0] or type(error).__name__}
    print(json.dumps(reply))


def _validated(facts: Any, shapes: Any) -> list[dict[str, str]]:
    """Return what each result says, by the local name of the predicates; blank nodes begin with ``_:``."""
    import pyshacl
    from rdflib import RDF, URIRef

    _, report, text = pyshacl.validate(facts, shacl_graph=shapes, inference="none", advanced=False, js=False,
                                       do_owl_imports=False)  # fmt: skip
    if isinstance(report, Exception):
        raise report
    if isinstance(report, bytes):
        raise TypeError(text)
    found = report.subjects(RDF.type, URIRef(SH + "ValidationResult"))
    return [{_local(p): _text(o) for p, o in report.predicate_objects(result)} for result in found]


def _graph(triples: list[Any]) -> Any:
    import rdflib

    def term(value: Any) -> Any:
        if isinstance(value, str):
            return rdflib.BNode(value[2:]) if value.startswith("_:") else rdflib.URIRef(value)
        text, datatype, language = value
        if language:
            return rdflib.Literal(text, lang=language)
        return rdflib.Literal(text, datatype=rdflib.URIRef(datatype), normalize=False)

    graph = rdflib.Graph()
    for subject, predicate, obj in triples:
        graph.add((term(subject), rdflib.URIRef(predicate), term(obj)))
    return graph


def _local(iri: Any) -> str:
    return str(iri).rpartition("#")[2]


def _text(term: Any) -> str:
    from rdflib import BNode

    return f"_:{term}" if isinstance(term, BNode) else str(term)


def _limit_memory(most: int) -> None:
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (most, resource.getrlimit(resource.RLIMIT_AS)[1]))


if __name__ == "__main__":
    main()
