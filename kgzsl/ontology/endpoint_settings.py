"""What to ask of a SPARQL endpoint, and how patiently: an address or a small TOML file, checked."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from kgzsl.errors import OntologyError, suggest
from kgzsl.ontology.endpoint_query import pages
from kgzsl.ontology.toml import TomlError, parse_toml

EVERYTHING = "CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o }"
_NO_IRI = re.compile(r'[\x00-\x20<>"{}|\\^`]')


@dataclass(frozen=True)
class Endpoint:
    """What to ask of which server, and how patiently.

    Args:
        url: of the endpoint, http or https.
        query: a CONSTRUCT query; None asks for every triple.
        graph: IRI of the named graph to read where there is no query; None is the server's default graph.
        page: solutions that one request asks for; 0 asks for all of them in one request.
        timeout: seconds for the whole reading, retries and waiting included.
        retries: how often one request is tried again when the server is busy, fails or is silent.
        token_env: name of the environment variable that holds a bearer token; empty sends none.
        max_facts: more facts than that are refused.
    """

    url: str
    query: str | None = None
    graph: str | None = None
    page: int = 10_000
    timeout: float = 60.0
    retries: int = 3
    token_env: str = ""
    max_facts: int = 1_000_000


_TEXT, _WHOLE, _NUMBER = (str,), (int,), (int, float)
_KINDS: dict[str, tuple[type, ...]] = {
    "url": _TEXT, "query": _TEXT, "graph": _TEXT, "page": _WHOLE, "timeout": _NUMBER, "retries": _WHOLE,
    "token_env": _TEXT, "max_facts": _WHOLE,
}  # fmt: skip
_NAMES = {_TEXT: "text", _WHOLE: "a whole number that is not negative", _NUMBER: "a number that is not negative"}


def from_toml(file: str, data: bytes) -> tuple[Endpoint, int]:
    """Return the endpoint that a file describes, and the line of its address.

    Raises:
        OntologyError: not UTF-8 or not TOML (with its line), an unknown key, or a wrong value.
    """
    try:
        values, text = parse_toml(data)
    except TomlError as error:
        raise OntologyError(str(error), file=file, line=error.line) from None
    return checked(values, file, text), _line(text, "url")


def checked(values: dict[str, Any], file: str, text: str = "") -> Endpoint:
    """Return the endpoint of these values.

    Args:
        values: of the fields of ``Endpoint``.
        file: that errors name.
        text: the TOML in which errors find their line; empty where there is none.

    Raises:
        OntologyError: an unknown key, a value of the wrong kind, no address, one that carries a password, or a query
            that cannot be asked.
    """
    for key, value in values.items():
        _check(key, value, file, _line(text, key) or None)
    url, graph = values.get("url", ""), values.get("graph")
    if not url:
        raise OntologyError("no 'url' of a SPARQL endpoint", file=file, line=1 if text else None)
    _check_url(url, file, _line(text, "url") or None)
    if graph and (_NO_IRI.search(graph) or ":" not in graph):
        raise OntologyError("the graph is no IRI", file=file, line=_line(text, "graph") or None, value=graph)
    endpoint = Endpoint(**values)
    try:
        pages(endpoint.query or EVERYTHING, endpoint.page)
    except OntologyError as error:
        error.file, error.line = file, _line(text, "query") or None
        raise
    return endpoint


def _check(key: str, value: object, file: str, line: int | None) -> None:
    if key not in _KINDS:
        near = suggest(key, _KINDS)
        raise OntologyError(f"unknown key '{key}'", file=file, line=line, value=key,
                            fix=f"did you mean '{near}'?" if near else f"known are {', '.join(_KINDS)}")  # fmt: skip
    right = isinstance(value, _KINDS[key]) and not isinstance(value, bool)
    if not right or (isinstance(value, (int, float)) and not 0 <= value < float("inf")):
        raise OntologyError(f"'{key}' is {value!r}", file=file, line=line, value=value,
                            fix=f"give {_NAMES[_KINDS[key]]}")  # fmt: skip


def _check_url(url: str, file: str, line: int | None) -> None:
    try:
        parts = urlsplit(url)
        host, secret, _ = parts.hostname, parts.username or parts.password, parts.port
    except ValueError:
        parts, host, secret = urlsplit(""), None, None
    if secret:
        raise OntologyError("refuses a name or password within the address", file=_hidden(file), line=line,
                            fix="name an environment variable as token_env in an .endpoint.toml file")  # fmt: skip
    if parts.scheme not in ("http", "https") or not host or _NO_IRI.search(url):
        raise OntologyError(f"'{url}' is no address of a SPARQL endpoint", file=file, line=line, value=url,
                            fix="it begins with http:// or https://")  # fmt: skip


def _hidden(file: str) -> str:
    return re.sub(r"//[^/]*@", "//…@", file)


def _line(text: str, key: str) -> int:
    """Return the line on which this key is set; 0 where there is no text."""
    for number, row in enumerate(text.splitlines(), 1):
        if re.match(rf"\s*\[*\s*[\"']?{re.escape(key)}[\"']?\s*[=.\]]", row):
            return number
    return 1 if text else 0
