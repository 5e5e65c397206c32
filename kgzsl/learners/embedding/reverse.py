"""Ridge regression of inputs on class vectors: the other way round, against hubs."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar, Literal, Self

import numpy as np
from pydantic import Field

from kgzsl.arrays import Array
from kgzsl.bank import ClassifierBank
from kgzsl.features import FeatureSet
from kgzsl.learners import base
from kgzsl.learners.embedding.embedded import middle_of, placed, places
from kgzsl.learners.embedding.regression import ridge_map
from kgzsl.learners.examples import examples
from kgzsl.learners.linear import LinearStage, own
from kgzsl.learners.mapped import Mapped
from kgzsl.semantics.space import ClassSpace


class ReverseOptions(base.Options):
    """Settings; chosen on three folds of the seen classes of CUB, with attributes and with sentence vectors."""

    ridge: float = base.tuned(0.1, 1e-3, 1e3, log=True, gt=0, description="in units of their mean variance")
    centre: bool = Field(True, description="take the mean of the seen class vectors from all of them")
    metric: Literal["cosine", "euclid"] = base.choice("cosine", description="what the nearest prototype is nearest by")


class ReverseRidge(Mapped):
    r"""Class vectors are mapped to inputs by ridge regression; the nearest mapped one, a prototype, answers.

    .. math:: \min_W \sum_i \lVert x_i - s_{y_i} W \rVert^2 + \alpha \lVert W \rVert^2, \quad
        f_c(x) = \cos(x, s_c W) \;\text{or}\; x \cdot s_c W - \tfrac12 \lVert s_c W \rVert^2

    What is regressed shrinks; prototypes that lie inside the cloud of inputs are hubs for fewer of them than inputs
    that were shrunk into the cloud of prototypes. By Euclid half the squared length is taken off, as a bias: the
    order of classes is that of distances.

    Shapes: inputs (n, d), class vectors s (S, e) → W (e + 1, d), bank (C, d), or (C, d + 1) by Euclid.

    Source: Shigeto et al. 2015; with a network for W, Zhang, Xiang, Gong 2017.
    """

    name = "reverse"
    family = "embedding-based"
    citation = "Shigeto et al. 2015, Ridge Regression, Hubness, and Zero-Shot Learning"
    reads = "vectors"
    Options: ClassVar[type[base.Options]] = ReverseOptions

    def fit(
        self,
        space: ClassSpace,
        seen: ClassifierBank,
        features: FeatureSet | None = None,
        seed: int = 0,
        progress: base.Progress | None = None,
    ) -> Self:
        """Solve; see the base class. Class means, counted as often as there are inputs, give what inputs would."""
        at = self._remember(space, seen)
        given = examples(self, features)
        middle = middle_of(space.vectors[at], self.options.centre)
        counts = np.bincount(given.y, minlength=given.classes)
        map_ = ridge_map(places(space.vectors[at], middle), given.means(), self.options.ridge, counts)
        inputs = replace(given.input_map(), constant=self.options.metric == "euclid")
        return self.take(space, inputs, middle=middle, map=map_)

    def stages(self) -> list[LinearStage]:
        """See the base class."""
        map_ = self.fitted["map"]
        if self.inputs.constant:
            return [placed(self.fitted["middle"]), with_bias(map_)]
        return [placed(self.fitted["middle"]), own("map", map_[:-1], None, map_[-1])]

    def row_width(self) -> int:
        """See the base class."""
        return int(self.fitted["map"].shape[1]) + self.inputs.constant

    @property
    def cosine(self) -> bool:  # type: ignore[override]
        """See the base class."""
        return not self.inputs.constant


def with_bias(map_: Array) -> LinearStage:
    """Return the stage that maps class vectors to prototypes and what Euclid takes off, in a last column.

    The column is one before the gate, which makes it minus half the squared length of the others.
    """
    wide = np.column_stack([map_, np.append(np.zeros(len(map_) - 1), 1.0)])

    def gate(rows: Array) -> Array:
        factors = np.ones_like(rows)
        factors[:, -1] = -np.square(rows[:, :-1]).sum(axis=1) / 2
        return factors

    return own("map", wide[:-1], gate, wide[-1])
