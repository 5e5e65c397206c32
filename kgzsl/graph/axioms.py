"""OWL class axioms → edges and constraints: what a restriction, a union or an intersection says of named classes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import combinations
from typing import NamedTuple

from kgzsl.errors import OntologyError
from kgzsl.graph.classgraph import ATTRIBUTE, DISJOINT, SUBCLASS, Constraint, Relation
from kgzsl.ontology import vocabulary as v
from kgzsl.ontology.model import Fact, Literal, Ontology

MOST_DISJOINT = 1000
"""Members of one AllDisjointClasses: every pair becomes an edge."""

_FILLERS = (v.OWL + "someValuesFrom", v.OWL + "hasValue")
_ONLY = v.OWL + "allValuesFrom"
_COUNTS = {
    v.OWL + name: kind
    for kind in ("min", "max", "exactly")
    for name in ((f"{kind}Cardinality", f"{kind}QualifiedCardinality") if kind != "exactly"
                 else ("cardinality", "qualifiedCardinality"))
}  # fmt: skip
_DISJOINT_UNION = v.OWL + "disjointUnionOf"
_UNION, _INTERSECTION, _COMPLEMENT = (v.OWL + name for name in ("unionOf", "intersectionOf", "complementOf"))

DIRECT = frozenset({_UNION, _INTERSECTION, _COMPLEMENT})
"""Predicates of expressions, which OWL 1 allows to say of a named class what it is equivalent to."""
_EXPRESSIONS = frozenset({_UNION, _INTERSECTION, _COMPLEMENT, _DISJOINT_UNION, v.OWL + "onProperty", v.OWL + "members",
                          v.FIRST})  # fmt: skip

Said = Mapping[str, list[Fact]]
Found = Relation | Constraint


class Names(NamedTuple):
    """How relations are called, and which predicates are attributes."""

    relations: Mapping[str, str]
    attributes: frozenset[str]

    def relation(self, predicate: str) -> str:
        """Return the name of the edges that a predicate makes."""
        return self.relations.get(predicate) or v.local_name(predicate)


def blank_facts(ontology: Ontology) -> dict[str, list[Fact]]:
    """Return what is said of each blank node, ``rdf:List`` cells included; nothing where no expression is stated."""
    said: dict[str, list[Fact]] = {}
    if not ontology.says(_EXPRESSIONS):
        return said
    for fact in ontology:
        if fact[0].startswith("_:"):
            said.setdefault(fact[0], []).append(fact)
    return said


def above(subject: str, fact: Fact, said: Said, names: Names) -> Iterator[Found]:
    """Yield what ``subject ⊑ fact.object`` says: parents, relations, constraints; what has no edge is left out."""
    for at, parts in _reached(fact, _INTERSECTION, said):
        if parts is None:
            yield Relation(subject, SUBCLASS, str(at.object), 1.0, at.file, at.line)
            continue
        for one in parts.get(_COMPLEMENT, ()):
            if _is_named(one.object):
                yield Relation(subject, DISJOINT, str(one.object), 1.0, one.file, one.line)
        yield from _restriction(subject, parts, said, names)


def below(subject: str, fact: Fact, said: Said) -> Iterator[Relation]:
    """Yield what ``fact.object ⊑ subject`` says of named classes: the members of a union lie below."""
    for at, parts in _reached(fact, _UNION, said):
        if parts is None:
            yield Relation(str(at.object), SUBCLASS, subject, 1.0, at.file, at.line)


def direct(fact: Fact, said: Said, names: Names) -> Iterator[Found]:
    """Yield what a named class says that states its own expression, without ``owl:equivalentClass``."""
    if fact.predicate == _COMPLEMENT:
        if _is_named(fact.object):
            yield Relation(fact.subject, DISJOINT, str(fact.object), 1.0, fact.file, fact.line)
        return
    for member in _members([fact], said):
        if fact.predicate == _INTERSECTION:
            yield from above(fact.subject, member, said, names)
        else:
            yield from below(fact.subject, member, said)


def _reached(fact: Fact, through: str, said: Said) -> Iterator[tuple[Fact, dict[str, list[Fact]] | None]]:
    """Yield the facts that name the object of a fact and, through lists, its members; with the parts of a blank one."""
    todo, met = [fact], set()
    while todo:
        at = todo.pop()
        if isinstance(at.object, str) and at.object not in met:
            met.add(at.object)
            parts = None if _is_named(at.object) else _by_predicate(said.get(at.object, ()))
            yield at, parts
            todo += _members((parts or {}).get(through), said)


def disjoint(ontology: Ontology, said: Said) -> Iterator[Relation]:
    """Yield the pairs of every AllDisjointClasses, and pairs and parents of every disjointUnionOf.

    Raises:
        OntologyError: a group with too many members.
    """
    for fact in ontology:
        if fact.predicate == _DISJOINT_UNION:
            members = [m for m in _members([fact], said) if _is_named(m.object)]
            yield from (Relation(str(m.object), SUBCLASS, fact.subject, 1.0, m.file, m.line) for m in members)
            yield from _pairs(members, fact)
        elif fact.predicate == v.OWL + "members" and any(
            f.predicate == v.TYPE and f.object == v.OWL + "AllDisjointClasses" for f in said.get(fact.subject, ())
        ):
            yield from _pairs([m for m in _members([fact], said) if _is_named(m.object)], fact)


def _pairs(members: list[Fact], at: Fact) -> Iterator[Relation]:
    if len(members) > MOST_DISJOINT:
        raise OntologyError(f"{len(members)} classes are stated disjoint in one group, more than {MOST_DISJOINT}",
                            file=at.file, line=at.line, fix="state it of the classes above them")  # fmt: skip
    for one, other in combinations(members, 2):
        yield Relation(str(one.object), DISJOINT, str(other.object), 1.0, other.file, other.line)


def _restriction(subject: str, parts: dict[str, list[Fact]], said: Said, names: Names) -> Iterator[Found]:
    on = next((f.object for f in parts.get(v.OWL + "onProperty", ()) if _is_named(f.object)), None)
    if on is None:
        return
    relation = names.relation(str(on))
    for predicate in _FILLERS:
        for filler in parts.get(predicate, ()):
            if isinstance(filler.object, Literal):
                if on in names.attributes:
                    yield Relation(subject, ATTRIBUTE, str(on), strength(filler, str(on)), filler.file, filler.line)
            else:
                for target, at in _named(filler, said):
                    yield Relation(subject, relation, target, 1.0, at.file, at.line)
    for only in parts.get(_ONLY, ()):
        for target, at in _named(only, said, _UNION):
            yield Constraint(subject, relation, "only", target, None, at.file, at.line)
    yield from _counted(subject, relation, parts, said)


def _counted(subject: str, relation: str, parts: dict[str, list[Fact]], said: Said) -> Iterator[Constraint]:
    fillers = parts.get(v.OWL + "onClass", ())
    targets = [target for filler in fillers for target, _ in _named(filler, said)] or [v.THING]
    for predicate, kind in _COUNTS.items():
        for count in parts.get(predicate, ()):
            if isinstance(count.object, Literal) and count.object.value.isdecimal():
                number = int(count.object.value)
                yield from (Constraint(subject, relation, kind, t, number, count.file, count.line) for t in targets)


def _named(filler: Fact, said: Said, through: str = _INTERSECTION) -> Iterator[tuple[str, Fact]]:
    """Yield the named classes of a filler: itself, or the members of an intersection (or of a union, for ``only``)."""
    if _is_named(filler.object):
        yield str(filler.object), filler
    elif isinstance(filler.object, str):
        parts = _by_predicate(said.get(filler.object, ()))
        for member in _members(parts.get(through), said):
            if _is_named(member.object):
                yield str(member.object), member


def _members(heads: list[Fact] | None, said: Said) -> Iterator[Fact]:
    """Yield the ``rdf:first`` facts of lists; a list that runs into itself ends there."""
    for head in heads or ():
        cell, met = head.object, set()
        while isinstance(cell, str) and cell != v.NIL and cell not in met:
            met.add(cell)
            parts = _by_predicate(said.get(cell, ()))
            yield from parts.get(v.FIRST, ())
            cell = next((fact.object for fact in parts.get(v.REST, ())), v.NIL)


def _by_predicate(facts: list[Fact] | tuple[()]) -> dict[str, list[Fact]]:
    parts: dict[str, list[Fact]] = {}
    for fact in facts:
        parts.setdefault(fact.predicate, []).append(fact)
    return parts


def _is_named(term: object) -> bool:
    return isinstance(term, str) and not term.startswith("_:")


def strength(fact: Fact, attribute: str) -> float:
    """Return the strength that a fact gives to an attribute.

    Raises:
        OntologyError: no number, with file and line.
    """
    value = fact.object.value if isinstance(fact.object, Literal) else fact.object
    if value in ("true", "false"):
        return float(value == "true")
    try:
        return float(value)
    except ValueError:
        raise OntologyError(
            f"'{value}' is not a number: the attribute '{v.local_name(attribute)}' of "
            f"'{v.local_name(fact.subject)}' needs one between 0 and 1",
            file=fact.file, line=fact.line, value=value,
        ) from None  # fmt: skip
