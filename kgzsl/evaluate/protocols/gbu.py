"""The Good, the Bad and the Ugly: the proposed and the standard splits of AWA1, AWA2, APY, CUB and SUN."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar, Literal

import numpy as np
from pydantic import Field

from kgzsl.errors import EvaluationError
from kgzsl.evaluate.problem import Problem
from kgzsl.evaluate.protocols.base import Common, Data, Protocol, kept_share, recipe_of
from kgzsl.evaluate.protocols.described import described
from kgzsl.evaluate.protocols.inputs import joined, named
from kgzsl.evaluate.protocols.reading import read_inputs
from kgzsl.evaluate.splits import read_split
from kgzsl.folds import class_folds
from kgzsl.gbu.folder import RECIPE
from kgzsl.graph.recipe import Recipe
from kgzsl.learners.base import Progress
from kgzsl.training import read_material

UNSEEN, SEEN = "test_unseen.npz", "test_seen.npz"


class GBUOptions(Common):
    """Settings."""

    split: Literal["auto", "PS", "SS"] = Field("auto", description="proposed, standard, or what the folder holds")
    part: Literal["test", "validation"] = Field("test", description="validation: classes drawn from the seen ones")
    validation: Path | None = Field(None, description="protocol file of the validation classes; else drawn")
    folds: int = Field(3, ge=2, description="of seen classes; the first is the validation classes that are drawn")
    share: float = Field(0.8, gt=0, lt=1, description="of the inputs of seen classes that are trained on in validation")
    fold_seed: int = Field(0, ge=0, description="of what is drawn")


class GBU(Protocol):
    """A folder that ``kgzsl gbu`` wrote: T1 among the unseen classes, and U, S, H and AUSUC among all.

    The proposed split keeps images of seen classes back to test on; the standard one does not, and has T1 only. To
    choose options, ``part=validation`` makes a problem of training images alone: some seen classes play unseen.

    Source: Xian, Lampert, Schiele, Akata 2019, Zero-Shot Learning: A Comprehensive Evaluation of the Good, the Bad and
    the Ugly, sec. 4; AUSUC of Chao et al. 2016.
    """

    name = "gbu"
    citation = "Xian et al. 2019, Zero-Shot Learning: A Comprehensive Evaluation of the Good, the Bad and the Ugly"
    Options: ClassVar[type[Common]] = GBUOptions

    def problems(
        self, recipe: str | Path | Recipe, learner: str | None = None, seed: int | None = None,
        progress: Progress | None = None,
    ) -> list[Problem]:  # fmt: skip
        """See the base class.

        Raises:
            EvaluationError: a folder without test images, or of another split than was asked for.
        """
        made = _recipe(recipe)
        if not made.seen.features:
            raise EvaluationError(f"the recipe '{made.name}' has no [seen] features", value=made.name,
                                  fix="give a folder that `kgzsl gbu` wrote")  # fmt: skip
        if self.options.part == "validation":
            return [self._validation(made, learner, seed, progress)]
        unseen, seen = self.options.test or made.resolve(UNSEEN), made.resolve(SEEN)
        split = self._split(made, unseen, seen)
        material = read_material(made, learner=learner, seed=seed, progress=progress)
        inputs = self.read(unseen, material.graph)
        if split == "PS" and self.options.test is None:
            inputs = joined(inputs, self.read(seen, material.graph))
        return [self.passed(Data(f"{made.name}, {split}", material, inputs, files=(unseen, seen)))]

    def _split(self, recipe: Recipe, unseen: Path, seen: Path) -> str:
        if not unseen.is_file():
            raise EvaluationError(f"no {UNSEEN} beside the recipe '{recipe.name}'", file=str(unseen),
                                  fix="give a folder that `kgzsl gbu` wrote, or --test FILE")  # fmt: skip
        there, wanted = "PS" if seen.is_file() else "SS", self.options.split
        if wanted not in ("auto", there):
            raise EvaluationError(f"the split {wanted} was asked for, and the folder holds {there}", file=str(unseen),
                                  value=wanted, fix=f"run `kgzsl gbu` on the att_splits.mat of {wanted}")  # fmt: skip
        return there

    def _validation(self, recipe: Recipe, learner: str | None, seed: int | None, progress: Progress | None) -> Problem:
        """Return a problem of training images alone: no test image is read."""
        about, path = self.options, recipe.resolve(recipe.seen.features or "")
        world = described(recipe, learner, seed, progress)
        inputs = named(read_inputs(path), world.graph)
        unseen: tuple[str, ...]
        if about.validation is not None:
            unseen = read_split(about.validation, world.graph).unseen
        else:
            unseen = class_folds(sorted(set(inputs.labels)), about.folds, about.fold_seed)[0]
        held = set(unseen)
        own = np.array([label in held for label in inputs.labels], bool)
        of_seen = np.flatnonzero(~own)
        train, rest = kept_share([inputs.labels[k] for k in of_seen], about.share, about.fold_seed)
        fitted = world.trained_on(inputs.features.take(of_seen[train]))
        tested = inputs.take(np.union1d(np.flatnonzero(own), of_seen[rest]))
        return self.passed(Data(f"{recipe.name}, validation", fitted, tested, unseen, (about.validation,)))


def _recipe(recipe: str | Path | Recipe) -> Recipe:
    if not isinstance(recipe, Recipe) and Path(recipe).is_dir():
        return recipe_of(Path(recipe) / RECIPE)
    return recipe_of(recipe)
