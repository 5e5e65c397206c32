"""Ridge regression of class vectors on inputs."""

from __future__ import annotations

from typing import ClassVar, Self

import numpy as np
from pydantic import Field

from kgzsl.bank import ClassifierBank, InputMap
from kgzsl.features import FeatureSet
from kgzsl.learners import base
from kgzsl.learners.embedding.embedded import Embedded, middle_of, places
from kgzsl.learners.embedding.regression import ridge_map
from kgzsl.learners.examples import examples
from kgzsl.semantics.space import ClassSpace


class RidgeOptions(base.Options):
    """Settings; chosen on three folds of the seen classes of CUB, with attributes and with sentence vectors."""

    ridge: float = base.tuned(0.1, 1e-3, 1e3, log=True, gt=0, description="in units of the inputs' mean variance")
    centre: bool = Field(True, description="take the mean of the seen class vectors from all of them")


class RidgeMap(Embedded):
    r"""Inputs are mapped to class vectors by ridge regression; the class of the nearest one by cosine answers.

    .. math:: \min_M \sum_i \lVert x_i M - s_{y_i} \rVert^2 + \alpha \lVert M \rVert^2, \quad
        f_c(x) = \cos(x M, s_c)

    Regression shrinks what it maps towards the mean, so that few class vectors are near to most inputs: hubs. To
    centre class vectors lessens this; the learner ``reverse``, which regresses the other way, lessens it more where
    there are many classes.

    Shapes: inputs (n, d), class vectors s (S, e) → M (d + 1, e), bank (C, e).

    Source: Lazaridou, Dinu, Baroni 2015; Shigeto et al. 2015, where the reverse map is held to it.
    """

    name = "ridge"
    family = "embedding-based"
    citation = "Lazaridou, Dinu, Baroni 2015, Hubness and Pollution: Delving into Cross-Space Mapping"
    reads = "vectors"
    Options: ClassVar[type[base.Options]] = RidgeOptions

    def fit(
        self,
        space: ClassSpace,
        seen: ClassifierBank,
        features: FeatureSet | None = None,
        seed: int = 0,
        progress: base.Progress | None = None,
    ) -> Self:
        """Solve; see the base class."""
        at = self._remember(space, seen)
        given = examples(self, features)
        middle = middle_of(space.vectors[at], self.options.centre)
        map_ = ridge_map(given.X, places(space.vectors[at], middle)[given.y], self.options.ridge)
        inputs = InputMap(given.center, maps=(map_.astype(np.float32),), unit=True)
        return self.take(space, inputs, middle=middle)
