"""The strongest paths of a score, and how all paths add up to it."""

from __future__ import annotations

import heapq
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
    gap, number = 0.0, list[int | None]()
    if chains:
        result = _searched(setting, chains, iri, most)
        candidates += [_named(setting, chains[0], walk) for walk in result.walks]
        gap = result.gap
        number.append(result.number)
    for part in found.parts:
        if part.part.readout is not None:
            estimated, left = _estimated(setting, part, iri)
            candidates += estimated
            number.append(None if left else len(estimated))
            gap = max(gap, left)
    candidates.sort(key=lambda path: (-abs(path.value), path.nodes))
    listed = tuple(candidates[:most])
    weakest = abs(listed[-1].value) if listed else 0.0
    counted = None if None in number else sum(n for n in number if n is not None)
    return listed, _total(found, listed, max(gap - weakest, 0.0) if not chains else gap, counted)


def _total(found: Opened, listed: tuple[Path, ...], gap: float, number: int | None) -> Total:
    total, whole = sum(path.value for path in listed), found.through_descriptions
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


def _estimated(setting: Setting, part: OpenPart, iri: str) -> tuple[list[Path], float]:
    """Return the paths over which descriptions come in, where what is made of them is not linear, and what one that
    was not looked at may be worth."""
    operator, names = part.descriptions.operator, setting.snapshot.ids
    if part.part.at == (iri,) and isinstance(operator, Inheriting):
        gate = part.descriptions.described(part.at).gate
        return _inherited(setting, (gate * part.functional)[0], iri, operator.decay)
    values = np.einsum("nw,nw->n", part.functional, part.descriptions.rows(part.at))
    return [_shortest(setting, iri, names[part.at[k]], float(values[k])) for k in np.flatnonzero(values)], 0.0


def _inherited(setting: Setting, derivative: Array, iri: str, decay: float) -> tuple[list[Path], float]:
    """Return the ways up the hierarchy by which a class takes over descriptions, those of the largest share first."""
    snapshot, graph = setting.snapshot, setting.graph
    heap: list[tuple[float, tuple[str, ...], tuple[tuple[Relation, ...], ...]]] = [(-1.0, (iri,), ())]
    found: list[Path] = []
    for _ in range(CHAINS):
        if not heap:
            return found, 0.0
        share, nodes, facts = heapq.heappop(heap)
        vector = snapshot.vectors[np.array([snapshot.slot[nodes[-1]]])][0]
        value = -share * float(derivative @ vector)
        if value:
            found.append(Path(nodes, tuple(map(graph.label, nodes)), (INHERITS,) * len(facts), facts, value))
        up = graph.out(nodes[-1], SUBCLASS)
        whole = sum(fact.weight for fact in up)
        for target in dict.fromkeys(fact.target for fact in up if whole) if len(nodes) <= LEVELS and decay else ():
            mine = tuple(fact for fact in up if fact.target == target and fact.weight)
            part = decay * share * sum(fact.weight for fact in mine) / whole
            if part:
                heapq.heappush(heap, (part, (*nodes, target), (*facts, mine)))
    left = -heap[0][0] if heap else 0.0
    return found, left * float(np.linalg.norm(derivative))


def _shortest(setting: Setting, here: str, there: str, value: float) -> Path:
    """Return a shortest way over relations of the recipe, to show where a description lies."""
    nodes, said = setting.steps.nearest(here, there)
    facts = tuple(told(setting.space, way, *pair) for way, pair in zip(said, pairwise(nodes), strict=True))
    return Path(nodes, tuple(map(setting.graph.label, nodes)), said, facts, value)
