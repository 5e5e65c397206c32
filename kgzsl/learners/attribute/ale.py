"""ALE: a bilinear map that ranks the right class first."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Self

import numpy as np
from pydantic import Field

from kgzsl.arrays import Array
from kgzsl.bank import ClassifierBank
from kgzsl.features import FeatureSet
from kgzsl.learners import base
from kgzsl.learners.described import require_described
from kgzsl.learners.examples import Examples, examples
from kgzsl.learners.linear import LinearStage, own
from kgzsl.learners.mapped import Mapped
from kgzsl.semantics.space import ClassSpace

if TYPE_CHECKING:
    from kgzsl.learners.networks.course import Course


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
        given, S = examples(self, features), space.vectors[at]
        middle = S.mean(axis=0)
        kept = _course(self, given, S - middle, seed).run(self.options.epochs, progress)
        return self.take(space, given.input_map(), middle=middle, map=kept["map"])

    def stages(self) -> list[LinearStage]:
        """See the base class."""
        return [own("mean description", None, None, -self.fitted["middle"]), own("map", self.fitted["map"])]

    def row_width(self) -> int:
        """See the base class."""
        return int(self.fitted["map"].shape[1])


def _course(learner: ALE, given: Examples, S: Array, seed: int) -> Course:
    """Return the training of a map (e, d)."""
    import torch

    from kgzsl.learners.networks.course import Course, batches
    from kgzsl.learners.networks.devices import device_of
    from kgzsl.learners.networks.ranking import warp

    options = learner.options
    torch.manual_seed(seed)
    network = torch.nn.Linear(S.shape[1], given.X.shape[1], bias=False)
    torch.nn.init.zeros_(network.weight)  # the loss is convex in the map: no start is better
    network.to(device := device_of(options.device))
    optimiser = torch.optim.Adam(network.parameters(), options.learning_rate, weight_decay=options.weight_decay)
    X, y = (torch.from_numpy(np.ascontiguousarray(a)).to(device) for a in (given.X, given.y))
    described = torch.from_numpy(S).to(device)

    def epoch(number: int) -> float:
        total = 0.0
        for rows in batches(len(X), options.batch):
            at = rows.to(device)
            loss = warp(X[at] @ network(described).T, y[at], options.margin)
            optimiser.zero_grad()
            torch.autograd.backward(loss)
            optimiser.step()
            total += float(loss.detach()) * len(rows)
        return total / len(X)

    def keep() -> dict[str, Array]:
        return {"map": network.weight.detach().cpu().numpy().T.copy()}

    return Course(learner, {"map": network, "optimiser": optimiser}, epoch, keep, (given.X, given.y, S), seed)
