"""What cures share that scale distances instead of taking a number from scores."""

from __future__ import annotations

import numpy as np

from kgzsl.arrays import Array
from kgzsl.resolve.hubs.columns import Columns
from kgzsl.resolve.hubs.cure import HubCure, Level
from kgzsl.resolve.hubs.worth import Setting

FLOOR = 1e-3
"""A class that no input is away from would be infinitely near: no level is below this part of their median."""


class Scaled(HubCure):
    """A cure that divides the distance of an input to a class by how far the class is from inputs at large.

    What score a perfect match would have is not known, as banks score by cosines, dot products and log-odds: a distance
    is how much a score falls short of the best one that any input measured against gets, and of one spread of scores
    over classes more. What is divided is taken off that score again, so that units stay. A better score may make a
    distance negative; a class's scores keep their order.
    """

    def rescored(self, scores: Array, level: Level, strength: float) -> Array:
        """See the base class."""
        return np.asarray(level.zero - (level.zero - scores) * level.classes**-strength)


def distances(columns: Columns, setting: Setting, scores: Array) -> Level:
    """Return how far classes of these scores are, in units of what is typical. Shape: (C,)."""
    zero = columns.largest + columns.spread
    away = zero - scores
    return Level(np.maximum(away / columns.typical(away, setting.apart), FLOOR), zero)
