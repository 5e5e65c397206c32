"""Scores, chunk by chunk, to what is kept of each input: memory stays bounded however many inputs there are."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np

from kgzsl.arrays import Array
from kgzsl.metrics import ranks
from kgzsl.metrics.hubs import occurrence

ROOM = 2**23
"""Scores that are held at a time."""
OFTEN = 10
"""Of how many answers an input hubs are counted."""


@dataclass(frozen=True, eq=False)
class Tally:
    """What is kept of the scores of each input.

    Args:
        y: column of the true class. Shape: (n,).
        rank: how many candidates score above it; ties count half, rounded up. Shape: (n,).
        top: columns of the highest scores, the highest first. Shape: (n, K).
        own: score of the true class. Shape: (n,).
        rival_seen: highest score of another seen candidate; -inf without one. Shape: (n,).
        rival_unseen: the same of unseen ones. Shape: (n,).
        confidence: highest probability (softmax over candidates). Shape: (n,).
        nll: negative log probability of the true class. Shape: (n,).
        brier: squared error of the probabilities. Shape: (n,).
        often: how often each candidate is among the first ten answers; empty with ten or fewer. Shape: (C,).
        milliseconds: of scoring an input.
    """

    y: Array
    rank: Array
    top: Array
    own: Array
    rival_seen: Array
    rival_unseen: Array
    confidence: Array
    nll: Array
    brier: Array
    often: Array
    milliseconds: float = 0.0

    @property
    def right(self) -> Array:
        """Which inputs score highest for their own class, alone. Shape: (n,) bool."""
        return np.asarray(self.rank == 0)

    def take(self, at: Array) -> Tally:
        """Return the tally of some inputs."""
        return replace(self, **{f.name: getattr(self, f.name)[at] for f in fields(self)[:-2]})


def tally(score: Callable[[Array], Array], X: Array, y: Array, seen: Array, most: int, whole: bool = False) -> Tally:
    """Score inputs and keep what counts.

    Args:
        score: scores of inputs. Shapes: (m, d) → (m, C).
        X: inputs. Shape: (n, d).
        y: column of each one's class. Shape: (n,).
        seen: which candidates are seen classes. Shape: (C,) bool.
        most: how many of the highest answers are kept.
        whole: whether all inputs must be scored together.
    """
    parts, seconds = list[tuple[Array, ...]](), 0.0
    often = np.zeros(len(seen) if len(seen) > OFTEN else 0)
    for rows in blocks(len(X), len(seen)):
        if whole and parts:
            break
        rows = slice(None) if whole else rows
        start = time.perf_counter()
        scores = score(X[rows])
        seconds += time.perf_counter() - start
        for at in blocks(len(scores), len(seen)):
            parts.append(_part(scores[at], y[rows][at], seen, most))
            if len(often):
                often += np.asarray(occurrence(scores[at], OFTEN).sum(axis=0)).ravel()
    names = (one.name for one in fields(Tally)[:-2])
    joined: dict[str, Any] = {name: np.concatenate(column) for name, *column in zip(names, *parts, strict=True)}
    return Tally(**joined, often=often, milliseconds=1000 * seconds / len(X))


def blocks(inputs: int, candidates: int) -> Iterator[slice]:
    """Yield slices of inputs, each of as many as are scored at a time."""
    size = max(1, ROOM // max(candidates, 1))
    return (slice(start, start + size) for start in range(0, inputs, size))


def _part(scores: Array, y: Array, seen: Array, most: int) -> tuple[Array, ...]:
    rank = ranks(scores, y)
    scores = np.where(np.isnan(scores), -np.inf, scores).astype(np.float64)
    rows = np.arange(len(y))
    own = scores[rows, y]
    others = scores.copy()
    others[rows, y] = -np.inf
    rivals = [others[:, kind].max(axis=1, initial=-np.inf) for kind in (seen, ~seen)]
    peak = scores.max(axis=1, keepdims=True)
    chance = np.exp(scores - np.where(np.isfinite(peak), peak, 0.0))
    total = np.maximum(chance.sum(axis=1, keepdims=True), np.finfo(float).tiny)
    chance /= total
    nll = np.log(total[:, 0]) + np.where(np.isfinite(peak[:, 0]), peak[:, 0], 0.0) - own
    brier = (chance**2).sum(axis=1) - 2 * chance[rows, y] + 1
    return y, rank, _top(scores, most), own, *rivals, chance.max(axis=1), nll, brier


def _top(scores: Array, most: int) -> Array:
    """Return the columns of the highest scores, in order; of equal ones the first column first."""
    most = min(most, scores.shape[1])
    near = np.sort(np.argpartition(-scores, most - 1, axis=1)[:, :most], axis=1)
    order = np.argsort(-np.take_along_axis(scores, near, axis=1), axis=1, kind="stable")
    top = np.take_along_axis(near, order, axis=1)
    top[:, 0] = scores.argmax(axis=1)
    return np.asarray(top)
