"""What learners that are trained on inputs are trained on: labelled features, or the rows of the seen classifiers."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from kgzsl.arrays import Array, unit_rows
from kgzsl.bank import InputMap
from kgzsl.errors import LearnerError
from kgzsl.features import FeatureSet
from kgzsl.learners.base import Learner


class Examples(NamedTuple):
    """Inputs of seen classes.

    Args:
        X: centred, and of unit length unless asked otherwise. Shape: (n, d).
        y: place of each input's class among the seen ones. Shape: (n,).
        center: what was taken from inputs; None for rows. Shape: (d,).
    """

    X: Array
    y: Array
    center: Array | None

    @property
    def classes(self) -> int:
        """How many classes there are."""
        return int(self.y.max()) + 1

    def input_map(self) -> InputMap:
        """Return the map that does to inputs what was done to these."""
        return InputMap(self.center)

    def means(self) -> Array:
        """Return the mean input of each class. Shape: (S, d)."""
        return class_means(self.X, self.y, self.classes)


def class_means(X: Array, y: Array, classes: int) -> Array:
    """Return the mean row of each class in double precision; of one without any, zeros. Shapes: (n, d), (n,) → (C, d).

    Args:
        X: rows.
        y: their classes, counted from zero.
        classes: how many.
    """
    total = np.zeros((classes, X.shape[1]), np.float64)
    np.add.at(total, y, X)
    return np.asarray(total / np.maximum(np.bincount(y, minlength=classes), 1)[:, None])


def examples(learner: Learner, features: FeatureSet | None, unit: bool = True) -> Examples:
    """Return what a learner, which remembers its seen classes, is trained on.

    Labelled features where every seen class has one or more. Otherwise each seen class's classifier row, centred and
    of unit length, stands in for an input of it: the rows of a trained layer lie where its inputs do, up to lengths
    (a layer of a thousand classes is often all that is given). Without ``unit`` features are centred and no more.

    Raises:
        LearnerError: features that are the same for all inputs.
    """
    place = learner.seen_row
    labels = features.labels if features is not None and features.labels else ()
    at = np.array([k for k, label in enumerate(labels) if label in place], np.int64)
    y = np.array([place[labels[k]] for k in at], np.int64)
    if features is None or len(np.unique(y)) < len(place):
        return Examples(learner.rows, np.arange(len(learner.rows)), None)
    X = features.X[at]
    center = X.mean(axis=0)
    if float(np.abs(X - center).max()) <= 1e-6 * max(float(np.abs(center).max()), 1e-30):
        raise LearnerError("the features are the same for every input: nothing can be learnt from them",
                           file=features.source, value=float(X[0, 0]), fix="check the encoder")  # fmt: skip
    X = X - center
    return Examples(unit_rows(X) if unit else X, y, np.asarray(center, np.float32))
