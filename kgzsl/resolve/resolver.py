"""The resolver: applies a bank to features and turns scores into answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from kgzsl.arrays import Array
from kgzsl.bank import ClassifierBank
from kgzsl.resolve.adjust import Adjuster

if TYPE_CHECKING:
    from kgzsl.graph.classgraph import ClassGraph

CHUNK = 1024


@dataclass(frozen=True)
class Candidate:
    """One class that an input may be.

    ``stages`` holds its score after each step, the bank's first; ``described`` is False where the class has no
    text or attributes of its own and was understood from its ancestors; ``grounded`` is False where no relation
    leads from it to a seen class, so that its classifier rests on its description alone.
    """

    id: str
    iri: str
    label: str
    score: float
    seen: bool
    stages: tuple[tuple[str, float], ...]
    described: bool = True
    grounded: bool = True


@dataclass(frozen=True)
class Answer:
    """What one input is. The first candidate is mirrored in ``id``, ``label``, ``score`` and ``seen``."""

    id: str
    label: str
    score: float
    seen: bool
    candidates: tuple[Candidate, ...]
    graph_hash: str
    bundle: str


@dataclass(frozen=True, eq=False)
class Resolver:
    """Answers from one bank and one graph.

    Args:
        bank: classifiers.
        graph: labels and ids.
        adjusters: applied in this order.
        bundle: id of the fitted learner behind the bank.
        undescribed: classes that were understood from their ancestors only.
        ungrounded: classes without a path to a seen class.
    """

    bank: ClassifierBank
    graph: ClassGraph
    adjusters: tuple[Adjuster, ...] = ()
    bundle: str = ""
    undescribed: frozenset[str] = frozenset()
    ungrounded: frozenset[str] = frozenset()

    def stages(self, X: Array, rows: Array) -> list[tuple[str, Array]]:
        """Return scores after each step. Shapes: (n, d), (C,) → (n, C) each."""
        scores = self.bank.scores(X, rows)
        steps = [("bank", scores)]
        for adjuster in self.adjusters:
            scores = adjuster(scores, self.bank.seen[rows])
            steps.append((adjuster.name, scores))
        return steps

    def answers(self, X: Array, ids: Sequence[str], k: int = 5) -> list[Answer]:
        """Return one answer an input among the classes ``ids`` (IRIs), ``k`` candidates each."""
        rows = self.bank.rows(ids)
        found: list[Answer] = []
        for start in range(0, len(X), CHUNK):
            steps = self.stages(X[start : start + CHUNK], rows)
            top = _top(steps[-1][1], min(k, len(rows)))
            found += [self._answer(steps, n, columns, rows) for n, columns in enumerate(top)]
        return found

    def _answer(self, steps: list[tuple[str, Array]], n: int, columns: Array, rows: Array) -> Answer:
        candidates = []
        for column in columns:
            iri = self.bank.ids[rows[column]]
            stages = tuple((name, float(scores[n, column])) for name, scores in steps)
            seen = bool(self.bank.seen[rows[column]])
            label = self.graph.label(iri)
            flags = iri not in self.undescribed, iri not in self.ungrounded
            candidates.append(Candidate(self.graph.short(iri), iri, label, stages[-1][1], seen, stages, *flags))
        first = candidates[0]
        return Answer(first.id, first.label, first.score, first.seen, tuple(candidates), self.graph.hash, self.bundle)


def _top(scores: Array, k: int) -> Array:
    """Return the columns of the k largest scores, best first; ties go to the first column. Shapes: (n, C) → (n, k)."""
    if k < scores.shape[1]:
        part = np.sort(np.argpartition(-scores, k - 1, axis=1)[:, :k], axis=1)
    else:
        part = np.broadcast_to(np.arange(scores.shape[1]), scores.shape)
    order = np.argsort(-np.take_along_axis(scores, part, axis=1), axis=1, kind="stable")
    return np.take_along_axis(part, order, axis=1)
