"""Learners tried on validation classes, which are drawn from the seen ones: how each fared, or why it could not."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np

from kgzsl.arrays import Array
from kgzsl.bank import ClassifierBank
from kgzsl.errors import KgzslError
from kgzsl.features import FeatureSet
from kgzsl.learners.base import Progress
from kgzsl.learners.combined.named import made, named
from kgzsl.learners.validation import Fold, Verdict, judge, kinds_mean, make_folds, together
from kgzsl.semantics.space import ClassSpace

DRAWS = 2000


@dataclass(frozen=True)
class Tried:
    """A learner that was tried.

    Args:
        name: of the learner.
        options: that differ from its own.
        score: mean over kinds of folds of the class mean of 1 / (1 + rank); None where it could not be fitted.
        low: of the score's 95 % interval, by a bootstrap over classes.
        high: of the same.
        reason: why it could not be fitted.
        behind: the 95 % interval of how far it lies behind the best, by a paired bootstrap over classes.
    """

    name: str
    options: dict[str, Any] = field(default_factory=dict)
    score: float | None = None
    low: float = 0.0
    high: float = 0.0
    reason: str = ""
    behind: tuple[float, float] = (0.0, 0.0)

    @property
    def told_apart(self) -> bool:
        """Whether the classes say that it is worse than the best."""
        return self.behind[0] > 0


def try_learners(
    entries: Sequence[str | Mapping[str, Any]], space: ClassSpace, seen: ClassifierBank, features: FeatureSet | None,
    folds: int = 3, seed: int = 0, progress: Progress | None = None,
) -> list[Tried]:  # fmt: skip
    """Try learners on seen classes that are hidden from them; the best first, then those that cannot be fitted.

    Of two with the same score the one that is named first is the better.

    Args:
        entries: names, or tables of name and options.
        space: holds the seen classes.
        seen: their classifiers.
        features: labelled inputs of seen classes, if any.
        folds: of each kind; see :func:`kgzsl.learners.validation.make_folds`.
        seed: of folds and of fitting.
        progress: called with ('choose a learner', done, total).

    Raises:
        LearnerError: fewer than four seen classes.
    """
    judged = make_folds(space, seen, features, folds, seed)
    found: list[tuple[Tried, list[Verdict]]] = []
    for done, entry in enumerate(entries):
        if progress:
            progress("choose a learner", done, len(entries))
        name, options = named(entry)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                verdicts = judge(partial(made, entry), space, seen, features, judged, seed)
        except (KgzslError, np.linalg.LinAlgError) as error:
            found.append((Tried(name, options, reason=_said(error)), []))
            continue
        low, high = _bounds(_by_kind(judged, verdicts), seed)
        found.append((Tried(name, options, kinds_mean(judged, verdicts), low, high), verdicts))
    if progress:
        progress("choose a learner", len(entries), len(entries))
    return _ordered(judged, found, seed)


def _said(error: Exception) -> str:
    return error.message if isinstance(error, KgzslError) else str(error)


def _ordered(folds: Sequence[Fold], found: Sequence[tuple[Tried, list[Verdict]]], seed: int) -> list[Tried]:
    ranked = sorted(found, key=lambda pair: -1.0 if pair[0].score is None else -2.0 - pair[0].score)
    if ranked[0][0].score is None:
        return [tried for tried, _ in ranked]
    best = _by_kind(folds, ranked[0][1])
    return [ranked[0][0], *(_compared(tried, best, _by_kind(folds, verdicts), seed) if verdicts else tried
                            for tried, verdicts in ranked[1:])]  # fmt: skip


def _compared(tried: Tried, best: Sequence[Array], own: Sequence[Array], seed: int) -> Tried:
    behind = _bounds([one - other for one, other in zip(best, own, strict=True)], seed)
    return Tried(tried.name, tried.options, tried.score, tried.low, tried.high, tried.reason, behind)


def _by_kind(folds: Sequence[Fold], verdicts: Sequence[Verdict]) -> list[Array]:
    """Return what every hidden class scored, one array a kind of folds."""
    kinds = dict.fromkeys(fold.kind for fold in folds)
    pairs = list(zip(folds, verdicts, strict=True))
    return [together([v for f, v in pairs if f.kind == kind]).reciprocal for kind in kinds]


def _bounds(values: Sequence[Array], seed: int) -> tuple[float, float]:
    """Return the 95 % bootstrap interval of the mean over kinds of the mean over classes."""
    rng = np.random.default_rng(seed)
    means = [v[rng.integers(len(v), size=(DRAWS, len(v)))].mean(axis=1) for v in values]
    low, high = np.percentile(np.mean(means, axis=0), [2.5, 97.5])
    return float(low), float(high)
