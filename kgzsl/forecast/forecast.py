"""A forecast of each class's accuracy, learnt on seen classes that were hidden."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from kgzsl.arrays import Array
from kgzsl.engine import Engine
from kgzsl.errors import LearnerError
from kgzsl.forecast.signs import SIGNS, likenesses, signs
from kgzsl.learners.base import Progress
from kgzsl.learners.catalogue import make_learner
from kgzsl.learners.validation import ROWS, judge, make_folds
from kgzsl.metrics import by_class, ranks
from kgzsl.training import Material

ENOUGH, FEWEST, FOLDS = 40, 8, 5
PENALTIES = tuple(10.0**k for k in range(-1, 5))


@dataclass(frozen=True)
class Expected:
    """What is expected of one class.

    Args:
        iri: of the class.
        label: of the class.
        accuracy: forecast of its hit@1 among the unseen candidates, in [0, 1].
        missing: what would help most, the most helpful first.
        rival: label of the candidate whose description is most like its own.
    """

    iri: str
    label: str
    accuracy: float
    missing: tuple[str, ...]
    rival: str


@dataclass(frozen=True, eq=False)
class Forecast:
    """Forecasts, and how far to trust them.

    Args:
        classes: the worst first.
        spearman: rank correlation with what hidden seen classes reached, by leaving out folds of them.
        classes_seen: how many hidden seen classes it was learnt on.
        learnt_on: ``inputs`` or ``rows``: whether labelled inputs of theirs, or their own classifiers, were ranked.
    """

    classes: tuple[Expected, ...]
    spearman: float
    classes_seen: int
    learnt_on: str


def forecast(
    engine: Engine, material: Material, classes: str | Sequence[str] | None = None, progress: Progress | None = None
) -> Forecast:
    """Forecast the accuracy of unseen candidates from their descriptions alone.

    A ridge regression from signs of a description (:mod:`kgzsl.forecast.signs`) to the hit@1 of seen classes that were
    hidden from the learner; with fewer than 40 of these with labelled inputs, to the reciprocal rank of their own
    classifiers in place of inputs, scaled to the mean hit@1 of those with labelled inputs where there are eight.

    Args:
        engine: trained on the material.
        material: what it was trained on.
        classes: restricts the candidates; see :meth:`kgzsl.engine.Engine.predict`.
        progress: called with (stage, done, total).

    Raises:
        LearnerError: fewer than eight seen classes.
    """
    X, y, kind = shown, hits, _ = _of_inputs(engine)
    if len(y) < ENOUGH:
        X, y, kind = _of_rows(material, progress)
    if len(y) < FEWEST:
        raise LearnerError(f"{len(y)} seen classes are too few to learn a forecast on", value=len(y),
                           fix=f"train with {FEWEST} or more")  # fmt: skip
    state, candidates = engine.state, engine.candidates(classes)
    given = set(engine.learner.seen_ids)
    seen, unseen = ([c for c in candidates if (c in given) == known] for known in (True, False))
    model = _Model.fitted(X, y)
    if kind == ROWS and len(hits) >= FEWEST:
        model = model.scaled(float(hits.mean() / max(model(shown).mean(), 1e-6)))
    if not unseen:
        return Forecast((), _left_out(X, y), len(y), kind)
    known = [c for c in engine.learner.seen_ids if c in state.graph.index] or seen
    found = signs(state.space, unseen, known, unseen)
    accuracy, parts = model(found), model.parts(found)
    rivals = likenesses(state.space, unseen, [], unseen)[2] if len(unseen) > 1 else [""] * len(unseen)
    label = state.graph.label
    told = [Expected(iri, label(iri), float(accuracy[k]), _missing(parts[k]), label(rivals[k]) if rivals[k] else "")
            for k, iri in enumerate(unseen)]  # fmt: skip
    return Forecast(tuple(sorted(told, key=lambda e: (e.accuracy, e.iri))), _left_out(X, y), len(y), kind)


def _of_inputs(engine: Engine) -> tuple[Array, Array, str]:
    """Return signs and hit@1 of hidden classes, among what is unseen in each rehearsal."""
    found, right = [np.zeros((0, len(SIGNS)))], [np.zeros(0)]
    for rehearsal in engine.rehearsed().rehearsals:
        query, own = rehearsal.query, ~rehearsal.of_seen
        unseen = [c for c, known in zip(query.ids, query.seen, strict=True) if not known]
        columns = np.cumsum(~query.seen) - 1
        y = columns[rehearsal.y[own]]
        right.append(by_class(ranks(query.scores[own][:, ~query.seen], y) == 0, y))
        seen = [iri for iri, known in zip(query.bank.ids, query.bank.seen, strict=True) if known]
        found.append(signs(engine.state.space, [unseen[k] for k in np.unique(y)], seen, unseen))
    return np.concatenate(found), np.concatenate(right), "inputs"


def _of_rows(material: Material, progress: Progress | None) -> tuple[Array, Array, str]:
    """Return signs and reciprocal ranks of hidden classes whose own classifiers stand in for inputs."""
    about = material.recipe.learner
    space, seen = material.space, material.seen
    folds = [f for f in make_folds(space, seen, None, FOLDS, about.seed) if f.kind == ROWS]
    X, y = [], []
    for done, fold in enumerate(folds):
        if progress:
            progress("forecast: hidden classes", done, len(folds))
        verdict = judge(lambda: make_learner(about.name, about.options), space, seen, material.labelled, [fold],
                        about.seed)[0]  # fmt: skip
        hidden = set(fold.hidden)
        known = [iri for iri in seen.ids if iri not in hidden and iri in space.graph.index]
        X.append(signs(space, [fold.candidates[k] for k in np.unique(fold.y)], known, fold.candidates))
        y.append(verdict.reciprocal)
    return np.concatenate(X), np.concatenate(y), ROWS


@dataclass(frozen=True, eq=False)
class _Model:
    """Ridge regression on standardised signs."""

    mean: Array
    scale: Array
    weights: Array
    base: float

    @classmethod
    def fitted(cls, X: Array, y: Array) -> _Model:
        from sklearn.linear_model import RidgeCV

        mean, scale = X.mean(axis=0), X.std(axis=0)
        scale = np.where(scale > 0, scale, np.inf)  # what is the same for all says nothing
        ridge: Any = RidgeCV(PENALTIES).fit((X - mean) / scale, y)
        return cls(mean, scale, ridge.coef_, float(ridge.intercept_))

    def scaled(self, factor: float) -> _Model:
        """Return the model of ``factor`` times the target."""
        return _Model(self.mean, self.scale, self.weights * factor, self.base * factor)

    def parts(self, X: Array) -> Array:
        """Return what each sign adds to the forecast. Shapes: (C, s) → (C, s)."""
        return np.asarray((X - self.mean) / self.scale * self.weights)

    def __call__(self, X: Array) -> Array:
        return np.asarray(np.clip(self.base + self.parts(X).sum(axis=1), 0, 1))


def _left_out(X: Array, y: Array) -> float:
    """Return the rank correlation of forecasts of classes that the model was not fitted on. NaN where all are equal."""
    from scipy.stats import spearmanr

    folds = np.arange(len(y)) % min(FOLDS, len(y))
    said = np.zeros(len(y))
    for k in np.unique(folds):
        said[folds == k] = _Model.fitted(X[folds != k], y[folds != k])(X[folds == k])
    if said.std() == 0 or y.std() == 0:
        return float("nan")
    return float(spearmanr(said, y).statistic)


def _missing(parts: Array) -> tuple[str, ...]:
    """Return what would help, for the signs that lower a forecast; those that only may be are left out."""
    order = [k for k in np.argsort(parts, kind="stable") if parts[k] < 0 and SIGNS[k].better]
    return tuple(SIGNS[k].missing for k in order[:3])
