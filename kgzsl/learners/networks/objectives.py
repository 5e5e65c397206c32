"""What graph networks are trained for, and what stops them: losses over seen classes, rankings of held-out ones."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
import torch

from kgzsl.arrays import Array, unit_rows
from kgzsl.errors import LearnerError
from kgzsl.features import FeatureSet
from kgzsl.folds import class_folds
from kgzsl.metrics import by_class, ranks

if TYPE_CHECKING:
    from kgzsl.learners.networks.base import NetworkLearner
    from kgzsl.learners.networks.trainer import Problem

FEW = 4
Ranking = Callable[[Array], float]


def loss_function(
    learner: NetworkLearner, problem: Problem, targets: tuple[Array, Array | None], features: FeatureSet | None,
    held: Array,
) -> Callable[[torch.Tensor], torch.Tensor]:  # fmt: skip
    """Return rows → loss over the classes that are not held out."""
    options, device, dtype = learner.options, problem.inputs.device, problem.inputs.dtype
    fitted = np.setdiff1d(np.arange(len(learner.seen_ids)), held)
    if options.target == "labels":
        return _labels(learner, problem, features, fitted)
    at = torch.from_numpy(fitted).to(device)
    wanted = torch.from_numpy(targets[0][fitted].astype(np.float32)).to(device, dtype)

    def regress(rows: torch.Tensor) -> torch.Tensor:
        mine = rows[at] if len(at) < len(rows) else rows
        if options.loss == "cosine":
            return 1 - torch.nn.functional.cosine_similarity(mine, wanted, dim=1).mean()
        return (mine - wanted).square().sum(dim=1).mean()

    return regress


def _labels(
    learner: NetworkLearner, problem: Problem, features: FeatureSet | None, fitted: Array
) -> Callable[[torch.Tensor], torch.Tensor]:
    """Cross-entropy of features of the fitted classes, over these or over every class."""
    assert features is not None
    assert features.labels is not None
    device, dtype, options = problem.inputs.device, problem.inputs.dtype, learner.options
    place = {learner.seen_ids[k]: n for n, k in enumerate(fitted)}
    at = [r for r, label in enumerate(features.labels) if label in place]
    if not at:
        raise LearnerError("no labelled features of the classes to train on", fix="label more classes")
    X = torch.from_numpy(unit_rows(features.X[at])).to(device, dtype)
    y = torch.tensor([place[features.labels[r]] for r in at], device=device)
    others = np.arange(len(learner.seen_ids), len(problem.ids)) if options.over == "all" else fitted[:0]
    used = torch.from_numpy(np.concatenate([fitted, others])).to(device)

    def classify(rows: torch.Tensor) -> torch.Tensor:
        unit = torch.nn.functional.normalize(rows[used], dim=1)
        return torch.nn.functional.cross_entropy(options.scale * X @ unit.T, y)

    return classify


def held_out(
    learner: NetworkLearner, features: FeatureSet | None, seed: int, member: int, targets: tuple[Array, Array | None]
) -> tuple[Array, Ranking]:
    """Choose validation classes among the seen; return their rows and a function predicted rows → ranking score."""
    place = learner.seen_row
    labelled = sorted(set(features.labels or ()) & set(place)) if features is not None else []
    pool = labelled if len(labelled) >= FEW else list(learner.seen_ids)
    if len(place) <= FEW:
        if member == 0:
            warnings.warn(f"only {len(place)} seen classes: none is held out, training runs to its end", stacklevel=5)
        return np.zeros(0, np.int64), lambda rows: float(-np.square(rows[: len(place)] - targets[0]).sum())
    some = pool is labelled and len(labelled) < len(place)
    share = 0.5 if some else learner.options.held_out  # few inputs: half of them choose, the others calibrate
    folds = class_folds(pool, max(2, min(round(1 / share), len(pool) // 2)), seed)
    held = folds[member % min(learner.options.folds, len(folds))]
    rows = np.array([place[iri] for iri in held])
    if pool is labelled and features is not None:
        X, y = _inputs(features, held)
    else:
        X, y = learner.rows[rows], np.arange(len(rows))
    base = targets[1][rows] if targets[1] is not None else np.float32(0)
    return rows, lambda predicted: _ranking(X, y, unit_rows(predicted[rows] + base))


def _inputs(features: FeatureSet, held: tuple[str, ...]) -> tuple[Array, Array]:
    assert features.labels is not None
    column = {iri: k for k, iri in enumerate(held)}
    at = [r for r, label in enumerate(features.labels) if label in column]
    return unit_rows(features.X[at]), np.array([column[features.labels[r]] for r in at])


def _ranking(X: Array, y: Array, predicted: Array) -> float:
    """Class-mean of 1 / (1 + rank) of the true class among the held-out ones."""
    return float(by_class(1 / (1 + ranks(X @ predicted.T, y)), y).mean())
