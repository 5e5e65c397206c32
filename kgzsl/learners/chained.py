"""Learners whose propagation is a chain of local stages, so that an update costs what an edit reaches."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable

import numpy as np
from scipy import sparse

from kgzsl.arrays import Array, unit_rows
from kgzsl.bank import InputMap
from kgzsl.learners import base
from kgzsl.propagation.operators import Inheriting, Itself
from kgzsl.propagation.pipeline import Chain, Seen, Stage, run
from kgzsl.semantics.space import ClassSpace


class Chained(base.Learner):
    """A learner that says its stages; the rest is done here."""

    width: int

    @abstractmethod
    def chains(self) -> list[Chain]:
        """Return chains of stages from concept vectors to rows; the bank is the unit-length sum of their ends."""

    def propagate(self, space: ClassSpace, previous: base.Propagation | None = None) -> base.Propagation:
        """See the base class; rows that an edit cannot reach are shared with the previous propagation."""
        mine = previous is not None and previous.cache.get("rows") is self.rows
        held = previous.cache["held"] if previous is not None and mine else None
        self._check_width(space, self.width)
        bank, held = run(self.chains(), self.seen_rows(), space, held)
        return base.Propagation(bank, {"held": held, "rows": self.rows})

    def seen_rows(self) -> Seen:
        """Return what is known of seen classes; their rows are the given ones unless a learner says otherwise."""
        return Seen(self.seen_ids, self.rows, self.backbone, self.seen_row, self._input_map())

    def _input_map(self) -> InputMap:
        """Return what happens to inputs first."""
        return InputMap()


def described(decay: float, width: int) -> Stage:
    """Return the stage of descriptions mixed with those of ancestors, of unit length. Shapes: (n, e) → (n, e)."""
    return Stage((Inheriting(decay),), lambda m, v: unit_rows(m[0] @ v), width, ("described", decay))


def rowwise(
    compute: Callable[[Array], Array], width: int, key: object = None, fixed: Array | None = None
) -> Stage:
    """Return a stage that computes each row from the same row of the stage before."""

    def own(matrices: list[sparse.csr_array], values: Array) -> Array:
        at = matrices[0].indices
        return compute(values if np.array_equal(at, np.arange(len(values))) else values[at])

    return Stage((Itself(),), own, width, key, fixed=fixed)
