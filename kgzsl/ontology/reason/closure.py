"""Closure under the OWL 2 RL rules, by the library ``reasonable``, and under what that library leaves out.

Rules: W3C, OWL 2 Profiles, section 4.3. ``reasonable`` 0.4 gives no property chains (prp-spo2), no parents of a union
or intersection (scm-int, scm-uni) and no unsatisfiable classes; the first two are filled in here, the third is what
the profile ``el`` and ``kgzsl check`` find.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import combinations
from typing import Literal

from kgzsl.ontology import vocabulary as v
from kgzsl.ontology.model import Fact
from kgzsl.ontology.model import Literal as Text
from kgzsl.ontology.reason.terms import MEANING, Numbers, Triple

Profile = Literal["rl", "el"]

_UNION, _INTERSECTION, _DISJOINT_UNION, _ALL_DISJOINT, _MEMBERS = (
    v.OWL + name for name in ("unionOf", "intersectionOf", "disjointUnionOf", "AllDisjointClasses", "members")
)
_IGNORED = frozenset({v.OWL + "versionIRI", v.IMPORTS, v.OWL + "priorVersion", *v.REPLACEMENTS})
_DECLARED = v.CONCEPT_TYPES | {
    v.OWL + name for name in ("Thing", "Ontology", "Restriction", "AnnotationProperty", "ObjectProperty",
                              "DatatypeProperty", "NamedIndividual", "Axiom", "AllDifferent")
} | {v.RDF + "Property", v.RDF + "List", v.RDFS + "Datatype"}  # fmt: skip


def triples_of(facts: Iterable[Fact]) -> list[Triple]:
    """Return the facts that rules can work on: no literals, and no types that only declare something."""
    return [
        (s, p, str(o)) for s, p, o, *_ in facts
        if not isinstance(o, Text) and p not in _IGNORED and not (p == v.TYPE and o in _DECLARED)
    ]  # fmt: skip


def closure(triples: Iterable[Triple], profile: Profile = "rl") -> set[Triple]:
    """Return all that follows from the triples, themselves included, less what holds of everything.

    What is said of blank nodes is left out, as are ``x subClassOf x`` and ``x a owl:Thing``.

    Args:
        triples: see :func:`triples_of`.
        profile: ``el`` adds what definitions with ``some`` entail; see :mod:`kgzsl.ontology.reason.el`.

    Raises:
        OntologyError: the profile needs a library that is not installed.
    """
    known = list(triples)
    lists = _lists(known)
    known += _unions_and_intersections(known, lists)
    if profile == "el":
        from kgzsl.ontology.reason.el import subsumptions

        known += subsumptions([*known, *_disjoint(known, lists)])
    chains = [(p, lists[o][:-1]) for p, axiom, o in known if axiom == v.CHAIN and lists.get(o, [""])[-1] == v.NIL]
    given = set(known)
    while True:
        found = given | _reasoned(given)
        new = _chained(chains, found) - found
        if not new:
            break
        given |= new
    return {t for t in found if _is_telling(t)}


def _reasoned(triples: set[Triple]) -> set[Triple]:
    import reasonable

    numbers, reasoner = Numbers(), reasonable.PyReasoner()
    reasoner.from_graph(numbers.numbered(triples))
    return numbers.named(reasoner.reason())


def _is_telling(triple: Triple) -> bool:
    s, p, o = triple
    trivial = o == v.THING or s.startswith(MEANING) or (s == o and p in (v.SUBCLASS, v.EQUIVALENT, v.SUBPROPERTY))
    return not trivial and not (s.startswith("_:") or o.startswith("_:")) and not (p == v.TYPE and o in _DECLARED)


def _lists(triples: list[Triple]) -> dict[str, list[str]]:
    """Return head cell → members of every ``rdf:List``, then ``rdf:nil`` where it is whole; a circle ends."""
    first = {s: o for s, p, o in triples if p == v.FIRST}
    rest = {s: o for s, p, o in triples if p == v.REST}
    heads = first.keys() - set(rest.values())
    found = {}
    for head in heads:
        cell, members, met = head, [], set()
        while cell in first and cell not in met:
            met.add(cell)
            members.append(first[cell])
            cell = rest.get(cell, "")
        found[head] = [*members, v.NIL] if cell == v.NIL else members
    return found


def _unions_and_intersections(triples: list[Triple], lists: dict[str, list[str]]) -> list[Triple]:
    found = []
    for subject, predicate, head in triples:
        for member in lists.get(head, ()):
            if member == v.NIL:
                continue
            if predicate == _INTERSECTION:
                found.append((subject, v.SUBCLASS, member))
            elif predicate in (_UNION, _DISJOINT_UNION):
                found.append((member, v.SUBCLASS, subject))
    return found


def _disjoint(triples: list[Triple], lists: dict[str, list[str]]) -> list[Triple]:
    """Return the pairs of named members of every group of disjoint classes."""
    groups = {s for s, p, o in triples if p == v.TYPE and o == _ALL_DISJOINT}
    heads = [o for s, p, o in triples if (p == _MEMBERS and s in groups) or p == _DISJOINT_UNION]
    named = [[m for m in lists.get(head, ()) if m != v.NIL and not m.startswith("_:")] for head in heads]
    return [(one, v.DISJOINT, other) for members in named for one, other in combinations(members, 2)]


def _chained(chains: list[tuple[str, list[str]]], triples: set[Triple]) -> set[Triple]:
    found: set[Triple] = set()
    if not chains:
        return found
    wanted = {p for _, steps in chains for p in steps}
    edges: dict[str, dict[str, set[str]]] = {}
    for s, p, o in triples:
        if p in wanted:
            edges.setdefault(p, {}).setdefault(s, set()).add(o)
    for prop, steps in chains:
        for start, ends in edges.get(steps[0], {}).items():
            for step in steps[1:]:
                ends = {end for middle in ends for end in edges.get(step, {}).get(middle, ())}
            found |= {(start, prop, end) for end in ends}
    return found
