"""The facts that every method ranks: those within reach of the two classes of a margin."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

import numpy as np

from kgzsl.errors import KgzslError, LearnerError
from kgzsl.explain.setting import Setting
from kgzsl.graph.classgraph import ATTRIBUTE, SUBCLASS, ClassGraph, Relation
from kgzsl.propagation.operators import LEVELS

HOPS, MOST = 2, 30
CHANGED = 1e-6
Key = tuple[str, str, str]


def relations_with_a_part(setting: Setting) -> tuple[str, ...]:
    """Return the relations without whose facts some propagated classifier would be another, sorted.

    Found by leaving out all facts of each relation that can take part: those of the recipe, the hierarchy that
    descriptions are inherited along, and attributes. So it costs a propagation a relation.

    Raises:
        LearnerError: there are none, so that no fact explains anything.
    """
    stated = {fact.relation for fact in setting.graph.relations}
    candidates = sorted({*setting.space.ways, SUBCLASS, ATTRIBUTE} & stated)
    found = tuple(name for name in candidates if _has_a_part(setting, name))
    if not found:
        name = setting.learner.name
        raise LearnerError(f"no fact has a part in the classifiers of '{name}', so that none explains an answer",
                           value=name, fix="use a learner that reads relations, such as kernel or gcn")  # fmt: skip
    return found


def region(
    setting: Setting,
    ids: Iterable[str],
    hops: int = HOPS,
    most: int = MOST,
    relations: Collection[str] | None = None,
) -> tuple[Relation, ...]:
    """Return the stated facts within reach of some classes, nearest first.

    These are facts up to ``hops`` steps away in either direction, and the chains of ancestors, since learners mix
    the descriptions of up to eight levels of them. The classifier of a seen class is given: no fact has a part in it,
    and none is looked for around it. Where there are more than ``most``, the chains go first.

    Args:
        setting: what is explained.
        ids: IRIs of the classes.
        hops: steps.
        most: facts.
        relations: those whose facts count; found out if None, which costs a propagation a relation.
    """
    names = set(relations_with_a_part(setting) if relations is None else relations)
    start = [iri for iri in dict.fromkeys(ids) if iri not in setting.learner.seen_row]
    chains = _chains(setting.graph, start) if SUBCLASS in names else {}
    around = _around(setting.graph, start, names, hops)
    near = {**around, **{key: min(d, around.get(key, d)) for key, d in chains.items()}}
    chosen = sorted(near, key=lambda key: (key not in chains, near[key], key))[:most]
    facts = {fact[:3]: fact for key in chosen for fact in setting.graph.out(key[0], key[1])}
    return tuple(facts[key] for key in sorted(chosen, key=lambda key: (near[key], key not in chains, key)))


def _chains(graph: ClassGraph, start: Iterable[str]) -> dict[Key, int]:
    """Return the facts of the chains of ancestors, and how many levels up each begins."""
    found: dict[Key, int] = {}
    level = list(start)
    for distance in range(LEVELS):
        facts = [fact[:3] for iri in level for fact in graph.out(iri, SUBCLASS)]
        found = {**dict.fromkeys(facts, distance), **found}
        level = list(dict.fromkeys(key[2] for key in facts))
    return found


def _around(graph: ClassGraph, start: Iterable[str], names: set[str], hops: int) -> dict[Key, int]:
    """Return the facts within some steps in either direction, and how far the nearer end of each is."""
    found: dict[Key, int] = {}
    known = set(start)
    level = sorted(known)
    for distance in range(hops):
        facts = [fact for iri in level for fact in _touching(graph, iri) if fact.relation in names]
        found = {**{fact[:3]: distance for fact in facts}, **found}
        level = sorted({end for fact in facts for end in (fact.source, fact.target)} - known)
        known.update(level)
    return found


def _touching(graph: ClassGraph, iri: str) -> Iterator[Relation]:
    yield from graph.out(iri)
    yield from graph.into(iri)


def _has_a_part(setting: Setting, relation: str) -> bool:
    facts = [fact for fact in setting.graph.relations if fact.relation == relation]
    before = setting.propagation.bank
    try:
        after = setting.edited(facts).bank
    except KgzslError:
        return True  # without them the learner has nothing to propagate
    ours = ~before.seen
    return bool(np.abs(after.weights[ours] - before.weights[ours]).max(initial=0.0) > CHANGED)
