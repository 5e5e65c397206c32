"""Facts whose removal is considered: those that matter most, then those nearest in the graph."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import zip_longest

from kgzsl.explain.setting import Setting
from kgzsl.graph.classgraph import ATTRIBUTE, SUBCLASS, ClassGraph, Relation
from kgzsl.semantics.space import ClassSpace

NEAR, COUSINS, FEWEST = 1 / 8, 2, 2
"""Share of all classes that near ones are within, steps up to the parents that they may share, and how few are few."""


def bearing(space: ClassSpace) -> frozenset[str]:
    """Return the relations that classifiers can depend on: those of the recipe, parents, and what vectors read."""
    return frozenset({SUBCLASS, *space.relations, *(space.read or ())})


def considered(setting: Setting, ranked: Iterable[Relation], starts: Sequence[str], most: int) -> list[Relation]:
    """Return the facts to consider: ranked ones first, filled up with those nearest to some classes.

    Args:
        setting: what is explained.
        ranked: facts in order of importance; may be empty.
        starts: IRIs of the classes that compete.
        most: how many to return.
    """
    known = {edge[:3]: None for edge in setting.graph.relations}
    found = {fact[:3]: fact for fact in ranked if fact[:3] in known}
    if len(found) < most:
        for fact in around(setting, starts):
            found.setdefault(fact[:3], fact)
            if len(found) >= most:
                break
    return list(found.values())[:most]


def around(setting: Setting, starts: Sequence[str]) -> Iterator[Relation]:
    """Yield the facts around some classes, nearest first and in turn; attributes are ends, not ways to others."""
    graph, relations = setting.graph, bearing(setting.space)
    here, reached, given = list(dict.fromkeys(starts)), set(starts), set[tuple[str, str, str]]()
    while here:
        turns = zip_longest(*(_facts(graph, iri, relations) for iri in here))
        facts = [fact for turn in turns for fact in turn if fact is not None]
        new = {fact[:3]: fact for fact in facts if fact[:3] not in given}
        given.update(new)
        yield from new.values()
        ends = dict.fromkeys(end for fact in facts for end in (fact.target, fact.source))
        here = [end for end in ends if end not in reached and graph.concepts[end].kind != "attribute"]
        reached.update(here)


def kin(graph: ClassGraph, iri: str, options: Iterable[str]) -> list[str]:
    """Return the options near a class in the hierarchy, nearest first; where these are few, the nearest of the rest.

    Near are those that share a parent or a grandparent with it, and those whose smallest common ancestor holds few of
    all classes (Resnik, "Using information content to evaluate semantic similarity in a taxonomy", IJCAI 1995, counts
    them likewise). Where two are as near, they keep their order.
    """
    shares = _shares(graph, iri)
    order = sorted(options, key=lambda option: shares.get(option, 1.0))
    near = [option for option in order if shares.get(option, 1.0) <= NEAR]
    return near if len(near) >= FEWEST else order[:FEWEST]


def _shares(graph: ClassGraph, iri: str) -> dict[str, float]:
    """Return for each class the share of all classes below the smallest ancestor it has in common with one."""
    found: dict[str, float] = {}
    above, passed, steps = [iri], {iri}, 0
    while above:
        for one in above:
            below = {one, *graph.descendants(one)}
            share = len(below) / len(graph.class_ids)
            for other in below:
                found[other] = min(found.get(other, 1.0), share if steps > COUSINS else min(share, NEAR))
        parents = dict.fromkeys(edge.target for one in above for edge in graph.out(one, SUBCLASS))
        above = [parent for parent in parents if parent not in passed]
        passed.update(above)
        steps += 1
    return found


def _facts(graph: ClassGraph, iri: str, relations: frozenset[str]) -> list[Relation]:
    """What a concept says and what is said of it: parents first, then relations, strong attributes, and children."""
    facts = [fact for fact in (*graph.out(iri), *graph.into(iri)) if fact.relation in relations]
    return sorted(facts, key=lambda fact: (fact.source != iri, fact.relation != SUBCLASS, fact.relation == ATTRIBUTE,
                                           -fact.weight, fact[:3]))  # fmt: skip
