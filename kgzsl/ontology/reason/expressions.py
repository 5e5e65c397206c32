"""Class expressions of RDF as an EL reasoner takes them: what it cannot read stands for a class that means nothing."""

from __future__ import annotations

from collections.abc import Iterable

from kgzsl.ontology import vocabulary as v
from kgzsl.ontology.reason.terms import Triple

OPAQUE = "opaque "
"""Begins the name of a class that stands for an expression; with its blank, no IRI does."""

_ON = v.OWL + "onProperty"
_SOME, _ONLY, _VALUE = (v.OWL + name for name in ("someValuesFrom", "allValuesFrom", "hasValue"))
_LISTED = frozenset({v.OWL + "intersectionOf", v.OWL + "unionOf"})
_AXIOMS = frozenset({v.SUBCLASS, v.EQUIVALENT, v.DISJOINT, v.TYPE})
_OF_PROPERTIES = frozenset({v.SUBPROPERTY, v.TYPE})

Said = dict[str, list[tuple[str, str]]]


def readable(triples: Iterable[Triple]) -> set[Triple]:
    """Return the axioms with every expression that is not understood as one class named ``OPAQUE``.

    As such a class may have any members, nothing follows that did not before. Lists that no intersection, union or
    chain is made of, such as those of enumerations, are left out.
    """
    given = set(triples)
    said: Said = {}
    for s, p, o in given:
        if s.startswith("_:"):
            said.setdefault(s, []).append((p, o))
    lists = {o: _cells(o, said) for _, p, o in given if p in _LISTED or p == v.CHAIN}
    for s, p, o in given:
        if p == v.CHAIN and (s.startswith("_:") or any(_first(cell, said).startswith("_:") for cell in lists[o])):
            lists[o] = []
    kept = {cell for cells in lists.values() for cell in cells}
    known = {blank for blank, parts in said.items() if _is_known(parts, lists)}

    def named(term: str) -> str:
        return term if not term.startswith("_:") or term in known or term in kept else OPAQUE + term

    return {(named(s), p, named(o)) for s, p, o in given if _is_kept(s, p, o, known, kept)}


def _is_kept(s: str, p: str, o: str, known: set[str], kept: set[str]) -> bool:
    if p in (v.FIRST, v.REST):
        return s in kept
    if p in _OF_PROPERTIES:
        return not s.startswith("_:") and not o.startswith("_:")
    if p in _LISTED or p == v.CHAIN:
        return o in kept and (s in known or not s.startswith("_:"))
    return p in _AXIOMS or s in known or not (s.startswith("_:") or p in (_ON, _SOME, _ONLY, _VALUE))


def _is_known(parts: list[tuple[str, str]], lists: dict[str, list[str]]) -> bool:
    own = dict(part for part in parts if part[0] not in _AXIOMS)
    if len(own) != sum(part[0] not in _AXIOMS for part in parts):
        return False
    if own.keys() & _LISTED:
        return len(own) == 1 and all(lists[o] for o in own.values())
    if own.keys() == {v.OWL + "complementOf"}:
        return True
    filler = own.keys() - {_ON}
    whole = len(own) == 2 and len(filler) == 1 and filler <= {_SOME, _ONLY, _VALUE}
    return whole and not own[_ON].startswith("_:") and not own.get(_VALUE, "").startswith("_:")


def _cells(head: str, said: Said) -> list[str]:
    """Return the cells of a list; none where it does not end, or ends elsewhere than in ``rdf:nil``."""
    cells: dict[str, None] = {}
    cell = head
    while cell != v.NIL:
        parts = dict(said.get(cell, ()))
        if cell in cells or v.FIRST not in parts or v.REST not in parts:
            return []
        cells[cell] = None
        cell = parts[v.REST]
    return list(cells)


def _first(cell: str, said: Said) -> str:
    return dict(said[cell])[v.FIRST]
