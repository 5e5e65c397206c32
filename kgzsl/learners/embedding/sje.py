"""SJE: a bilinear map between inputs and class vectors, trained against the worst wrong class."""

from __future__ import annotations

from typing import ClassVar, Self

from pydantic import Field

from kgzsl.bank import ClassifierBank
from kgzsl.features import FeatureSet
from kgzsl.learners import base
from kgzsl.learners.embedding.embedded import RankedOptions, middle_of, placed, places
from kgzsl.learners.examples import examples
from kgzsl.learners.linear import LinearStage, own
from kgzsl.learners.mapped import Mapped
from kgzsl.semantics.space import ClassSpace


class SJEOptions(RankedOptions):
    """Settings; the margin is the published cost of a wrong class, the others were chosen like those of DeViSE."""

    margin: float = Field(1.0, gt=0, description="by which the right class must score above the others")
    epochs: int = Field(10, ge=1, description="passes over the labelled inputs")
    learning_rate: float = base.tuned(3e-3, 1e-4, 1e-1, log=True, gt=0, description="of Adam")
    weight_decay: float = base.tuned(0.0, 0.0, 1e-2, ge=0, description="pull of the map towards zero")


class SJE(Mapped):
    r"""Only the wrong class that scores highest is pushed below the right one.

    .. math:: \min_W \sum_i \max_{j \ne y_i} \max(0, m - x_i W s_{y_i} + x_i W s_j), \quad w_c = W s_c

    Published with plain stochastic gradient descent, one input at a time; here with Adam and in batches.

    LatEm (Xian et al. 2016) scores by the largest of several such maps. The largest of several rows is not a row,
    and a bank has one row a class: it is not here.

    Shapes: inputs (n, d), class vectors s (S, e) → W (d, e), bank (C, d).

    Source: Akata et al. 2015, the structured joint embedding.
    """

    name = "sje"
    family = "embedding-based"
    citation = "Akata et al. 2015, Evaluation of Output Embeddings for Fine-Grained Image Classification"
    reads = "vectors"
    Options: ClassVar[type[base.Options]] = SJEOptions

    def fit(
        self,
        space: ClassSpace,
        seen: ClassifierBank,
        features: FeatureSet | None = None,
        seed: int = 0,
        progress: base.Progress | None = None,
    ) -> Self:
        """Train; see the base class."""
        from kgzsl.learners.networks.hinge import ranked_map, structured_hinge

        at = self._remember(space, seen)
        given = examples(self, features)
        middle = middle_of(space.vectors[at], self.options.centre)
        where = places(space.vectors[at], middle)
        map_ = ranked_map(self, given.X, given.y, where, structured_hinge, seed, progress)
        return self.take(space, given.input_map(), middle=middle, map=map_)

    def stages(self) -> list[LinearStage]:
        """See the base class."""
        return [placed(self.fitted["middle"]), own("map", self.fitted["map"].T)]

    def row_width(self) -> int:
        """See the base class."""
        return int(self.fitted["map"].shape[0])
