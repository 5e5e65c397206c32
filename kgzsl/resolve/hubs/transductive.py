"""Levels measured against the batch itself."""

from __future__ import annotations

import numpy as np

from kgzsl.resolve.hubs.columns import Columns
from kgzsl.resolve.hubs.cure import HubCure, Level
from kgzsl.resolve.hubs.worth import Setting
from kgzsl.resolve.query import Query

FEWEST, OTHERS = 50, 10
"""So many inputs must be in a batch, and so many of them must be answered otherwise, whatever the class."""


class Transductive(HubCure):
    """Measured against the batch: an answer depends on what else is asked, and all must be asked together.

    A class that many inputs are of looks like a hub: where that costs something on rehearsals, inputs whose best answer
    a class is do not count for it (``own``), as a batch has no labels that say which ones are its own.
    """

    transductive = True
    owns = (0.0, 1.0)

    def measured(self, query: Query, setting: Setting) -> Level:
        """See the base class."""
        there, others = len(query.scores), answered_otherwise(query)
        if there < FEWEST:
            reason = f"hubs are told by the inputs of a batch; there are {there} and {FEWEST} are needed"
        elif others.fewest < OTHERS:
            reason = f"hubs are told by inputs of several classes; all but {others.fewest} are answered alike"
        else:
            return self.level(Columns(query.scores, query.seen) if setting.own else others, setting)
        return Level(np.zeros(len(query.rows)), reason=reason)


def answered_otherwise(query: Query) -> Columns:
    """Return scores of the batch, and for which candidates each input counts: all but its best answers."""
    return Columns(query.scores, query.seen, query.scores < query.scores.max(axis=1, keepdims=True))
