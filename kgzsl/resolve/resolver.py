"""The resolver: applies a bank to features and turns scores into answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from kgzsl.arrays import Array
from kgzsl.bank import ClassifierBank
from kgzsl.resolve.chain import Chain
from kgzsl.resolve.query import Note, Query
from kgzsl.resolve.topk import top

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
    """What one input is. The first candidate is mirrored in ``id``, ``label``, ``score`` and ``seen``.

    ``notes`` is what adjusters say of the batch that the input came in.
    """

    id: str
    label: str
    score: float
    seen: bool
    candidates: tuple[Candidate, ...]
    graph_hash: str
    bundle: str
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Resolver:
    """Answers from one bank and one graph.

    Args:
        bank: classifiers.
        graph: labels and ids.
        chain: adjusters.
        bundle: id of the fitted learner behind the bank.
        undescribed: classes that were understood from their ancestors only.
        ungrounded: classes without a path to a seen class.
    """

    bank: ClassifierBank
    graph: ClassGraph
    chain: Chain = field(default_factory=Chain)
    bundle: str = ""
    undescribed: frozenset[str] = frozenset()
    ungrounded: frozenset[str] = frozenset()

    def query(self, X: Array, ids: Sequence[str]) -> Query:
        """Return inputs and candidates (IRIs) with the bank's scores. Shape: (n, d)."""
        return Query.of(self.bank, self.bank.rows(ids), X, self.chain.references)

    def scores(self, X: Array, ids: Sequence[str]) -> Array:
        """Return scores after all adjusters. Shapes: (n, d) → (n, C)."""
        return np.concatenate([self.chain(self.query(part, ids)).scores for part in self._parts(X)])

    def answers(self, X: Array, ids: Sequence[str], k: int = 5) -> list[Answer]:
        """Return one answer an input among the classes ``ids`` (IRIs), ``k`` candidates each."""
        rows = self.bank.rows(ids)
        added = self.chain.each(self.bank, rows)
        found: list[Answer] = []
        for part in self._parts(X):
            best = self._searched(part, rows, k, added) if added is not None else self._scored(part, ids, k)
            found += [self._answer(best.stages, n, rows[columns], best.notes) for n, columns in enumerate(best.columns)]
        return found

    def _searched(self, X: Array, rows: Array, k: int, added: list[tuple[str, Array]]) -> _Best:
        """Search by what the adjusters add to each candidate, so that scores of the others need not be known."""
        whole = sum((offsets for _, offsets in added), np.zeros(len(rows)))
        found = top(self.bank, rows, whole, X, k)
        stages, sums = [("bank", found.bank_scores)], np.zeros(found.columns.shape)
        for name, offsets in added:
            sums = sums + offsets[found.columns]
            stages.append((name, np.asarray(found.bank_scores + sums, np.float32)))
        if added:
            stages[-1] = added[-1][0], found.scores
        return _Best(found.columns, stages)

    def _scored(self, X: Array, ids: Sequence[str], k: int) -> _Best:
        start = self.query(X, ids)
        steps = [("bank", start), *self.chain.steps(start)]
        columns = _top(steps[-1][1].scores, min(k, len(start.rows)))
        stages = [(name, np.take_along_axis(query.scores, columns, axis=1)) for name, query in steps]
        return _Best(columns, stages, tuple(note_text(note) for note in steps[-1][1].notes))

    def _parts(self, X: Array) -> list[Array]:
        """Return chunks of inputs; all at once where an answer depends on what else is asked."""
        if self.chain.transductive:
            return [X]
        return [X[start : start + CHUNK] for start in range(0, len(X), CHUNK)]

    def _answer(self, stages: list[tuple[str, Array]], n: int, rows: Array, notes: tuple[str, ...]) -> Answer:
        candidates = []
        for place, row in enumerate(rows):
            iri, seen = self.bank.ids[row], bool(self.bank.seen[row])
            each = tuple((name, float(scores[n, place])) for name, scores in stages)
            flags = iri not in self.undescribed, iri not in self.ungrounded
            candidates.append(
                Candidate(self.graph.short(iri), iri, self.graph.label(iri), each[-1][1], seen, each, *flags)
            )
        first = candidates[0]
        return Answer(first.id, first.label, first.score, first.seen, tuple(candidates), self.graph.hash, self.bundle,
                      notes)  # fmt: skip


class _Best(NamedTuple):
    """The best candidates of some inputs: their columns, their scores after each step, and what adjusters said.

    Shapes: (n, k) each.
    """

    columns: Array
    stages: list[tuple[str, Array]]
    notes: tuple[str, ...] = ()


def note_text(note: Note) -> str:
    """Return what an adjuster says, as one line."""
    return f"{note.adjuster}: {'declined: ' if note.declined else ''}{note.text}"


def _top(scores: Array, k: int) -> Array:
    """Return the columns of the k largest scores, best first; ties go to the first column. Shapes: (n, C) → (n, k)."""
    if k < scores.shape[1]:
        part = np.sort(np.argpartition(-scores, k - 1, axis=1)[:, :k], axis=1)
    else:
        part = np.broadcast_to(np.arange(scores.shape[1]), scores.shape)
    order = np.argsort(-np.take_along_axis(scores, part, axis=1), axis=1, kind="stable")
    return np.take_along_axis(part, order, axis=1)
