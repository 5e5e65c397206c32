"""Terms numbered for reasoners: they take no blank nodes as text, and some die of an IRI that is none."""

from __future__ import annotations

from collections.abc import Iterable

from kgzsl.ontology import vocabulary as v

Triple = tuple[str, str, str]
MEANING = (v.RDF, v.RDFS, v.OWL)
"""Namespaces whose terms mean something to a reasoner."""


class Numbers:
    """One-to-one names for terms, those of OWL and RDFS excepted.

    Args:
        blank: how the names of blank nodes begin.
    """

    def __init__(self, blank: str = "urn:n:") -> None:
        self._numbers: dict[str, str] = {}
        self._blank = blank

    def numbered(self, triples: Iterable[Triple]) -> list[Triple]:
        """Return the triples with numbers for terms, in a fixed order."""
        return [(self._number(s), self._number(p), self._number(o)) for s, p, o in sorted(triples)]

    def named(self, triples: Iterable[tuple[object, object, object]]) -> set[Triple]:
        """Return triples of numbers, as a reasoner gives them, with their terms."""
        terms = {number: term for term, number in self._numbers.items()}

        def term(number: object) -> str:
            return terms.get(str(number), str(number))

        return {(term(s), term(p), term(o)) for s, p, o in triples}

    def _number(self, term: str) -> str:
        if term.startswith(MEANING):
            return term
        start = self._blank if term.startswith("_:") else "urn:n:"
        return self._numbers.setdefault(term, f"{start}{len(self._numbers)}")
