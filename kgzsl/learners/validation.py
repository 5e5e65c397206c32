"""Validation on seen classes hidden from a learner: leaves, and inner classes with all that lies below them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from kgzsl.arrays import Array, unit_rows
from kgzsl.bank import ClassifierBank
from kgzsl.errors import LearnerError
from kgzsl.features import FeatureSet
from kgzsl.folds import class_folds
from kgzsl.learners.base import FEWEST, Learner, without_seen
from kgzsl.metrics import by_class, ranks
from kgzsl.semantics.space import ClassSpace

INPUTS, ROWS, INNER, LEFT_OUT = "inputs", "rows", "inner", "left out"
LEAVES = (2, 20)
HIDDEN = 0.25


@dataclass(frozen=True, eq=False)
class Fold:
    """Seen classes that a learner must do without, and inputs that are ranked by what it propagates to candidates.

    Args:
        kind: ``inputs`` (labelled inputs of hidden classes), ``rows`` (their own classifier rows stand in for inputs),
            ``left out`` (the same for every seen class at once, each hidden alone, in closed form) or ``inner`` (rows
            of hidden leaves, whose right answer is the inner class above them).
        hidden: IRIs.
        candidates: IRIs.
        X: inputs. Shape: (n, d).
        y: place of each input's class among the candidates. Shape: (n,).
    """

    kind: str
    hidden: tuple[str, ...]
    candidates: tuple[str, ...]
    X: Array
    y: Array


@dataclass(frozen=True, eq=False)
class Verdict:
    """How hidden classes fared. Shapes: (C,) each, sorted by fold and class."""

    hit: Array
    reciprocal: Array

    @property
    def score(self) -> float:
        """Class mean of 1 / (1 + rank): what choices are made by."""
        return float(self.reciprocal.mean())


def make_folds(
    space: ClassSpace,
    seen: ClassifierBank,
    features: FeatureSet | None,
    k: int = 3,
    seed: int = 0,
    closed: bool = False,
) -> list[Fold]:
    """Return ``k`` folds of rows, ``k`` of inner classes where there are any, and two of inputs where they are given.

    Args:
        space: holds the seen classes.
        seen: their classifiers.
        features: labelled inputs of seen classes.
        k: how many folds of each kind.
        seed: of the draw.
        closed: leave classes out in closed form in place of folds of rows, for learners that can.

    Raises:
        LearnerError: fewer than four seen classes.
    """
    known = [iri for iri in seen.ids if iri in space.graph.index]
    if len(known) < FEWEST:
        raise LearnerError(f"{len(known)} seen classes are too few to hold any out", value=len(known),
                           fix="validate with four or more")  # fmt: skip
    if closed:
        rows = unit_rows(seen.weights[seen.rows(known)] - seen.weights.mean(axis=0))
        folds = [Fold(LEFT_OUT, (), tuple(known), rows, np.arange(len(known)))]
    else:
        folds = [_of_rows(seen, hidden, hidden, hidden, ROWS) for hidden in class_folds(known, max(k, 2), seed)]
    folds += [fold for n in range(k) if (fold := _inner(space, seen, known, seed + n))]
    labelled = sorted(set(features.labels or ()) & set(known)) if features is not None else []
    if features is not None and len(labelled) >= FEWEST:
        folds += [_of_inputs(features, hidden) for hidden in class_folds(labelled, 2, seed)]
    return folds


def judge(
    learner: Learner, space: ClassSpace, seen: ClassifierBank, features: FeatureSet | None, fold: Fold, seed: int = 0
) -> Verdict:
    """Fit a learner without the hidden classes of a fold, and rank its inputs."""
    rest = _without(features, fold.hidden)
    learner.fit(space, without_seen(seen, fold.hidden), rest, seed)
    if fold.kind == LEFT_OUT:
        left = learner.left_out(space)
        assert left is not None
        scores = fold.X @ unit_rows(left)[[learner.seen_row[iri] for iri in fold.candidates]].T
    else:
        bank = learner.classifiers(space)
        scores = bank.scores(fold.X, bank.rows(fold.candidates))
    place = ranks(scores, fold.y)
    return Verdict(by_class(place == 0, fold.y), by_class(1 / (1 + place), fold.y))


def together(verdicts: Sequence[Verdict]) -> Verdict:
    """Return the verdicts of several folds as one."""
    return Verdict(np.concatenate([v.hit for v in verdicts]), np.concatenate([v.reciprocal for v in verdicts]))


def kinds_mean(folds: Sequence[Fold], verdicts: Sequence[Verdict]) -> float:
    """Return the score that choices are made by: the mean over kinds of folds, so that no kind outvotes another."""
    kinds = dict.fromkeys(fold.kind for fold in folds)
    pairs = list(zip(folds, verdicts, strict=True))
    return float(np.mean([together([v for f, v in pairs if f.kind == kind]).score for kind in kinds]))


def _of_rows(
    seen: ClassifierBank, hidden: Sequence[str], candidates: Sequence[str], labels: Sequence[str], kind: str
) -> Fold:
    """Rows of hidden classes as inputs, centred as a learner that knows the others centres its own."""
    gone = set(hidden)
    rest = np.array([k for k, iri in enumerate(seen.ids) if iri not in gone])
    column = {iri: k for k, iri in enumerate(candidates)}
    X = seen.weights[seen.rows(hidden)] - seen.weights[rest].mean(axis=0)
    return Fold(kind, tuple(hidden), tuple(candidates), unit_rows(X), np.array([column[name] for name in labels]))


def _inner(space: ClassSpace, seen: ClassifierBank, known: Sequence[str], seed: int) -> Fold | None:
    """Draw inner classes that share no seen class below them, until a quarter of the seen classes is hidden."""
    graph, pool, taken = space.graph, set(known), set[str]()
    above: dict[str, str] = {}
    inner = sorted({iri for name in known for iri in graph.ancestors(name)} - pool)
    for k in np.random.default_rng(seed).permutation(len(inner)):
        below = graph.descendants(inner[k]) & pool
        if LEAVES[0] <= len(below) <= LEAVES[1] and not below & taken and len(taken | below) <= HIDDEN * len(pool):
            taken |= below
            above |= dict.fromkeys(below, inner[k])
    if len(set(above.values())) < FEWEST:
        return None
    hidden = sorted(above)
    return _of_rows(seen, hidden, sorted(set(above.values())), [above[iri] for iri in hidden], INNER)


def _of_inputs(features: FeatureSet, hidden: tuple[str, ...]) -> Fold:
    labels, column = features.labels or (), {iri: k for k, iri in enumerate(hidden)}
    at = [r for r, label in enumerate(labels) if label in column]
    return Fold(INPUTS, hidden, hidden, features.X[at], np.array([column[labels[r]] for r in at]))


def _without(features: FeatureSet | None, hidden: Sequence[str]) -> FeatureSet | None:
    if features is None:
        return None
    gone = set(hidden)
    kept = [r for r, label in enumerate(features.labels or ()) if label not in gone]
    return features.take(np.array(kept, np.int64)) if kept else None
