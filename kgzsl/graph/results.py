"""What a query answers: rows or triples, with their types kept for tables, JSON and RDF."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from kgzsl.errors import KgzslError
from kgzsl.graph.ntriples import Value, lines
from kgzsl.ontology import vocabulary as v
from kgzsl.ontology.model import Literal

_STRING, _LANG = v.XSD + "string", v.RDF + "langString"
_INTEGERS = frozenset(
    v.XSD + name
    for name in ("integer", "int", "long", "short", "byte", "nonNegativeInteger", "positiveInteger", "unsignedInt",
                 "nonPositiveInteger", "negativeInteger", "unsignedLong", "unsignedShort", "unsignedByte")
)  # fmt: skip


class Rows(list[dict[str, str]]):
    """Answers of SELECT: a list of rows, each the text of what its variables stand for; unbound ones are left out.

    Args:
        columns: the variables, in the order of the query.
        terms: the same rows with types: an IRI is text, a blank node text that begins with ``_:``, anything else a
            ``Literal`` (value, datatype, language), an unbound variable None.
        cut: whether there were more rows than the limit.
    """

    def __init__(self, columns: Sequence[str], terms: Iterable[Sequence[Value | None]], cut: bool = False) -> None:
        self.columns, self.terms, self.cut = tuple(columns), tuple(map(tuple, terms)), cut
        super().__init__(
            {name: _text(term) for name, term in zip(self.columns, row, strict=True) if term is not None}
            for row in self.terms
        )

    def to_csv(self) -> str:
        """Return SPARQL 1.1 CSV: plain values under a head of variables."""
        out = io.StringIO()
        writer = csv.writer(out)
        writer.writerow(self.columns)
        writer.writerows([_text(term) for term in row] for row in self.terms)
        return out.getvalue()

    def to_json(self) -> str:
        """Return SPARQL 1.1 results JSON, which tells IRIs, blank nodes, languages and datatypes apart."""
        bindings = [
            {name: _binding(term) for name, term in zip(self.columns, row, strict=True) if term is not None}
            for row in self.terms
        ]
        return json.dumps({"head": {"vars": self.columns}, "results": {"bindings": bindings}}, ensure_ascii=False)

    def to_pandas(self) -> Any:
        """Return a ``pandas.DataFrame``: numbers and truth values as such, all else as text, unbound as missing.

        Raises:
            KgzslError: pandas is not installed.
        """
        return _pandas().DataFrame([[python(term) for term in row] for row in self.terms], columns=list(self.columns))


class Triple(NamedTuple):
    """A statement that a query made; it need not stand in any file."""

    subject: str
    predicate: str
    object: Value


class Triples(list[Triple]):
    """Answers of CONSTRUCT and DESCRIBE, each once.

    Args:
        triples: subject, predicate and object, as in facts.
        cut: whether there were more triples than the limit.
    """

    def __init__(self, triples: Iterable[Triple], cut: bool = False) -> None:
        super().__init__(triples)
        self.cut = cut

    def to_ntriples(self) -> str:
        """Return one line of N-Triples a statement."""
        return "".join(line + "\n" for line in lines(self))

    def to_rdflib(self) -> Any:
        """Return an ``rdflib.Graph`` with the known prefixes bound."""
        from kgzsl.graph.faces import rdflib_graph

        return rdflib_graph(self)

    def to_rows(self) -> Rows:
        """Return the same as rows of ``subject``, ``predicate`` and ``object``."""
        return Rows(Triple._fields, self, self.cut)


def python(term: Value | None) -> str | int | float | bool | None:
    """Return a term as Python has it: numbers and truth values by their datatype, all else as text."""
    if not isinstance(term, Literal):
        return term
    kind, text = term.datatype, term.value
    try:
        if kind in _INTEGERS:
            return int(text)
        if kind in v.NUMERIC:
            return float(text)
    except ValueError:
        return text
    return text in ("true", "1") if kind == v.XSD + "boolean" else text


def _text(term: Value | None) -> str:
    return "" if term is None else term if isinstance(term, str) else term.value


def _binding(term: Value) -> dict[str, str]:
    if isinstance(term, str):
        blank = term.startswith("_:")
        return {"type": "bnode" if blank else "uri", "value": term[2:] if blank else term}
    typed = {"datatype": term.datatype} if term.datatype not in (_STRING, _LANG) else {}
    return {"type": "literal", "value": term.value} | ({"xml:lang": term.language} if term.language else typed)


def _pandas() -> Any:
    try:
        import pandas
    except ImportError:
        raise KgzslError("a data frame needs pandas", fix="pip install 'kgzsl[frames]'") from None
    return pandas
