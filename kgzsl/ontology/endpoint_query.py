"""A CONSTRUCT query as queries for one page after the other of its solutions, in a stable order."""

from __future__ import annotations

from typing import Any, NamedTuple

from kgzsl.errors import OntologyError

_VALUES = "move VALUES into WHERE { … }, or set page = 0"


class Pages(NamedTuple):
    """How to ask a query page by page.

    Args:
        query: as it was given.
        order: the clause that makes the order of solutions stable; empty where the query has its own.
        size: solutions on a page; 0 asks the query once, as it is.
    """

    query: str
    order: str
    size: int

    def at(self, offset: int) -> str:
        """Return the query for the page that begins after so many solutions."""
        return f"{self.query}\n{self.order}\nLIMIT {self.size} OFFSET {offset}" if self.size else self.query


def pages(query: str, size: int) -> Pages:
    """Return how to page this query: ordered by the variables of its template unless it orders itself.

    A query that sets a LIMIT or OFFSET of its own is asked once, as it is.

    Args:
        query: CONSTRUCT, in SPARQL 1.1.
        size: solutions on a page.

    Raises:
        OntologyError: not SPARQL, not CONSTRUCT, or without a place for a LIMIT.
    """
    algebra = _algebra(query)
    if algebra.name != "ConstructQuery":
        raise OntologyError("the query must be CONSTRUCT: an ontology is made of triples", value=query)
    pattern = algebra.p
    if not size or pattern.name == "Slice":
        return Pages(query, "", 0)
    names = _variables(algebra)
    ordered = pattern.name == "Project" and pattern.p.name == "OrderBy"
    made = Pages(query, "" if ordered or not names else f"ORDER BY {' '.join(names)}", size)
    _algebra(made.at(0), fix=_VALUES)
    return made


def _variables(algebra: Any) -> list[str]:
    """Name the variables of the template; CONSTRUCT WHERE has its pattern for one."""
    from rdflib import Variable

    terms = [term for triple in algebra.template or [algebra.p.get("PV", ())] for term in triple]
    return sorted({f"?{term}" for term in terms if isinstance(term, Variable)})


def _algebra(query: str, fix: str | None = None) -> Any:
    from rdflib.plugins.sparql.algebra import translateQuery
    from rdflib.plugins.sparql.parser import parseQuery

    try:
        return translateQuery(parseQuery(query)).algebra
    except Exception as error:  # rdflib raises whatever its grammar and its translation meet
        message = (str(error).splitlines() or [type(error).__name__])[0]
        raise OntologyError(f"the query is not SPARQL 1.1: {message}", value=query, fix=fix) from None
