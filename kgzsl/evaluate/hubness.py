"""Hubs among the answers, before and after each cure, and what the cure costs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from kgzsl.arrays import Array
from kgzsl.evaluate.statistics import NONE, Figure, Paired, over_classes, paired
from kgzsl.metrics import Change, HubChange, HubReport, alike, hub_change, hub_report, ranks
from kgzsl.resolve.adjuster import Adjuster
from kgzsl.resolve.query import Query

PLAIN = "plain"
Mode = Literal["none", "inductive", "transductive"]


@dataclass(frozen=True)
class Hubbed:
    """One row: the hubs of one set of scores.

    Args:
        adjuster: its name, or ``plain`` for the scores as they come.
        mode: whether it reads the batch (``transductive``) or not (``inductive``); ``none`` of plain scores. Rows of
            both modes belong in no table together: they are not told the same.
        k: how many answers of an input count.
        skewness: of how often a class is among them.
        share: of all their places, what the ten most frequent classes hold.
        anti: how many candidates are never among them.
        hubs: (name, in how many lists) of the ten most frequent.
        accuracy: class-mean hit@1 of inputs of unseen classes among the unseen classes that have inputs (T1); where no
            unseen class has inputs, of all inputs among all candidates.
        chosen: what was chosen on rehearsals.
        skewness_change: against plain scores, with its interval over inputs.
        share_change: the same of the share.
        accuracy_change: the same of the accuracy, with its interval over classes.
        alike: change of skewness and share where each true class counts alike, whatever its number of inputs; without
            inputs that have no class. Where some classes are frequent, they are frequent answers without being hubs.
        notes: what the adjuster says of the batch.
    """

    adjuster: str
    mode: Mode
    k: int
    skewness: float
    share: float
    anti: int
    hubs: tuple[tuple[str, float], ...]
    accuracy: Figure
    chosen: dict[str, float]
    skewness_change: Change | None = None
    share_change: Change | None = None
    accuracy_change: Paired | None = None
    alike: HubChange | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class _Right:
    """Whether inputs are answered rightly, and of which classes they are. Shapes: (m,), (m,)."""

    right: Array
    y: Array


def hubness_table(
    query: Query,
    y: Array,
    adjusters: Sequence[Adjuster],
    k: int = 10,
    names: Sequence[str] | None = None,
    seed: int = 0,
    draws: int = 1000,
) -> list[Hubbed]:
    """Return the hubs of plain scores and of those after each adjuster alone: inductive ones first.

    Args:
        query: test inputs × candidates, scored by the bank alone.
        y: column of each input's class, -1 where it has none; inputs without one count for hubs alone. Shape: (n,).
        adjusters: fitted; each is applied to plain scores.
        k: how many answers of an input count.
        names: of the candidates; their IRIs where none are given.
        seed: of the bootstraps.
        draws: of the bootstrap over inputs.

    Raises:
        EvaluationError: fewer candidates than k and one more, or no inputs.
    """
    names = list(query.ids) if names is None else list(names)
    before = _right(query, query.scores, y)
    rows = [_row(PLAIN, "none", hub_report(query.scores, k, names), before, {}, seed)]
    for adjuster in sorted(adjusters, key=lambda one: one.transductive):
        after = adjuster(query)
        change, right = hub_change(query.scores, after.scores, k, draws, seed), _right(query, after.scores, y)
        mode: Mode = "transductive" if adjuster.transductive else "inductive"
        said = tuple(note.text for note in after.notes[len(query.notes) :])
        row = _row(adjuster.name, mode, hub_report(after.scores, k, names), right, adjuster.chosen(), seed)
        rows.append(replace(row, skewness_change=change.skewness, share_change=change.share, notes=said,
                            accuracy_change=paired(right.right, before.right, before.y, seed),
                            alike=_alike(query.scores, after.scores, y, k, draws, seed)))  # fmt: skip
    return rows


def _right(query: Query, scores: Array, y: Array) -> _Right:
    """Return how the inputs that accuracy counts are answered."""
    at = np.flatnonzero(y >= 0)
    unseen = at[~query.seen[y[at]]]
    if not len(unseen):
        return _Right((ranks(scores[at], y[at]) == 0).astype(float), y[at])
    columns, own = np.unique(y[unseen], return_inverse=True)
    return _Right((ranks(scores[np.ix_(unseen, columns)], own) == 0).astype(float), own)


def _alike(before: Array, after: Array, y: Array, k: int, draws: int, seed: int) -> HubChange | None:
    at = np.flatnonzero(y >= 0)
    return hub_change(before[at], after[at], k, draws, seed, alike(y[at])) if len(at) else None


def _row(name: str, mode: Mode, report: HubReport, found: _Right, chosen: dict[str, float], seed: int) -> Hubbed:
    hit = over_classes(found.right, found.y, seed) if len(found.y) else NONE
    return Hubbed(name, mode, report.k, report.skewness, report.share, len(report.anti), report.hubs, hit, chosen)
