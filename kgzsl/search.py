"""Search for options of a learner on seen classes that are hidden from it; Optuna draws them, a journal keeps them."""

from __future__ import annotations

import hashlib
import json
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, get_args, get_origin

import numpy as np

from kgzsl.errors import DivergedError, LearnerError
from kgzsl.learners.base import Learner, Progress
from kgzsl.learners.catalogue import learner_class, make_learner
from kgzsl.learners.validation import Fold, Verdict, judge, kinds_mean, make_folds
from kgzsl.training import Material

FOLDS = 3


@dataclass(frozen=True)
class Found:
    """The best options of a search.

    Args:
        options: of the learner, those that were given among them.
        score: mean over kinds of folds of the class mean of 1 / (1 + rank); see :mod:`kgzsl.learners.validation`.
        default: the score of the options that the search began with.
        trials: how many were tried in all.
    """

    options: dict[str, Any]
    score: float
    default: float
    trials: int


def search(
    material: Material, trials: int, journal: Path | None = None, progress: Progress | None = None, folds: int = FOLDS
) -> Found:
    """Try options of the recipe's learner on validation classes drawn from the seen ones; return the best.

    The first trial has the given options and the learner's defaults; options that the recipe states are kept as they
    are. The n-th trial draws with seed + n, so that a search that was interrupted and goes on ends where one that
    was not would have ended.

    Args:
        material: what would be trained on.
        trials: how many, those in the journal among them.
        journal: a file that keeps every trial; a search goes on from it.
        progress: called with ('search NAME', done, trials).
        folds: of each kind.

    Raises:
        LearnerError: the learner has nothing to search, there are too few seen classes, or no Optuna.
    """
    try:
        import optuna
    except ImportError:
        raise LearnerError("a search needs the package optuna", fix="pip install 'kgzsl[search]'") from None
    chosen = material.recipe.learner
    ranges = _ranges(learner_class(chosen.name), chosen.options)
    judged = make_folds(material.space, material.seen, material.labelled, folds, chosen.seed)
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study = _study(_name(material, folds), journal)
    finished = _finished(study)
    if not finished and not study.get_trials(states=(optuna.trial.TrialState.WAITING,)):
        study.enqueue_trial({name: about["default"] for name, about in ranges.items()})
    for number in range(len(finished), trials):
        study.sampler = optuna.samplers.TPESampler(seed=chosen.seed + number)
        trial = study.ask()
        options = {**chosen.options, **{name: _drawn(trial, name, about) for name, about in ranges.items()}}
        study.tell(trial, _score(chosen.name, options, material, judged, chosen.seed))
        if progress:
            progress(f"search {chosen.name}", number + 1, trials)
    finished = _finished(study)
    best = max(finished, key=lambda trial: trial.value)
    return Found({**chosen.options, **best.params}, best.value, finished[0].value, len(finished))


def verdicts(name: str, options: dict[str, Any], material: Material, folds: Sequence[Fold], seed: int) -> list[Verdict]:
    """Return how hidden classes fare under a learner, fold by fold."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        make = partial(make_learner, name, options)
        return judge(make, material.space, material.seen, material.labelled, folds, seed)


def _score(name: str, options: dict[str, Any], material: Material, folds: Sequence[Fold], seed: int) -> float:
    """Return the score; none for options with which training diverges, since others may do."""
    try:
        return kinds_mean(folds, verdicts(name, options, material, folds, seed))
    except DivergedError:
        return 0.0


def _ranges(learner: type[Learner], given: dict[str, Any]) -> dict[str, dict[str, Any]]:
    found = {}
    for name, field in learner.Options.model_fields.items():
        about = field.json_schema_extra
        if isinstance(about, dict) and name not in given:
            choices = list(get_args(field.annotation)) if get_origin(field.annotation) is not None else None
            found[name] = {**about, "default": field.default, "choices": choices, "whole": field.annotation is int}
    if not found:
        raise LearnerError(f"'{learner.name}' has no option left to search", value=learner.name,
                           fix="take options out of the recipe, or train without --search")  # fmt: skip
    return found


def _drawn(trial: Any, name: str, about: dict[str, Any]) -> Any:
    if about["choices"]:
        return trial.suggest_categorical(name, about["choices"])
    draw = trial.suggest_int if about["whole"] else trial.suggest_float
    return draw(name, about["low"], about["high"], log=about["log"])


def _study(name: str, journal: Path | None) -> Any:
    import optuna
    from optuna.storages import JournalStorage
    from optuna.storages.journal import JournalFileBackend

    try:
        storage = JournalStorage(JournalFileBackend(str(journal))) if journal is not None else None
        return optuna.create_study(study_name=name, direction="maximize", load_if_exists=True, storage=storage)
    except (OSError, ValueError, KeyError) as error:
        why = str(error).partition("\n")[0]
        raise LearnerError(f"not the journal of a search: {why}", file=str(journal),
                           fix="remove it, or name another --out") from None  # fmt: skip


def _finished(study: Any) -> list[Any]:
    return [trial for trial in study.trials if trial.value is not None]


def _name(material: Material, folds: int) -> str:
    """Name a study by all that its scores depend on, so that no score is taken from another."""
    recipe, seen = material.recipe, material.seen
    about = json.dumps([recipe.learner.model_dump(), recipe.ways, str(recipe.nearest), material.graph.hash, folds])
    digest = hashlib.sha256(about.encode() + repr(seen.ids).encode())
    for array in (seen.weights, seen.bias, material.space.vectors):
        digest.update(np.ascontiguousarray(array).tobytes())
    if material.labelled is not None:
        digest.update(material.labelled.X.tobytes() + repr(material.labelled.labels).encode())
    return f"{recipe.learner.name} {digest.hexdigest()[:16]}"
