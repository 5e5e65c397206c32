"""Descriptions of concepts, as the first stage above vectors gives them: read where they are held, else computed."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy import sparse

from kgzsl.arrays import Array
from kgzsl.learners.base import Propagation
from kgzsl.learners.linear import LinearStage
from kgzsl.propagation.operators import Inheriting
from kgzsl.propagation.pipeline import columns
from kgzsl.propagation.slots import Snapshot
from kgzsl.versions import DenseRows


class Described(NamedTuple):
    """Descriptions with what they are mixtures of.

    Args:
        at: slots. Shape: (n,).
        read: slots of the vectors that are mixed. Shape: (m,).
        matrix: of the mixture. Shape: (n, m).
        gate: what each was multiplied by. Shape: (n, 1).
    """

    at: Array
    read: Array
    matrix: sparse.csr_array
    gate: Array


class Descriptions:
    """Rows of the stage that mixes vectors with those of ancestors; of unit length, or zero.

    Args:
        stage: the first of a part.
        snapshot: concepts in slots.
        propagation: holds the descriptions of all concepts, where the learner keeps them.
    """

    def __init__(self, stage: LinearStage, snapshot: Snapshot, propagation: Propagation) -> None:
        self.stage, self.snapshot, self._held = stage, snapshot, _held(stage, snapshot, propagation)
        self.operator = stage.terms[0].operator

    def rows(self, slots: Array) -> Array:
        """Return the descriptions of these slots. Shape: (n, e)."""
        if self._held is not None:
            return np.asarray(self._held[slots])
        found = self.described(slots)
        return np.asarray(found.gate * (found.matrix @ self.snapshot.vectors[found.read]), np.float32)

    def described(self, slots: Array) -> Described:
        """Return what these descriptions are mixtures of."""
        matrix = self.operator.rows(self.snapshot.links, slots)
        read = np.unique(matrix.indices)
        local = columns(matrix, read)
        mixed = local @ self.snapshot.vectors[read]
        gate = self.stage.gate(mixed) if self.stage.gate else np.ones((len(slots), 1), np.float32)
        return Described(slots, read, local, gate)


def _held(stage: LinearStage, snapshot: Snapshot, propagation: Propagation) -> DenseRows | None:
    held, operator = propagation.cache.get("held"), stage.terms[0].operator
    if held is None or held.snapshot is not snapshot or not isinstance(operator, Inheriting):
        return None
    rows: DenseRows | None = held.values.get(("described", operator.decay))
    return rows
