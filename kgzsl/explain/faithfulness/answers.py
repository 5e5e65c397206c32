"""Which answers are measured: a class that facts describe, and the rival that it has to beat."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kgzsl.arrays import Array
from kgzsl.errors import LearnerError
from kgzsl.explain.setting import Setting


@dataclass(frozen=True, eq=False)
class Answers:
    """Inputs, the class that is explained of each, and its rival.

    Args:
        inputs: rows of the inputs. Shape: (n,).
        classes: IRIs. Shape: (n,).
        rivals: IRIs of the best other candidates, by adjusted scores. Shape: (n,).
        answered: whether the class is the answer. Shape: (n,).
    """

    inputs: Array
    classes: Array
    rivals: Array
    answered: Array


def choose_answers(setting: Setting, X: Array, most: int, seed: int) -> Answers:
    """Return the best unseen candidate of each input; where it is not the answer, it is explained all the same.

    The classifier of a seen class is given, so that no fact explains it. Inputs are a random sample where there are
    more than ``most``, in their own order. Shape: (n, d).

    Raises:
        LearnerError: all candidates are seen, or there is but one.
    """
    ids = np.array(setting.candidates, dtype=object)
    seen = np.array([iri in setting.learner.seen_row for iri in ids])
    if seen.all() or len(ids) < 2:
        raise LearnerError("no candidate is unseen: the classifiers of all were given, and no fact explains them",
                           fix='let more classes be answers ("all", or "seen and leaves", in the recipe)')  # fmt: skip
    rows = np.arange(len(X))
    if len(X) > most:
        rows = np.sort(np.random.default_rng(seed).choice(len(X), most, replace=False))
    scores = setting.scores(X[rows])
    best = np.where(seen, -np.inf, scores).argmax(axis=1)
    others = scores.copy()
    others[np.arange(len(rows)), best] = -np.inf
    rival = others.argmax(axis=1)
    return Answers(rows, ids[best], ids[rival], scores.argmax(axis=1) == best)
