"""What an answer and the seen classes it looks like have in common: the nearest concept that all are kinds of."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from kgzsl.explain.explanation import Contribution
from kgzsl.graph.classgraph import SUBCLASS, ClassGraph, Relation

MOST, SHARE = 3, 0.5
"""Seen classes that are named, and what each adds at least, relative to the first."""

Facts = Callable[[str], Iterable[Relation]]


class Kinship(NamedTuple):
    """A concept that all are kinds of, the facts that lead there from the answer, and those from the others."""

    iri: str
    own: tuple[Relation, ...]
    others: tuple[Relation, ...]


def most_like(contributions: Sequence[Contribution]) -> list[Contribution]:
    """Return the few seen classes that raise the score most."""
    raising = sorted((c for c in contributions if c.value > 0), key=lambda c: -c.value)
    return [c for c in raising[:MOST] if c.value >= SHARE * raising[0].value]


def kinship(iri: str, others: Sequence[str], parents: Facts) -> Kinship | None:
    """Return the nearest common ancestor: the one fewest steps from the answer, then from the others in all.

    Args:
        iri: the answer.
        others: seen classes; one of them may itself be the ancestor where it is the only one.
        parents: gives the stated subclass facts of a concept.
    """
    own, theirs = _up(iri, parents), [_up(other, parents) for other in others]
    shared = [node for node in own if node != iri and all(node in up for up in theirs)]
    if len(others) > 1:
        shared = [node for node in shared if node not in others]
    if not shared or not others:
        return None
    best = min(shared, key=lambda node: (len(own[node]), sum(len(up[node]) for up in theirs), node))
    return Kinship(best, own[best], tuple(dict.fromkeys(fact for up in theirs for fact in up[best])))


def kin(graph: ClassGraph, iri: str, contributions: Sequence[Contribution]) -> tuple[Relation, ...]:
    """Return the stated facts by which an answer and the seen classes it looks like are related; none if they are not.

    Those of the answer come first.
    """
    others = [c.iri for c in most_like(contributions)]
    found = kinship(iri, others, lambda node: graph.out(node, SUBCLASS))
    return tuple(dict.fromkeys((*found.own, *found.others))) if found else ()


def names(graph: ClassGraph, facts: Iterable[Relation]) -> tuple[tuple[str, str], ...]:
    """Return IRI and label of what these facts are about."""
    known = sorted({iri for fact in facts for iri in (fact.source, fact.target) if iri in graph})
    return tuple((iri, graph.label(iri)) for iri in known)


def of_facts(iri: str, others: Sequence[str], facts: Iterable[Relation]) -> Kinship | None:
    """Return the kinship that these facts alone show."""
    parents: dict[str, list[Relation]] = {}
    for fact in dict.fromkeys(facts):
        if fact.relation == SUBCLASS:
            parents.setdefault(fact.source, []).append(fact)
    return kinship(iri, others, lambda node: parents.get(node, ()))


def _up(iri: str, parents: Facts) -> dict[str, tuple[Relation, ...]]:
    """Return every ancestor, itself too, with the facts that lead there in the fewest steps."""
    found: dict[str, tuple[Relation, ...]] = {iri: ()}
    front = [iri]
    while front:
        new = []
        for node in front:
            for fact in parents(node):
                if fact.target not in found:
                    found[fact.target] = (*found[node], fact)
                    new.append(fact.target)
        front = new
    return found
