"""First pass in float32: one matrix product."""

from __future__ import annotations

import threading
from typing import ClassVar

import numpy as np

from kgzsl.arrays import Array
from kgzsl.resolve.fast.passes import UNIT, Bounds, gamma, largest, norms


class Float32:
    """Scores as BLAS gives them; what the order of its sums may change is the slack.

    Args:
        W: classifiers. Shape: (C, d) float32.
    """

    name: ClassVar[str] = "float32"

    def __init__(self, W: Array) -> None:
        self.W, self.nbytes, self._room = W, 0, threading.local()
        self.length = float(norms(W).max(initial=0.0))

    def bounds(self, Z: Array, added: Array) -> Bounds:
        """Return scores and how far they may be off; see :class:`FirstPass`. Shapes: (n, d), (C,) → (n, C)."""
        room = getattr(self._room, "kept", None)
        if room is None or len(room) < len(Z):
            room = self._room.kept = np.empty((len(Z), len(self.W)), np.float32)
        values = np.matmul(Z, self.W.T, out=room[: len(Z)])
        if added.any():
            values += added.astype(np.float32)
        products = norms(Z) * self.length
        slack = gamma(Z.shape[1]) * products + 4 * UNIT * (products + largest(added))
        return Bounds(values, np.ones(len(Z)), slack)
