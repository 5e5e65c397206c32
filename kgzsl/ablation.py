"""What each relation type does for classes that are hidden: left out, or added, one at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from kgzsl.arrays import Array
from kgzsl.learners.base import Progress
from kgzsl.learners.validation import Fold, Verdict, kinds_mean, make_folds
from kgzsl.search import verdicts
from kgzsl.semantics.derived import NEAREST
from kgzsl.semantics.space import ClassSpace, build_space
from kgzsl.training import Material

DRAWS, LEAST = 2000, 0.001


@dataclass(frozen=True)
class Effect:
    """What a change of one relation type does.

    Args:
        relation: its name.
        change: ``left out`` or ``added``.
        edges: of this type.
        score: with the change.
        effect: score less that of the recipe as it is.
        low: of the effect's 95 % interval, by a paired bootstrap over classes.
        high: of the same.
        verdict: what follows for the recipe.
    """

    relation: str
    change: str
    edges: int
    score: float
    effect: float
    low: float
    high: float
    verdict: str


@dataclass(frozen=True)
class Ablation:
    """The score of the recipe as it is, how many classes were ranked, and the effects."""

    score: float
    classes: int
    effects: tuple[Effect, ...]


def ablate(material: Material, folds: int = 3, progress: Progress | None = None) -> Ablation:
    """Leave out each relation type of the recipe, and add each that the graph has besides, one at a time.

    Args:
        material: recipe, graph and seen classes.
        folds: of each kind; see :func:`kgzsl.learners.validation.make_folds`.
        progress: called with ('ablate', done, total).
    """
    chosen = material.recipe.learner
    judged = make_folds(material.space, material.seen, material.labelled, folds, chosen.seed)
    variants = list(_variants(material))
    whole = verdicts(chosen.name, chosen.options, material, judged, chosen.seed)
    effects = []
    for done, (relation, change, edges, space) in enumerate(variants, 1):
        other = verdicts(chosen.name, chosen.options, replace(material, space=space), judged, chosen.seed)
        effects.append(_effect(relation, change, edges, judged, whole, other))
        if progress:
            progress("ablate", done, len(variants))
    return Ablation(kinds_mean(judged, whole), sum(len(v.hit) for v in whole), tuple(effects))


def _variants(material: Material) -> Iterator[tuple[str, str, int, ClassSpace]]:
    """Yield relation, change, edges and the space with the change; what is left out is gone for every use of it."""
    space, graph = material.space, material.graph
    for relation in sorted(space.relations):
        edges = [edge for edge in graph.relations if edge.relation == relation]
        ways = {name: way for name, way in space.relations.items() if name != relation}
        yield relation, "left out", len(edges), build_space(graph.without(edges), ways, space.source,
                                                            nearest=space.nearest)  # fmt: skip
    if space.nearest:
        yield NEAREST, "left out", len(space.edges(NEAREST)[0]), build_space(graph, space.relations, space.source)
    for relation in sorted({edge.relation for edge in graph.relations} - set(space.relations)):
        count = sum(edge.relation == relation for edge in graph.relations)
        ways = {**space.relations, relation: 1.0}
        yield relation, "added", count, build_space(graph, ways, space.source, nearest=space.nearest)


def _effect(
    relation: str, change: str, edges: int, folds: Sequence[Fold], whole: Sequence[Verdict], other: Sequence[Verdict]
) -> Effect:
    kinds: dict[str, list[Array]] = {}
    for fold, before, after in zip(folds, whole, other, strict=True):
        kinds.setdefault(fold.kind, []).append(after.reciprocal - before.reciprocal)
    low, high = _interval([np.concatenate(parts) for parts in kinds.values()])
    score = kinds_mean(folds, other)
    effect = score - kinds_mean(folds, whole)
    return Effect(relation, change, edges, score, effect, low, high, _verdict(change, effect, low, high))


def _interval(differences: Sequence[Array]) -> tuple[float, float]:
    """Bootstrap over the classes of each kind, then the mean over kinds."""
    rng = np.random.default_rng(0)
    means = [d[rng.integers(len(d), size=(DRAWS, len(d)))].mean(axis=1) for d in differences]
    low, high = np.percentile(np.mean(means, axis=0), [2.5, 97.5])
    return float(low), float(high)


def _verdict(change: str, effect: float, low: float, high: float) -> str:
    if low <= 0 <= high or abs(effect) < LEAST:
        return "no difference beyond noise"
    better = low > 0
    if change == "added":
        return "helps: add it" if better else "hurts: leave it out"
    return "hurts: take it out" if better else "helps: keep it"
