"""The part of a batch that transductive adjusters may change."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kgzsl.arrays import Array, softmax, unit_rows
from kgzsl.resolve.query import Query

LEAST_SPREAD, SHARP = 1e-12, 0.25


@dataclass(frozen=True, eq=False)
class Focus:
    r"""Unseen classes, and the inputs whose best answer is one of them; all of a batch without unseen candidates.

    Nothing else changes: an input whose best answer is a seen class keeps all its scores, and one whose best answer is
    unseen stays with the unseen classes, so that a refinement cannot undo the cure of the bias to seen classes.

    Args:
        inputs: rows of the query. Shape: (m,).
        columns: of the query. Shape: (K,).
        scores: of these, less their mean over the columns, in units of their spread. Shape: (m, K).
        unit: that spread.
        mapped: inputs as the classifiers read them. Shape: (m, d).
        rows: of classifiers, of unit length. Shape: (K, d).
    """

    inputs: Array
    columns: Array
    scores: Array
    unit: float
    mapped: Array
    rows: Array

    @classmethod
    def of(cls, query: Query) -> Focus:
        """Return the part of a query."""
        columns = np.flatnonzero(~query.seen)
        if len(columns):
            best = query.scores[:, columns].max(axis=1)
            inputs = np.flatnonzero(best >= query.scores.max(axis=1))
        else:
            columns, inputs = np.arange(len(query.rows)), np.arange(len(query.scores))
        scores, unit = standard(query.scores[np.ix_(inputs, columns)])
        mapped = query.bank.input_map(query.X[inputs]) if len(inputs) else np.zeros((0, 0), np.float32)
        return cls(inputs, columns, scores, unit, mapped, unit_rows(query.bank.table[query.rows[columns]]))

    def centred(self, share: float = 1.0) -> tuple[Array, Array]:
        """Return inputs about a share of their mean, of unit length, and the scores that they have. (m, d), (m, K)

        What all inputs of a batch have in common speaks of the batch, not of a class.
        """
        part = np.float32(share)
        scores, _ = standard(self.scores - part * self.scores.mean(axis=0))
        return unit_rows(self.mapped - part * self.mapped.mean(axis=0)), scores

    def changed(self, query: Query, scores: Array) -> Array:
        """Return all scores of the query with other ones here, the best of each input as high as before.

        Shapes: (m, K) → (n, C).
        """
        at = np.ix_(self.inputs, self.columns)
        found = np.array(query.scores)
        best = found[at].max(axis=1, keepdims=True)
        found[at] = (scores - scores.max(axis=1, keepdims=True)) * self.unit + best
        return found


def standard(scores: Array) -> tuple[Array, float]:
    """Return scores less their mean over classes, in units of their spread, and that spread. Shape: (m, K)."""
    less = scores - scores.mean(axis=1, keepdims=True) if scores.size else np.array(scores)
    spread = float(np.sqrt((less.astype(np.float64) ** 2).mean())) if scores.size else 0.0
    if not spread > LEAST_SPREAD:
        return less, 1.0
    return np.asarray(less / np.asarray(spread, less.dtype)), spread


def margin(scores: Array) -> float:
    """Return by how much the best score leads, in the mean. Shape: (m, K)."""
    if not scores.size or scores.shape[1] < 2:
        return 0.0
    top = np.partition(scores, -2, axis=1)[:, -2:]
    return float((top[:, 1] - top[:, 0]).mean())


def breadth(focus: Focus, query: Query) -> float:
    """Return how much a batch looks like one of many classes; low where its mean is what its few classes are.

    The mean of many classes is common to all, and taking it away lets the best answers stand out; without the mean of
    few classes these are told apart by noise. So: the lead of best answers about the mean of the batch, as a share of
    the lead that they had; times the variety of the answers; times the scatter of the inputs, as a share of that of the
    references where they scatter more, as inputs of one class lie close together.
    """
    apart = unit_rows(focus.mapped - focus.mapped.mean(axis=0)) @ focus.rows.T
    before = margin(unit_rows(focus.mapped) @ focus.rows.T)
    broad = variety(focus.scores) * (margin(apart) / before if before > LEAST_SPREAD else 0.0)
    usual = scatter(query.bank.input_map(query.references.X)) if len(query.references) else 0.0
    return broad * min(1.0, scatter(focus.mapped) / usual) if usual > LEAST_SPREAD else broad


def variety(scores: Array) -> float:
    """Return the entropy of the chances of a batch, as a share of that of classes that are alike. Shape: (m, K)."""
    share = softmax(scores / SHARP).mean(axis=0)
    return float(-(share * np.log(share + LEAST_SPREAD)).sum() / np.log(len(share))) if len(share) > 1 else 0.0


def scatter(inputs: Array) -> float:
    """Return the variance of inputs of unit length, summed over dimensions. Shape: (m, d)."""
    return float(unit_rows(inputs).var(axis=0, ddof=1).sum()) if len(inputs) > 1 else 0.0
