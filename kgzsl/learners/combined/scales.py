"""On what scale a learner scores classes that it has not seen: measured on seen classes that were hidden from it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from kgzsl.arrays import Array
from kgzsl.bank import ClassifierBank
from kgzsl.features import FeatureSet
from kgzsl.folds import halves
from kgzsl.layers import fit_layer
from kgzsl.learners.base import FEWEST, Learner
from kgzsl.metrics import by_class, ranks
from kgzsl.resolve.bias.gamma import choose_gamma
from kgzsl.semantics.space import ClassSpace

ROUNDS = 20


class Scale(NamedTuple):
    """Mean and spread of scores of unseen classes, and the bias to seen classes in units of that spread."""

    mean: float
    spread: float
    gamma: float = 0.0


class Trial(NamedTuple):
    """What learners are tried on.

    Args:
        seen: classifiers that were not fitted on ``inputs``.
        inputs: labelled by IRIs of seen classes.
        fitting: other labelled inputs, for learners that are trained on some.
        real: whether ``inputs`` are inputs, and not rows of classifiers that stand in for them.
    """

    seen: ClassifierBank
    inputs: FeatureSet
    fitting: FeatureSet | None
    real: bool


def trial_of(
    learners: Sequence[Learner], ids: Sequence[str], seen: ClassifierBank, features: FeatureSet | None, seed: int
) -> Trial:
    """Return half of the labelled inputs to be scored, the other half to fit on; without labels, the seen rows.

    Where every seen class is labelled, its classifier may have been fitted on the very inputs; so learners of rows
    then get a layer that is fitted on the other half alone.

    Args:
        learners: that will be tried.
        ids: of seen classes.
        seen: their classifiers.
        features: labelled inputs, if any.
        seed: of the halves.
    """
    if features is not None and features.labels:
        first, second = halves(features.labels, seed)
        fitting, inputs = features.take(first), features.take(second)
        known = set(fitting.labels or ()) & set(ids)
        if len(known) >= FEWEST:
            anew = set(features.labels) >= set(ids) and any(other.learns_from == "rows" for other in learners)
            return Trial(fit_layer(fitting, seed) if anew else seen, inputs, fitting, True)
    rows = seen.weights[seen.rows(ids)]
    return Trial(seen, FeatureSet(rows - rows.mean(axis=0), tuple(ids), seen.backbone), None, False)


class Scored(NamedTuple):
    """How a learner scored inputs of classes that were hidden from it, and of others.

    Args:
        scores: of labelled classes. Shape: (n, C).
        y: place of each input's class. Shape: (n,).
        known: which classes were not hidden. Shape: (C,).
    """

    scores: Array
    y: Array
    known: Array

    @property
    def hidden(self) -> tuple[Array, Array]:
        """Scores of inputs of hidden classes for hidden classes, and their places. Shapes: (m, H), (m,)."""
        own = ~self.known[self.y]
        return self.scores[own][:, ~self.known], (np.cumsum(~self.known) - 1)[self.y[own]]


def without_half(
    learner: Learner, space: ClassSpace, seen: ClassifierBank, features: FeatureSet, seed: int,
    fitting: FeatureSet | None, fold: int = 0, folds: int = 2,
) -> Learner | None:  # fmt: skip
    """Return a learner fitted without a fold of the labelled classes: the same classes for every kind of learner.

    Some (graph networks) have classes of their own that they held out, which would not be those of another.
    See :meth:`kgzsl.learners.base.Learner.held_out_learner`.
    """
    other = Learner.held_out_learner(getattr(learner, "chosen", learner), space, seen, features, seed, fitting,
                                     fold, folds)  # fmt: skip
    if other is not None and other.interrupted:
        raise KeyboardInterrupt
    return other


def scored(learner: Learner, space: ClassSpace, trial: Trial, seed: int = 0) -> Scored:
    """Fit a learner without half of the labelled classes, and let it score the inputs of a trial.

    With fewer than four seen classes none can be hidden; the learner itself then scores them all, as if all were.
    """
    other = without_half(learner, space, trial.seen, trial.inputs, seed, trial.fitting)
    bank = (other or learner).classifiers(space)
    labels = trial.inputs.labels or ()
    classes = sorted(set(labels) & set(learner.seen_ids))
    column = {iri: k for k, iri in enumerate(classes)}
    at = [n for n, label in enumerate(labels) if label in column]
    rows, y = bank.rows(classes), np.array([column[labels[n]] for n in at], np.int64)
    known = bank.seen[rows] if other is not None else np.zeros(len(classes), bool)
    return Scored(bank.scores(trial.inputs.X[at], rows), y, known)


def scale_of(found: Scored, balance: bool = False) -> Scale:
    """Return the scale of the scores that inputs of hidden classes get for hidden classes.

    The spread is that within an input, over classes: what all classes share decides nothing. With ``balance`` the
    bias is the gamma of calibrated stacking among the labelled classes.
    """
    scores, _ = found.hidden
    spread = float(np.sqrt(scores.var(axis=1, dtype=np.float64).mean()))
    spread = spread if spread > 0 else 1.0
    of_both = found.known[found.y].any() and not found.known[found.y].all()
    gamma = choose_gamma(found.scores / spread, found.y, found.known) if balance and of_both else 0.0
    return Scale(float(scores.mean()), spread, gamma)


def shares_of(found: Sequence[Scored], scales: Sequence[Scale], rounds: int = ROUNDS) -> list[float]:
    """Return how often each learner is taken when the one that helps most is taken again and again, as shares of one.

    What helps is the class mean of 1 / (1 + rank) of inputs of hidden classes among these, of the sum of standardised
    scores. The best sum of all rounds counts; of two that are as good, the earlier.

    Source: Caruana et al. 2004, Ensemble Selection from Libraries of Models, sec. 2 (with replacement).
    """
    scores = [one.hidden[0] / scale.spread for one, scale in zip(found, scales, strict=True)]
    y = found[0].hidden[1]
    total, counts = np.zeros_like(scores[0]), np.zeros(len(scores))
    best, shares = -1.0, counts
    for _ in range(rounds):
        worth = [float(by_class(1 / (1 + ranks(total + own, y)), y).mean()) for own in scores]
        k = int(np.argmax(worth))
        total, counts = total + scores[k], counts + np.eye(len(scores))[k]
        if worth[k] > best:
            best, shares = worth[k], counts / counts.sum()
    return [float(share) for share in shares]
