"""A layer's classes and another set's: what a classifier layer knows is seen, what else the other set has is not."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

import numpy as np

from kgzsl.errors import EvaluationError
from kgzsl.evaluate.problem import Problem
from kgzsl.evaluate.protocols.base import Common, Data, Protocol, recipe_of
from kgzsl.evaluate.protocols.inputs import Inputs
from kgzsl.folds import share
from kgzsl.graph.recipe import Recipe
from kgzsl.learners.base import Progress
from kgzsl.training import Material, read_material


class CrossDomain(Protocol):
    """Seen are the classes of the recipe's layer, unseen all others of the test inputs.

    Without test inputs of their own those of the recipe's ``[validation]`` are taken, less the share of each seen class
    that adjusters are calibrated on: the split of ``kgzsl demo``.

    Source: Frome et al. 2013, DeViSE, sec. 5 (a classifier's classes and new ones); the generalised task is that of
    Chao et al. 2016, An Empirical Study and Analysis of Generalized Zero-Shot Learning.
    """

    name = "cross-domain"
    citation = "Frome et al. 2013, DeViSE: A Deep Visual-Semantic Embedding Model; Chao et al. 2016"
    Options: ClassVar[type[Common]] = Common

    def problems(
        self, recipe: str | Path | Recipe, learner: str | None = None, seed: int | None = None,
        progress: Progress | None = None,
    ) -> list[Problem]:  # fmt: skip
        """See the base class.

        Raises:
            EvaluationError: no test inputs, neither as an option nor in the recipe.
        """
        material = read_material(recipe_of(recipe), learner=learner, seed=seed, progress=progress)
        validation = material.recipe.validation
        own = material.recipe.resolve(validation.features) if validation else None
        path = self.options.test or own
        if path is None:
            raise EvaluationError(f"the recipe '{material.recipe.name}' has no [validation] features to test on",
                                  fix="give labelled inputs by --test FILE")  # fmt: skip
        inputs = self.read(path, material.graph)
        if own is not None and path.resolve() == own.resolve():
            inputs = uncalibrated(material, inputs)
        return [self.passed(Data(f"{material.recipe.name}, {path.name}", material, inputs))]


def uncalibrated(material: Material, inputs: Inputs) -> Inputs:
    """Return the inputs of unseen classes, and of each seen one those that are not calibrated on."""
    validation = material.recipe.validation
    assert validation
    _, rest = share(inputs.labels, validation.share, validation.seed)
    unseen = np.array([label not in material.seen.row for label in inputs.labels], bool)
    return inputs.take(np.union1d(rest, np.flatnonzero(unseen)))
