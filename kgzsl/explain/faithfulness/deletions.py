"""Classifiers of a few classes after facts are deleted: exactly what propagating again gives, and no more than that."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from kgzsl.arrays import Array, unit_rows
from kgzsl.explain.setting import Setting
from kgzsl.graph.classgraph import Relation
from kgzsl.learners.chained import Chained
from kgzsl.propagation.partial import rows_of
from kgzsl.propagation.pipeline import Chain, Held
from kgzsl.semantics.space import ClassSpace


class Deletions:
    """Classifiers after edits of facts, never by approximation.

    Learners whose propagation is a chain of stages compute of each stage only what the classes read and the edit
    reached; those that solve for everything at once, but know where a walk from a class ends, solve for the classes
    alone; any other propagates whole.

    Args:
        setting: what is edited.
    """

    def __init__(self, setting: Setting) -> None:
        self.setting, self.learner = setting, setting.learner
        self._chains: list[Chain] = []
        self._held: Held | None = None
        held = setting.propagation.cache.get("held")
        if isinstance(self.learner, Chained) and held is not None and held.space is setting.space:
            self._chains, self._held = self.learner.chains(), held

    def rows(self, ids: Sequence[str], removed: Sequence[Relation], added: Sequence[Relation] = ()) -> Array:
        """Return the classifiers of these classes had some facts not been stated, or had some been. Shape: (k, d)."""
        learner, setting = self.learner, self.setting
        if self._held is not None:
            assert isinstance(learner, Chained)
            space = setting.space.edited(removed, added)
            return rows_of(self._chains, learner.seen_rows(), space, self._held, ids)
        ends = self._ends(setting.space.edited(removed, added), ids) if not setting.propagation.cache else None
        if ends is not None:
            return unit_rows(ends @ learner.rows)
        bank = setting.edited(removed, added).bank
        return bank.table[bank.rows(ids)]

    def _ends(self, space: ClassSpace, ids: Sequence[str]) -> Array | None:
        """Return the chances of ending at each seen class, or None where no walks carry the classifiers."""
        ends = [self.learner.ends(space, iri) for iri in ids]
        return np.stack([end for end in ends if end is not None]) if all(end is not None for end in ends) else None
