"""Descriptions that inherit: concept vectors mixed with those of their ancestors, computed where an edit reaches."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from kgzsl.arrays import Array, unit_rows
from kgzsl.learners.incremental import carried, changed_edges, changed_values, taken_over
from kgzsl.semantics.space import ClassSpace

LEVELS = 8


@dataclass(frozen=True, eq=False)
class Inherited:
    """Mixed vectors, what they were made of, and which of them differ from the previous ones.

    Args:
        ids: concepts, one a row.
        parents: row-normalised child → parent matrix. Shape: (N, N).
        vectors: what each concept says itself. Shape: (N, e).
        mixed: with what it inherits. Shape: (N, e), unit rows.
        fresh: rows computed anew. Shape: (N,) bool.
    """

    ids: tuple[str, ...]
    parents: sparse.csr_array
    vectors: Array
    mixed: Array
    fresh: Array


def inherited(space: ClassSpace, decay: float, previous: Inherited | None = None) -> Inherited:
    """Return ``Σ_l decay^l P^l V`` with unit rows, P = child → parents, up to eight levels."""
    parents, vectors, ids = space.parents, space.vectors, space.graph.ids
    if previous is None:
        everything = np.ones(len(vectors), bool)
        return Inherited(ids, parents, vectors, _mix(parents, vectors, decay), everything)
    of = carried(previous.ids, ids)
    fresh = changed_values(previous.vectors, vectors, of) | changed_edges(previous.parents, parents, of)
    if decay:
        fresh = _spread(parents, fresh)
    mixed = taken_over(previous.mixed, of)
    read = np.flatnonzero(_spread(sparse.csr_array(parents.T), fresh))
    inside = np.flatnonzero(fresh[read])
    mixed[read[inside]] = _mix(sparse.csr_array(parents[read][:, read]), vectors[read], decay)[inside]
    return Inherited(ids, parents, vectors, mixed, fresh)


def _mix(parents: sparse.csr_array, vectors: Array, decay: float) -> Array:
    total = level = vectors
    for _ in range(LEVELS if decay else 0):
        level = decay * (parents @ level)
        total = total + level
    return unit_rows(total)


def _spread(operator: sparse.csr_array, rows: Array) -> Array:
    for _ in range(LEVELS):
        rows = rows | (operator @ rows.astype(np.float32) > 0)
    return rows
