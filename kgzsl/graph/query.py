"""Read-only SPARQL over the facts of a graph: checked here, answered in a worker process that can be stopped."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from kgzsl.errors import QueryError
from kgzsl.graph import workers
from kgzsl.graph.ntriples import Triple as Plain
from kgzsl.graph.ntriples import Value
from kgzsl.graph.query_text import check_text, ends, syntax_error
from kgzsl.graph.results import Rows, Triple, Triples
from kgzsl.ontology import vocabulary as v
from kgzsl.ontology.model import Literal

if TYPE_CHECKING:
    from kgzsl.graph.classgraph import ClassGraph

TIMEOUT = 10.0
LIMIT = 100_000
_REACHING = {"ServiceGraphPattern": "SERVICE", "Load": "LOAD", "DatasetClause": "FROM"}


def run(
    graph: ClassGraph, query: str, timeout: float = TIMEOUT, inferred: bool = False, limit: int | None = LIMIT
) -> Rows | Triples | bool:
    """Check a query, run it in the worker of this graph's facts, and return what it answers.

    Raises:
        QueryError: what is refused, what cannot be parsed, and what needs more time or memory than allowed.
    """
    if not timeout > 0 or (limit is not None and limit < 0):
        raise QueryError(f"a query needs more than 0 s and no fewer than 0 rows, not {timeout:g} and {limit}")
    check_text(query)
    doubt = check_parsed(query)
    message = {"query": query, "prefixes": v.PREFIXES, "limit": 0 if doubt else limit, "ends": ends(query)}
    reply = workers.ask((graph.ontology.hash, inferred), lambda: _facts(graph, inferred), message, timeout)
    if "error" in reply:
        raise _refusal(query, reply, timeout, grammatical=doubt is None)
    if doubt:
        raise doubt
    if "truth" in reply:
        return bool(reply["truth"])
    if "triples" in reply:
        return Triples((Triple(s, p, _term(o)) for s, p, o in reply["triples"]), reply["cut"])
    return Rows(reply["columns"], ([_maybe(term) for term in row] for row in reply["rows"]), reply["cut"])


def check_parsed(query: str) -> QueryError | None:
    """Parse with rdflib too, a second pair of eyes: refuse what reaches outside, return what it cannot parse.

    Raises:
        QueryError: SERVICE, LOAD or FROM, at any depth; a query nested too deeply for it.
    """
    from rdflib.plugins.sparql.parser import parseQuery

    try:
        names = set(_names(parseQuery(query)))
    except RecursionError:
        raise QueryError("the query is nested too deeply, or one block is too long", value=query) from None
    except Exception as error:
        return QueryError(f"not a SPARQL 1.1 query: {str(error).splitlines()[0]}", value=query)
    for name, word in _REACHING.items():
        if name in names:
            raise QueryError(f"{word} is refused: a query reads this graph and nothing else", value=query)
    return None


def _names(node: Any) -> Iterator[str]:
    if hasattr(node, "name"):
        yield str(node.name)
    if isinstance(node, dict):
        for value in node.values():
            yield from _names(value)
    elif isinstance(node, (list, tuple)) or type(node).__name__ in ("ParseResults", "plist"):
        for value in node:
            yield from _names(value)


def _facts(graph: ClassGraph, inferred: bool) -> list[Plain]:
    stated: list[Plain] = [(fact[0], fact[1], fact[2]) for fact in graph.ontology]
    if inferred:
        from kgzsl.ontology.reason import entailment

        stated += [(fact[0], fact[1], fact[2]) for fact in entailment(graph.ontology).facts]
    return stated


def _refusal(query: str, reply: dict[str, Any], timeout: float, grammatical: bool) -> QueryError:
    kind, text = reply["error"], reply.get("text", "")
    narrow = "narrow it, or add LIMIT"
    if kind == "syntax":
        return syntax_error(query, reply["wrong"], text, grammatical)
    if kind == "time":
        return QueryError(f"the query was stopped after {timeout:g} s", value=query, fix=narrow)
    if kind == "memory":
        bound = f"the query was stopped: it needed more than {workers.MEMORY / 2**30:.3g} GB of memory"
        return QueryError(bound, value=query, fix=narrow)
    return QueryError(f"the query failed: {text}", value=query)


def _term(value: Any) -> Value:
    return value if isinstance(value, str) else Literal(*value)


def _maybe(value: Any) -> Value | None:
    return None if value is None else _term(value)
