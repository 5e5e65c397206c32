"""Class-wise splits: whole classes are held out, never single photos of them."""

from __future__ import annotations

import zlib
from collections.abc import Sequence

import numpy as np

from kgzsl.arrays import Array


def class_folds(ids: Sequence[str], k: int, seed: int) -> list[tuple[str, ...]]:
    """Deal classes into ``k`` folds; depends on the set of ids and the seed, not on their order."""
    ordered = np.array(sorted(ids), dtype=object)
    order = np.random.default_rng(seed).permutation(len(ordered))
    return [tuple(sorted(ordered[order[i::k]])) for i in range(k)]


def halves(labels: Sequence[str], seed: int) -> tuple[Array, Array]:
    """Split the inputs of every class into two halves; see :func:`share`."""
    return share(labels, 0.5, seed)


def share(labels: Sequence[str], part: float, seed: int) -> tuple[Array, Array]:
    """Split the inputs of every class into a share and the rest.

    How a class is split depends on its name and the seed only, not on what other classes are there.
    Shapes: (n,) → row numbers of each, sorted.
    """
    y = np.array(labels, dtype=object)
    first, second = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    for name in dict.fromkeys(labels):
        rows = np.random.default_rng([seed, zlib.crc32(name.encode())]).permutation(np.flatnonzero(y == name))
        cut = int(part * len(rows))
        first.append(rows[:cut])
        second.append(rows[cut:])
    return np.sort(np.concatenate(first)), np.sort(np.concatenate(second))
