"""Class-wise splits: whole classes are held out, never single photos of them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from kgzsl.arrays import Array


def class_folds(ids: Sequence[str], k: int, seed: int) -> list[tuple[str, ...]]:
    """Deal classes into ``k`` folds; depends on the set of ids and the seed, not on their order."""
    ordered = np.array(sorted(ids), dtype=object)
    order = np.random.default_rng(seed).permutation(len(ordered))
    return [tuple(sorted(ordered[order[i::k]])) for i in range(k)]


def halves(y: Array, seed: int) -> tuple[Array, Array]:
    """Split the inputs of every class into two halves. Shapes: (n,) → row numbers of each half."""
    return share(y, 0.5, seed)


def share(y: Array, part: float, seed: int) -> tuple[Array, Array]:
    """Split the inputs of every class into a share and the rest. Shapes: (n,) → row numbers of each."""
    rng = np.random.default_rng(seed)
    first, second = [], []
    for c in np.unique(y):
        rows = rng.permutation(np.flatnonzero(y == c))
        cut = int(part * len(rows))
        first.append(rows[:cut])
        second.append(rows[cut:])
    return np.sort(np.concatenate(first)), np.sort(np.concatenate(second))
