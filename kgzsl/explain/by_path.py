"""The strongest paths of a score, and how all paths add up to it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np

from kgzsl.arrays import Array
from kgzsl.explain.by_seen import walked
from kgzsl.explain.explanation import EXACT, Path, Total
from kgzsl.explain.member import Member
from kgzsl.explain.opened import Opened, OpenPart, opened
from kgzsl.explain.setting import Setting
from kgzsl.explain.steps import INHERITS, told
from kgzsl.explain.walks import Found, Search, Walk
from kgzsl.graph.classgraph import SUBCLASS, Relation
from kgzsl.propagation.operators import LEVELS, Inheriting

CHAINS = 2000
Split = tuple[tuple[Path, ...], Total]


def paths(setting: Setting, x: Array, iri: str, most: int = 10) -> Split | None:
    """Return the strongest paths of a score and how they add up; None where no path carries it.

    Args:
        setting: what is explained.
        x: one input. Shape: (d,).
        iri: the class.
        most: how many.
    """
    if setting.given(iri):
        return None
    return _to_seen(setting, x, iri, most) or _to_descriptions(setting, x, iri, most)


def _to_seen(setting: Setting, x: Array, iri: str, most: int) -> Split | None:
    """Paths that end at seen classes, of learners whose walks carry the classifier."""
    found = walked(setting, x, iri)
    if found is None:
        return None
    chances, fits = found
    learner = setting.learner
    walks = learner.walks(setting.space, iri, most, fits, setting.propagation) or []
    listed = tuple(seen_path(setting, w.nodes, w.relations, w.share * float(fits[learner.seen_row[w.nodes[-1]]]))
                   for w in walks)  # fmt: skip
    score, whole = setting.score(x, iri), float(chances @ fits)
    total = sum(path.value for path in listed)
    residual = abs(score - whole) / max(float(np.abs(chances * fits).sum()), 1e-12)
    return listed, Total("paths", EXACT, total, whole - total, (), residual)


def seen_path(setting: Setting, nodes: tuple[str, ...], relations: tuple[str, ...], value: float) -> Path:
    """Return a walk that a learner lists, with its labels and facts."""
    facts = tuple(told(setting.space, said, *pair) for said, pair in zip(relations, pairwise(nodes), strict=True))
    return Path(nodes, tuple(map(setting.graph.label, nodes)), relations, facts, value)


def _to_descriptions(setting: Setting, x: Array, iri: str, most: int) -> Split | None:
    """Paths that start at described concepts, of learners that are linear at fixed activations."""
    found = opened(setting, x, iri)
    if found is None:
        return None
    chains = [part for part in found.parts if part.part.readout is None]
    candidates: list[Path] = []
    gap, number = 0.0, 0
    if chains:
        result = _searched(setting, chains, iri, most)
        candidates += [_named(setting, chains[0], walk) for walk in result.walks]
        gap, number = result.gap, result.valued
    for part in found.parts:
        if part.part.readout is not None:
            candidates += list(_estimated(setting, part, iri))
    candidates.sort(key=lambda path: (-abs(path.value), path.nodes))
    listed = tuple(candidates[:most])
    return listed, _total(found, listed, gap, number + len(candidates) - len(listed))


def _total(found: Opened, listed: tuple[Path, ...], gap: float, others: int) -> Total:
    total, whole = sum(path.value for path in listed), found.through_descriptions
    number = others + len(listed)
    return Total("paths", found.method, total, whole - total, found.baseline, found.residual, number, gap)


def _searched(setting: Setting, parts: list[OpenPart], iri: str, most: int) -> Found:
    slot = setting.snapshot.slot[iri]
    members = [Member(p.descriptions, p.layers, p.functional[0]) for p in parts]
    return Search(members, most).run(slot)


def _named(setting: Setting, part: OpenPart, walk: Walk) -> Path:
    names = tuple(setting.snapshot.ids[slot] for slot in walk.nodes)
    steps = [_step(setting, part, group, *pair) for group, pair in zip(walk.steps, pairwise(names), strict=True)]
    facts = tuple(tuple(fact for fact, _ in step[1]) for step in steps)
    return Path(names, tuple(map(setting.graph.label, names)), tuple(step[0] for step in steps), facts, walk.value)


def _step(
    setting: Setting, part: OpenPart, group: int, here: str, there: str
) -> tuple[str, tuple[tuple[Relation, float], ...]]:
    """Say by what a group of terms leads from one concept to another: layers may differ in the direction."""
    for layer in reversed(part.layers):
        operators = list({id(t.operator): t.operator for t in layer.stage.terms}.values())
        if group < len(operators):
            step = setting.steps.between(operators[group], here, there)
            if step.relation and (step.facts or not step.relation.startswith("0 ")):
                return step.relation, step.facts
    return "derived", ()


def _estimated(setting: Setting, part: OpenPart, iri: str) -> Iterator[Path]:
    """Paths over which descriptions come in, where what is made of them is not linear."""
    operator, names = part.descriptions.operator, setting.snapshot.ids
    if part.part.at == (iri,) and isinstance(operator, Inheriting):
        gate = part.descriptions.described(part.at).gate
        yield from _inherited(setting, (gate * part.functional)[0], iri, operator.decay)
        return
    values = np.einsum("nw,nw->n", part.functional, part.descriptions.rows(part.at))
    for k in np.argsort(-np.abs(values), kind="stable"):
        if values[k]:
            yield _shortest(setting, iri, names[part.at[k]], float(values[k]))


def _inherited(setting: Setting, derivative: Array, iri: str, decay: float) -> Iterator[Path]:
    """Every way up the hierarchy by which a class takes over a description, its own first."""
    snapshot, graph = setting.snapshot, setting.graph
    todo: list[tuple[tuple[str, ...], tuple[tuple[Relation, ...], ...], float]] = [((iri,), (), 1.0)]
    for _ in range(CHAINS):
        if not todo:
            return
        nodes, facts, share = todo.pop(0)
        value = share * float(derivative @ snapshot.vectors[np.array([snapshot.slot[nodes[-1]]])][0])
        if value:
            said = (INHERITS,) * len(facts)
            yield Path(nodes, tuple(map(graph.label, nodes)), said, facts, value)
        up = graph.out(nodes[-1], SUBCLASS)
        whole = sum(fact.weight for fact in up)
        if len(nodes) <= LEVELS and decay:
            for target in dict.fromkeys(fact.target for fact in up):
                mine = tuple(fact for fact in up if fact.target == target)
                part = decay * share * sum(fact.weight for fact in mine) / whole
                todo.append(((*nodes, target), (*facts, mine), part))


def _shortest(setting: Setting, here: str, there: str, value: float) -> Path:
    """Return a shortest way over relations of the recipe, to show where a description lies."""
    nodes, said = setting.steps.nearest(here, there)
    facts = tuple(told(setting.space, way, *pair) for way, pair in zip(said, pairwise(nodes), strict=True))
    return Path(nodes, tuple(map(setting.graph.label, nodes)), said, facts, value)
