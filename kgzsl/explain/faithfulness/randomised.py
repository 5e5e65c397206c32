"""A learner that has forgotten what it learnt: an explanation that stays the same explains nothing.

Source: Adebayo et al. 2018, Sanity Checks for Saliency Maps: disorder of parameters, and of labels.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from kgzsl.arrays import Array
from kgzsl.explain.setting import Setting
from kgzsl.learners.base import Learner

STRUCTURE = ("width", "relations", "center", "middle", "anchors", "inverse", "solver")


def randomised(setting: Setting, seed: int = 0) -> Setting:
    """Return the setting with a learner whose learnt parameters are in disorder.

    Networks: all entries of each array that are not zero change places, so that scale and structure stay. Closed
    forms: the seen rows change places, as if every seen class had been learnt from another's examples; the map of
    ``shared`` has its entries in disorder too.
    """
    learner = setting.learner
    rng = np.random.default_rng(seed)
    state = dict(learner.state())
    state["rows"] = state["rows"][_derangement(len(state["rows"]), rng)]
    for name in sorted(state):
        numbers = state[name].dtype.kind == "f"  # others say what a learner is made of
        if numbers and name.startswith("fit_") and name.removeprefix("fit_") not in STRUCTURE:
            state[name] = _shuffled(state[name], rng)
    other: Learner = type(learner)(**dict(learner.options))
    other.restore(learner.seen_ids, learner.backbone, state)
    return replace(setting, learner=other, propagation=other.propagate(setting.space))


def _shuffled(values: Array, rng: np.random.Generator) -> Array:
    found = values.copy()
    at = np.flatnonzero(found)
    found.flat[at] = rng.permutation(found.flat[at])
    return found


def _derangement(n: int, rng: np.random.Generator) -> Array:
    """Return a random order in which nothing keeps its place."""
    order = rng.permutation(n)
    found = np.empty(n, np.int64)
    found[order] = np.roll(order, 1)
    return found
