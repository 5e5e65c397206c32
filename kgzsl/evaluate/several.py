"""Inputs with several labels: average precision, F1 of the first answers, and answers that the ontology forbids."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations

import numpy as np

from kgzsl.arrays import Array
from kgzsl.evaluate.outcome import ClassRow, Hits, Scored, SeveralLabels
from kgzsl.evaluate.statistics import over, over_inputs
from kgzsl.evaluate.tally import blocks
from kgzsl.evaluate.view import View
from kgzsl.graph.classgraph import DISJOINT, ClassGraph

AT = (3, 5)
"""Of how many answers F1 is measured, as Huynh and Elhamifar 2020 do (A Shared Multi-Attention Framework)."""


def scored_several(
    name: str, view: View, score: Callable[[Array], Array], whole: bool = False, seed: int = 0
) -> Scored:
    """Return the figures of a task whose inputs have several labels.

    Hit@k is the share of inputs of which one label at least is among the first k answers. Average precision is the mean
    over classes that have inputs, each ranked over all inputs.

    Args:
        name: ``plain`` or ``adjusted``.
        view: the task.
        score: of inputs. Shapes: (m, d) → (m, C).
        whole: whether all inputs must be scored together.
        seed: of the intervals.
    """
    parts = [slice(None)] if whole else blocks(len(view.X), len(view.task.candidates))
    scores = np.concatenate([score(view.X[at]) for at in parts])
    scores = np.nan_to_num(scores, nan=-np.inf, posinf=np.inf, neginf=-np.inf)
    truth = np.zeros(scores.shape, bool)
    for row, columns in enumerate(view.truth):
        truth[row, list(columns)] = True
    order = np.argsort(-scores, axis=1, kind="stable")
    rank = np.take_along_axis(truth, order, axis=1).argmax(axis=1)
    there = np.flatnonzero(truth.any(axis=0))
    each = average_precisions(scores[:, there], truth[:, there])
    hits = tuple(Hits(k, f := over_inputs((rank < k).astype(float), seed), f, f) for k in view.task.ks)
    pairs, violations = forbidden(view, order[:, : max(AT)])
    labels = SeveralLabels(over(each, seed), tuple(_f1(order, truth, k) for k in AT), pairs, violations)
    rows = tuple(_row(view, int(c), truth, float(p)) for c, p in zip(there, each, strict=True))
    return Scored(name, hits, classes=rows, labels=labels)


def average_precisions(scores: Array, truth: Array) -> Array:
    """Return the average precision of each class; ties count as scikit-learn counts them. (n, C), (n, C) → (C,)"""
    from sklearn.metrics import average_precision_score

    finite = np.where(np.isfinite(scores), scores, np.finfo(np.float32).min)
    return np.array([average_precision_score(truth[:, c], finite[:, c]) for c in range(scores.shape[1])])


def _f1(order: Array, truth: Array, k: int) -> tuple[int, float, float]:
    from sklearn.metrics import f1_score

    said = np.zeros(truth.shape, bool)
    np.put_along_axis(said, order[:, :k], True, axis=1)
    there = truth.any(axis=0)
    micro = f1_score(truth, said, average="micro", zero_division=0)
    return k, float(micro), float(f1_score(truth[:, there], said[:, there], average="macro", zero_division=0))


def _row(view: View, column: int, truth: Array, precision: float) -> ClassRow:
    """A class's one figure is its average precision."""
    iri, field = view.task.candidates[column], view.field
    steps, near = field.nearest(iri)
    return ClassRow(iri, field.graph.label(iri), bool(view.seen[column]), int(truth[:, column].sum()), (precision,),
                    steps, near)  # fmt: skip


def forbidden(view: View, answers: Array) -> tuple[int, int]:
    """Return how many pairs of answers there are, and how many of these are of disjoint classes. Shape: (n, k)."""
    apart = Disjointness(view.field.graph)
    known = dict[tuple[int, int], bool]()
    pairs = violations = 0
    for row in np.sort(answers, axis=1):
        for a, b in combinations(map(int, row), 2):
            if (a, b) not in known:
                known[a, b] = apart(view.task.candidates[a], view.task.candidates[b])
            pairs, violations = pairs + 1, violations + known[a, b]
    return pairs, violations


class Disjointness:
    """Whether classes are disjoint, as stated of them or of what is above them."""

    def __init__(self, graph: ClassGraph) -> None:
        self._graph = graph
        self._pairs = {frozenset((e.source, e.target)) for e in graph.relations if e.relation == DISJOINT}

    def __call__(self, first: str, second: str) -> bool:
        """Say whether nothing can be both (IRIs)."""
        if not self._pairs:
            return False
        ways = [{iri, *self._graph.ancestors(iri)} for iri in (first, second)]
        return any(frozenset((a, b)) in self._pairs for a in ways[0] for b in ways[1] if a != b)
