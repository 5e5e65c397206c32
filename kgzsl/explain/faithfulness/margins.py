"""Margins after deletions, always by propagating again, and each deletion only once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from kgzsl.arrays import Array
from kgzsl.explain.faithfulness.deletions import Deletions
from kgzsl.graph.classgraph import Relation

Change = tuple[frozenset[tuple[str, str, str]], frozenset[Relation]]


class Margins:
    """The adjusted score of a class less that of a fixed rival, whatever is deleted.

    Of a propagation only the difference of the two classifiers is kept: inputs that share the two classes share the
    propagations.

    Args:
        deletions: of what is explained.
        iri: of the class.
        rival: IRI of the class to compare with, chosen before anything is deleted.
    """

    def __init__(self, deletions: Deletions, iri: str, rival: str) -> None:
        setting = deletions.setting
        self.bank, self.deletions, self.pair = setting.propagation.bank, deletions, (iri, rival)
        ends = self.bank.rows(self.pair)
        bias, other = self.bank.bias[ends]
        self.offset = float(bias) - float(other) + setting.offset(iri) - setting.offset(rival)
        self.propagations = 0
        self._known: dict[Change, Array] = {(frozenset(), frozenset()): _difference(self.bank.table[ends])}

    def direction(self, removed: Sequence[Relation] = (), added: Sequence[Relation] = ()) -> Array:
        """Return the row of the class less that of the rival after some edits. Shape: (d,)."""
        change = frozenset(fact[:3] for fact in removed), frozenset(added)
        if change not in self._known:
            self._known[change] = _difference(self.deletions.rows(self.pair, removed, added))
            self.propagations += 1
        return self._known[change]

    def __call__(self, x: Array, removed: Sequence[Relation] = (), added: Sequence[Relation] = ()) -> float:
        """Return the margin of one input after some edits. Shape: (d,)."""
        mapped = self.bank.input_map(x[None])[0].astype(np.float64)
        return float(mapped @ self.direction(removed, added)) + self.offset


def _difference(rows: Array) -> Array:
    one, other = rows.astype(np.float64)
    return np.asarray(one - other)
