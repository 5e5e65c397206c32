"""ALE: a bilinear map that ranks the right class first."""

from __future__ import annotations

from typing import ClassVar, Self

from pydantic import Field

from kgzsl.bank import ClassifierBank
from kgzsl.features import FeatureSet
from kgzsl.learners import base
from kgzsl.learners.described import require_described
from kgzsl.learners.examples import examples
from kgzsl.learners.linear import LinearStage, own
from kgzsl.learners.mapped import Mapped
from kgzsl.semantics.space import ClassSpace


class ALEOptions(base.Options):
    """Settings; chosen on held-out seen birds (two of three class folds of the 150 of CUB), by H and T1."""

    epochs: int = Field(30, ge=1, description="times that every input is seen")
    learning_rate: float = base.tuned(0.002, 1e-4, 0.1, log=True, gt=0, description="of Adam")
    batch: int = Field(128, ge=1, description="inputs a step")
    margin: float = base.tuned(0.3, 0.05, 2.0, log=True, gt=0, description="by which the right class must lead")
    weight_decay: float = base.tuned(3e-4, 1e-6, 1e-2, log=True, ge=0, description="pull of the map towards zero")
    device: str = Field("cpu", description="where it trains")


class ALE(Mapped):
    r"""A bilinear compatibility of inputs and descriptions, trained by the weighted approximate ranking loss.

    .. math:: F(x, c) = \theta(x)^\top W s_c, \quad
        \min_W \frac1n \sum_i \frac{\beta_{r_i}}{r_i} \sum_{c \ne y_i} \max(0, \Delta + F(x_i, c) - F(x_i, y_i))

    The rank r is counted over all seen classes, not estimated from sampled ones, and the gradient is of the whole
    sum; descriptions are centred by the mean of the seen ones, which changes no order of classes.

    Shapes: inputs (n, d), descriptions (S, e) → W (e, d), bank (C, d).

    Source: Akata, Perronnin, Harchaoui, Schmid 2013, Label-embedding for attribute-based classification, and 2016: the
    ranking objective of attribute label embedding.
    """

    name = "ale"
    family = "attribute-based"
    citation = "Akata, Perronnin, Harchaoui, Schmid 2016, Label-Embedding for Image Classification"
    reads = "vectors"
    Options: ClassVar[type[base.Options]] = ALEOptions

    def fit(
        self,
        space: ClassSpace,
        seen: ClassifierBank,
        features: FeatureSet | None = None,
        seed: int = 0,
        progress: base.Progress | None = None,
    ) -> Self:
        """Train; see the base class."""
        at = self._remember(space, seen)
        require_described(self, space)
        from kgzsl.learners.networks.hinge import ranked_map, warp

        given, S = examples(self, features), space.vectors[at]
        middle = S.mean(axis=0)
        map_ = ranked_map(self, given.X, given.y, S - middle, warp, seed, progress)
        return self.take(space, given.input_map(), middle=middle, map=map_.T)

    def stages(self) -> list[LinearStage]:
        """See the base class."""
        return [own("mean description", None, None, -self.fitted["middle"]), own("map", self.fitted["map"])]

    def row_width(self) -> int:
        """See the base class."""
        return int(self.fitted["map"].shape[1])

