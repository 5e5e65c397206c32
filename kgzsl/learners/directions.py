"""Seen classifiers as directions: what is learnt from a given layer."""

from __future__ import annotations

import warnings

import numpy as np

from kgzsl.arrays import Array, unit_rows


def directions(weights: Array) -> Array:
    """Return centred unit rows; what only rounding tells from the mean is no direction, and stays zero."""
    if len(weights) == 1:
        return unit_rows(weights)
    centred = weights - weights.mean(axis=0)
    told = np.linalg.norm(centred, axis=1) > 1e-5 * np.linalg.norm(weights, axis=1)
    if not told.any():
        warnings.warn("the rows of all seen classes are the same: nothing can be learnt from them", stacklevel=4)
    elif twins := len(weights) - len(np.unique(weights, axis=0)):
        warnings.warn(f"{twins} seen classes have the row of another: no classifier tells them apart", stacklevel=4)
    return unit_rows(centred * told[:, None])
