"""Validation on seen classes hidden from a learner: leaves, and inner classes with all that lies below them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
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

INPUTS, ROWS, INNER = "inputs", "rows", "inner"
LEAVES = (2, 20)
HIDDEN = 0.25


@dataclass(frozen=True, eq=False)
class Fold:
    """Seen classes that a learner must do without, and inputs that are ranked by what it propagates to candidates.

    Args:
        kind: ``inputs`` (labelled inputs of hidden classes), ``rows`` (their own classifier rows stand in for inputs)
            or ``inner`` (rows of hidden leaves, whose right answer is the inner class above them).
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
    space: ClassSpace, seen: ClassifierBank, features: FeatureSet | None, k: int = 3, seed: int = 0
) -> list[Fold]:
    """Return ``k`` folds of rows, ``k`` of inner classes where there are any, and two of inputs where they are given.

    Args:
        space: holds the seen classes.
        seen: their classifiers.
        features: labelled inputs of seen classes.
        k: how many folds of each kind.
        seed: of the draw.

    Raises:
        LearnerError: fewer than four seen classes.
    """
    known = [iri for iri in seen.ids if iri in space.graph.index]
    if len(known) < FEWEST:
        raise LearnerError(f"{len(known)} seen classes are too few to hold any out", value=len(known),
                           fix="validate with four or more")  # fmt: skip
    count = min(max(k, 2), len(known) // 2)
    folds = [_of_rows(seen, hidden, hidden, hidden, ROWS) for hidden in class_folds(known, count, seed)]
    folds += [fold for n in range(k) if (fold := _inner(space, seen, known, seed + n))]
    labelled = sorted(set(features.labels or ()) & set(known)) if features is not None else []
    if features is not None and len(labelled) >= FEWEST:
        folds += [_of_inputs(features, hidden) for hidden in class_folds(labelled, 2, seed)]
    return folds


def judge(
    make: Callable[[], Learner], space: ClassSpace, seen: ClassifierBank, features: FeatureSet | None,
    folds: Sequence[Fold], seed: int = 0,
) -> list[Verdict]:  # fmt: skip
    """Rank the inputs of each fold by a learner that does without its hidden classes.

    Learners with a closed form of leaving classes out are fitted once for all folds of rows; the others, and all
    learners for other folds, are fitted anew for each.

    Args:
        make: gives an unfitted learner.
        space: see :func:`make_folds`, as are the next two.
        seen: all of them.
        features: those of hidden classes are kept from the learner.
        folds: what is judged.
        seed: of fitting.
    """
    return [_verdict(scores, fold.y) for fold, scores in zip(folds, _scores(make, space, seen, features, folds, seed),
                                                             strict=True)]  # fmt: skip


def _scores(
    make: Callable[[], Learner], space: ClassSpace, seen: ClassifierBank, features: FeatureSet | None,
    folds: Sequence[Fold], seed: int,
) -> Iterator[Array]:  # fmt: skip
    whole: Learner | None = None
    for fold in folds:
        learner = make()
        if fold.kind == ROWS and type(learner).left_out is not Learner.left_out:
            whole = whole or learner.fit(space, seen, features, seed)
            left = whole.left_out(space, fold.candidates)
            assert left is not None
            yield fold.X @ unit_rows(left).T
        else:
            rest = features.without(fold.hidden) if features is not None else None
            learner.fit(space, without_seen(seen, fold.hidden), rest, seed)
            if learner.interrupted:
                raise KeyboardInterrupt
            bank = learner.classifiers(space)
            yield bank.scores(fold.X, bank.rows(fold.candidates))


def _verdict(scores: Array, y: Array) -> Verdict:
    place = ranks(scores, y)
    return Verdict(by_class(place == 0, y), by_class(1 / (1 + place), y))


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
    inner = sorted({iri for name in known for iri in graph.ancestors(name)}.intersection(graph.class_ids) - pool)
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
