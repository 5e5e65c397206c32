"""Facts whose removal is considered: those that matter most, then those nearest in the graph."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import zip_longest

from kgzsl.explain.setting import Setting
from kgzsl.graph.classgraph import ATTRIBUTE, SUBCLASS, ClassGraph, Relation
from kgzsl.semantics.attributes import AttributeSource
from kgzsl.semantics.space import ClassSpace


def bearing(space: ClassSpace) -> frozenset[str]:
    """Return the relations that classifiers can depend on: those of the recipe, parents, and attributes if read."""
    described = {ATTRIBUTE} if isinstance(space.source, AttributeSource) else set()
    return frozenset({SUBCLASS, *space.relations} | described)


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


def _facts(graph: ClassGraph, iri: str, relations: frozenset[str]) -> list[Relation]:
    """What a concept says and what is said of it: parents first, then relations, strong attributes, and children."""
    facts = [fact for fact in (*graph.out(iri), *graph.into(iri)) if fact.relation in relations]
    return sorted(facts, key=lambda fact: (fact.source != iri, fact.relation != SUBCLASS, fact.relation == ATTRIBUTE,
                                           -fact.weight, fact[:3]))  # fmt: skip
