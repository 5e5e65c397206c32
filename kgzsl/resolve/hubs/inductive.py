"""Levels measured against inputs of seen classes."""

from __future__ import annotations

import numpy as np

from kgzsl.arrays import Array
from kgzsl.bank import ClassifierBank
from kgzsl.resolve.hubs.columns import reference_columns
from kgzsl.resolve.hubs.cure import HubCure, Level, Taken
from kgzsl.resolve.hubs.worth import Setting
from kgzsl.resolve.query import Query, References

FEWEST = 10
"""So many inputs of other classes must be there for each candidate."""


class Inductive(HubCure):
    """Measured against references: an input scores the same whatever else is asked."""

    uses_references = True
    _last: tuple[ClassifierBank, bytes, References, tuple[float, ...], Level] | None = None

    def measured(self, query: Query, setting: Setting) -> Level:
        """See the base class."""
        return self.measured_by(query.bank, query.rows, query.references, setting)

    def measured_by(self, bank: ClassifierBank, rows: Array, references: References, setting: Setting) -> Level:
        """Return the level of candidates; remembered for what was asked last. Shape: (C,)."""
        key, how, last = rows.tobytes(), setting[1:], self._last
        if last is None or last[0] is not bank or last[1] != key or last[2] is not references or last[3] != how:
            last = self._last = bank, key, references, how, self._measured(bank, rows, references, setting)
        return last[4]

    def _measured(self, bank: ClassifierBank, rows: Array, references: References, setting: Setting) -> Level:
        columns = reference_columns(bank, rows, references, bool(setting.own)) if len(references) else None
        there = columns.fewest if columns else 0
        if columns is None or there < FEWEST:
            reason = f"hubs are told by inputs of seen classes; there are {there} and {FEWEST} are needed"
            return Level(np.zeros(len(rows)), reason=reason)
        return self.level(columns, setting)


class InductiveOffsets(Inductive, Taken):
    """A number taken from each class, known before anything is asked."""

    def offsets(self, bank: ClassifierBank, rows: Array, references: References) -> Array:
        """See the base class."""
        if not self.setting.strength:
            return np.zeros(len(rows))
        return np.asarray(-self.setting.strength * self.measured_by(bank, rows, references, self.setting).classes)
