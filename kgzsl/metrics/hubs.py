"""Hubness: a few classes are among the best answers of most inputs, and others are never there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from kgzsl.arrays import Array
from kgzsl.errors import EvaluationError

TOP = 10
"""How many of the most frequent answers the hub share counts."""
DRAWS, BLOCK, ROWS = 1000, 4_000_000, 1024


@dataclass(frozen=True)
class HubReport:
    """How unevenly classes are among the k best answers.

    Args:
        k: how many answers of an input count.
        inputs: how many inputs there are.
        occurrences: among the k best of how many inputs each class is; classes that tie for the last places share
            them, and inputs count by their weights. Shape: (C,).
        skewness: of the occurrences; 0 where all classes are equally often there.
        share: part of all places that the ten most frequent classes hold.
        anti: columns of the classes that are among the k best of no input.
        hubs: (name, occurrences) of the ten most frequent classes, the first ones first.
    """

    k: int
    inputs: int
    occurrences: Array
    skewness: float
    share: float
    anti: tuple[int, ...]
    hubs: tuple[tuple[str, float], ...]


@dataclass(frozen=True)
class Change:
    """A figure before and after, and the 95 % interval of the difference by paired bootstrap over inputs."""

    before: float
    after: float
    low: float
    high: float

    @property
    def difference(self) -> float:
        """After less before."""
        return self.after - self.before

    @property
    def clear(self) -> bool:
        """Whether the interval of the difference does not hold zero."""
        return self.low > 0 or self.high < 0


@dataclass(frozen=True)
class HubChange:
    """What a change of scores does to skewness and hub share."""

    skewness: Change
    share: Change


def hub_report(
    scores: Array, k: int = 10, names: Sequence[str] | None = None, weights: Array | None = None
) -> HubReport:
    """Count hubs.

    Args:
        scores: of inputs. Shape: (n, C).
        k: how many answers of an input count.
        names: of the columns; their numbers where none are given.
        weights: how much each input counts, such as :func:`alike` says; all the same where none are given. Where some
            classes have many inputs, what is most often answered is what is most often there. Shape: (n,).

    Raises:
        EvaluationError: no inputs, or not fewer than C answers to count.

    Source: Radovanović, Nanopoulos, Ivanović 2010, Hubs in Space, sec. 2 (occurrences, skewness, anti-hubs).
    """
    scores = _checked(scores, k)
    often = np.asarray(occurrence(scores, k).T @ _weights(weights, len(scores)))
    order = np.argsort(-often, kind="stable")[:TOP]
    called = [str(c) for c in range(len(often))] if names is None else list(names)
    hubs = tuple((called[c], float(often[c])) for c in order if often[c] > 0)
    skewness, share = _skewness(often[None]), _share(often[None])
    return HubReport(k, len(scores), often, float(skewness[0]), float(share[0]),
                     tuple(int(c) for c in np.flatnonzero(often == 0)), hubs)  # fmt: skip


def hub_change(
    before: Array, after: Array, k: int = 10, draws: int = DRAWS, seed: int = 0, weights: Array | None = None
) -> HubChange:
    """Compare the hubs of two matrices of scores of the same inputs and classes.

    Inputs are drawn anew, the same ones for both; which classes are the ten most frequent is seen anew in each draw.

    Args:
        before: Shape: (n, C).
        after: Shape: (n, C).
        k: how many answers of an input count.
        draws: of the bootstrap.
        seed: of the draws.
        weights: how much each input counts. Shape: (n,).

    Raises:
        EvaluationError: see :func:`hub_report`; or matrices of different shapes.

    Source: Efron, Tibshirani 1993, An Introduction to the Bootstrap, ch. 13 (percentile interval).
    """
    if before.shape != after.shape:
        raise EvaluationError(f"hubs of {before.shape} and of {after.shape} scores cannot be compared")
    tables = [occurrence(_checked(scores, k), k) for scores in (before, after)]
    counting = _weights(weights, len(before))
    whole = [np.asarray(table.T @ counting)[None] for table in tables]
    drawn = [[_skewness(part), _share(part)] for part in _redrawn(tables, counting, draws, seed)]
    found = []
    for which, measure in enumerate((_skewness, _share)):
        first, second = (float(measure(one)[0]) for one in whole)
        differences = np.concatenate([one[which][1::2] - one[which][::2] for one in drawn])
        low, high = np.percentile(differences, [2.5, 97.5])
        found.append(Change(first, second, float(low), float(high)))
    return HubChange(*found)


def hubness(scores: Array, k: int = 10) -> float:
    """Return the skewness of how often each class is among the k that score highest; 0 where all are equally often.

    Far above zero, few classes are near to most inputs: hubs. See :func:`hub_report`.
    """
    return hub_report(scores, k).skewness


def alike(y: Array) -> Array:
    """Return weights of inputs by which each class counts alike, as many in all as there are inputs. Shape: (n,)."""
    _, own, counts = np.unique(y, return_inverse=True, return_counts=True)
    return np.asarray(len(y) / (len(counts) * counts[own]))


def occurrence(scores: Array, k: int) -> Any:
    """Return which classes are among the k best of each input, sparse; the last places are shared by those that tie.

    So the counts do not depend on the order of the classes. Shapes: (n, C) → (n, C) scipy CSR, rows sum to k.
    """
    from scipy import sparse

    parts = []
    for start in range(0, len(scores), ROWS):
        part = np.nan_to_num(scores[start : start + ROWS], nan=-np.inf, posinf=np.inf, neginf=-np.inf)
        last = np.partition(part, part.shape[1] - k, axis=1)[:, [part.shape[1] - k]]
        above, level = part > last, part == last
        left = (k - above.sum(axis=1, keepdims=True)) / level.sum(axis=1, keepdims=True)
        parts.append(sparse.csr_matrix(np.where(level, left, above)))
    return sparse.vstack(parts, format="csr")


def _checked(scores: Array, k: int) -> Array:
    scores = np.asarray(scores)
    if scores.ndim != 2 or not len(scores):
        raise EvaluationError(f"hubs are counted in a matrix of inputs × classes, not in one of {scores.shape}")
    if not 0 < k < scores.shape[1]:
        raise EvaluationError(f"among the {k} best of {scores.shape[1]} classes there are no hubs", value=k,
                              fix=f"k from 1 to {scores.shape[1] - 1}, or more candidates")  # fmt: skip
    return scores


def _weights(weights: Array | None, count: int) -> Array:
    return np.ones(count) if weights is None else np.asarray(weights, float)


def _redrawn(tables: Sequence[Any], counting: Array, draws: int, seed: int) -> Iterator[Array]:
    """Yield occurrences of inputs drawn anew, in turns of the one table and the other. Shapes: → (2 m, C)."""
    rng, (count, classes) = np.random.default_rng(seed), tables[0].shape
    size = max(1, BLOCK // max(count, classes))
    for start in range(0, draws, size):
        many = min(size, draws - start)
        weights = rng.multinomial(count, np.full(count, 1 / count), size=many) * counting
        yield np.stack([np.asarray((table.T @ weights.T).T) for table in tables], axis=1).reshape(2 * many, classes)


def _skewness(often: Array) -> Array:
    """Return the skewness of each row. Shapes: (m, C) → (m,)."""
    centred = often - often.mean(axis=1, keepdims=True)
    spread = centred.std(axis=1)
    third = (centred**3).mean(axis=1)
    return np.asarray(np.divide(third, spread**3, out=np.zeros_like(third), where=spread > 1e-12))


def _share(often: Array) -> Array:
    """Return the part of each row that its largest entries hold. Shapes: (m, C) → (m,)."""
    top = min(TOP, often.shape[1])
    return np.asarray(np.partition(often, often.shape[1] - top, axis=1)[:, -top:].sum(axis=1) / often.sum(axis=1))
