"""Which rows an edit touches: the difference of two spaces, carried through sparse operators."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy import sparse

from kgzsl.arrays import Array


def carried(old: Sequence[str], new: Sequence[str]) -> Array:
    """Return for each new row the old row of the same id, or -1. Shape: (N,)."""
    row = {iri: k for k, iri in enumerate(old)}
    return np.fromiter((row.get(iri, -1) for iri in new), np.int64, len(new))


def taken_over(old: Array, of: Array) -> Array:
    """Return old values in new rows; rows without a past hold anything. Shapes: (M, d), (N,) → (N, d)."""
    return old.copy() if np.array_equal(of, np.arange(len(old))) else old[of]


def changed_values(old: Array, new: Array, of: Array) -> Array:
    """Return which rows are new or hold other values. Shape: (N,) bool."""
    return np.asarray((of < 0) | (old[of] != new).any(axis=1))


def changed_edges(old: sparse.csr_array, new: sparse.csr_array, of: Array) -> Array:
    """Return which rows of an operator are new or read other rows or weights. Shape: (N,) bool."""
    to = np.full(old.shape[0], -1, np.int64)
    to[of[of >= 0]] = np.flatnonzero(of >= 0)
    entries = old.tocoo()
    i, j = to[entries.coords[0]], to[entries.coords[1]]
    changed = of < 0
    changed[i[(i >= 0) & (j < 0)]] = True
    both = (i >= 0) & (j >= 0)
    moved = sparse.csr_array((entries.data[both], (i[both], j[both])), shape=new.shape)
    difference = (new - moved).tocoo()
    changed[difference.coords[0][difference.data != 0]] = True
    return np.asarray(changed)


def touched(operator: sparse.csr_array, edges: Array, inputs: Array) -> Array:
    """Return which outputs of ``operator @ inputs`` may differ. Shapes: (N,) bool each."""
    return np.asarray(edges | (operator @ inputs.astype(np.float32) != 0))
