"""Remote SPARQL endpoints as ontologies, asked page by page."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from kgzsl.errors import OntologyError
from kgzsl.ontology.endpoint_http import Session
from kgzsl.ontology.endpoint_query import pages
from kgzsl.ontology.endpoint_settings import EVERYTHING, Endpoint, checked, from_toml
from kgzsl.ontology.model import Document, Fact, Literal, Ontology
from kgzsl.ontology.rdf import read_rdf

_GRAPH = "CONSTRUCT {{ ?s ?p ?o }} WHERE {{ GRAPH <{}> {{ ?s ?p ?o }} }}"
_Triple = tuple[str, str, str | Literal]


def read_endpoint(url: str, **options: Any) -> Ontology:
    """Read a SPARQL endpoint.

    Args:
        url: of the endpoint, http or https.
        **options: the other fields of ``Endpoint``.

    Raises:
        OntologyError: unreachable, out of time, refused by the server (with its words), no RDF, or too much of it.
    """
    name = f"sparql:{url}"
    endpoint = checked({"url": url} | {key: value for key, value in options.items() if value is not None}, name)
    return Ontology((Document(name, _facts(endpoint, url, 0), "", "sparql"),))


def read_address(url: str) -> tuple[Fact, ...]:
    """Read all of an endpoint's default graph; each fact has the endpoint for its file, and no line."""
    return _facts(checked({"url": url}, f"sparql:{url}"), url, 0)


def read_description(path: Path, data: bytes) -> tuple[Fact, ...]:
    """Read the endpoint that a TOML file describes; each fact stands where its ``url`` does.

    Args:
        path: names the file, ``….endpoint.toml``.
        data: its content; its keys are the fields of ``Endpoint``.

    Raises:
        OntologyError: not TOML (with its line), an unknown key, a wrong value; or as ``read_endpoint``.
    """
    endpoint, line = from_toml(str(path), data)
    return _facts(endpoint, str(path), line)


def _facts(endpoint: Endpoint, file: str, line: int) -> tuple[Fact, ...]:
    try:
        with Session(endpoint.url, endpoint.timeout, endpoint.retries, _token(endpoint)) as session:
            triples = _triples(session, endpoint)
    except OntologyError as error:
        error.file, error.line = file, line or None
        raise
    return tuple(Fact(s, p, o, file, line) for s, p, o in triples)


def _token(endpoint: Endpoint) -> str | None:
    if not endpoint.token_env:
        return None
    token = os.environ.get(endpoint.token_env)
    if not token or not token.isascii() or not token.isprintable():
        wrong = "holds signs that no header takes" if token else "is not set"
        raise OntologyError(f"the environment variable '{endpoint.token_env}' {wrong}", value=endpoint.token_env,
                            fix="it is to hold the endpoint's token")  # fmt: skip
    return token


def _triples(session: Session, endpoint: Endpoint) -> dict[_Triple, None]:
    """Ask until a page is empty, as an answer to CONSTRUCT does not tell how many solutions made it.

    Of the query for everything a solution is one triple at most, so it goes on after the triples received, and a
    server that caps its answers below a page loses none.
    """
    all_of_it = _GRAPH.format(endpoint.graph) if endpoint.graph else EVERYTHING
    plan = pages(endpoint.query or all_of_it, endpoint.page)
    found: dict[_Triple, None] = {}
    offset, blank = 0, False
    while triples := _parsed(*session.ask(plan.at(offset))):
        blank = blank or any(_is_blank(s) or _is_blank(o) for s, _, o in triples)
        if blank and offset:
            raise OntologyError(
                f"blank nodes in an answer of more than one page of {plan.size} cannot be told to be the same",
                fix="set page = 0 to get all in one request, or ask a query that gives none",
            )  # fmt: skip
        found.update(dict.fromkeys(triples))
        if len(found) > endpoint.max_facts:
            raise OntologyError(f"more than {endpoint.max_facts:,} facts", value=len(found),
                                fix="narrow the query or the graph, or raise max_facts")  # fmt: skip
        if not plan.size:
            break
        offset += plan.size if endpoint.query else len(triples)
    return found


def _is_blank(term: str | Literal) -> bool:
    return isinstance(term, str) and term.startswith("_:")


def _parsed(suffix: str, body: bytes) -> list[_Triple]:
    try:
        facts = read_rdf(Path(f"answer{suffix}"), body) if body.strip() else ()
    except OntologyError as error:
        raise OntologyError(f"the answer is not well-formed: {error.message}") from None
    return [(fact.subject, fact.predicate, fact.object) for fact in facts]
