"""CNZSL: a network from descriptions to classifiers, standardised over classes."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np
from pydantic import Field

from kgzsl.arrays import Array
from kgzsl.learners import base
from kgzsl.learners.meta.whitened import Prepared, Whitened, WhitenedOptions, of_unit_rows

if TYPE_CHECKING:
    from kgzsl.learners.networks.course import Course


class CNZSLOptions(WhitenedOptions):
    """Settings; chosen on two folds of CUB's seen classes, 50 of them held out in each.

    As published: gamma 5, 50 epochs, learning rate 0.0005, no dropout, no noise, one network.
    """

    hidden: int = Field(1024, ge=1, description="width of both hidden layers")
    gamma: float = base.tuned(3.0, 1.0, 10.0, gt=0, description="length that inputs and rows are brought to")
    dropout: float = base.tuned(0.5, 0.0, 0.8, ge=0, lt=1, description="share of hidden units left out in training")
    noise: float = base.tuned(0.5, 0.0, 2.0, ge=0, description="added to descriptions in training, in deviations")
    epochs: int = Field(6, ge=1, description="times that every input is seen; more overfits the seen classes")
    learning_rate: float = base.tuned(2e-4, 1e-5, 1e-2, log=True, gt=0, description="of Adam")
    weight_decay: float = base.tuned(1e-4, 1e-6, 1e-2, log=True, ge=0, description="of Adam")
    batch: int = Field(256, ge=1, description="inputs a step")
    ensemble: int = Field(3, ge=1, description="networks from different starts, whose rows are added")
    device: str = Field("cpu", description="where it trains")


class CNZSL(Whitened):
    r"""Perceptrons from descriptions to rows, trained by the cross entropy over seen classes.

    .. math:: p_c = W_3 N(\mathrm{ReLU}(N(W_2 \mathrm{ReLU}(W_1 s_c)))), \quad
        \hat y_c = \Big\langle \gamma \frac{z}{\|z\|}, \gamma \frac{p_c}{\|p_c\|} \Big\rangle

    N: standardisation over the classes at hand, by running averages in inference, where it is part of the matrices;
    biases are left out above. Output weights start with variance :math:`1 / (d_h d)`. Otherwise than published:
    rows may have either sign (inputs are centred), inputs are whitened, descriptions centred, and dropout, noise and an
    ensemble keep the networks from the seen classes.

    Shapes: inputs (n, d), descriptions (S, e) → bank (C, d).

    Source: Skorokhodov & Elhoseiny 2021, Class normalization for (continual?) generalized zero-shot learning, eq. 9
    and 10.
    """

    name = "cnzsl"
    family = "meta-learning"
    citation = "Skorokhodov & Elhoseiny 2021, Class Normalization for (Continual?) Generalized Zero-Shot Learning"
    reads = "vectors"
    Options: ClassVar[type[base.Options]] = CNZSLOptions
    layers: ClassVar[tuple[str, ...]] = ("layer 1", "layer 2", "layer 3")

    def learn(self, given: Prepared, seed: int, progress: base.Progress | None) -> dict[str, Array]:
        """See the base class."""
        kept: dict[str, Array] = {}
        for k in range(self.options.ensemble):
            network = _course(self, given, seed, k).run(self.options.epochs, progress)
            kept |= {f"{k}.{name}": matrix for name, matrix in network.items()}
            if self.interrupted:
                break
        return kept


def _course(learner: CNZSL, given: Prepared, seed: int, number: int) -> Course:
    """Return the training of one network; it keeps plain matrices."""
    import torch

    from kgzsl.learners.networks.class_norm import class_normalised, cosine_loss, folded
    from kgzsl.learners.networks.course import Course, batches
    from kgzsl.learners.networks.devices import device_of

    options, reads = learner.options, given.S.shape[1]
    torch.manual_seed(seed + 1000 * number)
    network = class_normalised((reads, options.hidden, options.hidden, given.X.shape[1]), options.dropout)
    network.to(device := device_of(options.device))
    optimiser = torch.optim.Adam(network.parameters(), options.learning_rate, weight_decay=options.weight_decay)
    X, y, S = (torch.from_numpy(np.ascontiguousarray(a)).to(device) for a in given)

    def epoch(number: int) -> float:
        total = 0.0
        network.train()
        for rows in batches(len(X), options.batch):
            at = rows.to(device)
            noisy = S + options.noise * torch.randn(S.shape).to(device)
            loss = cosine_loss(X[at], network(noisy), y[at], options.gamma)
            optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimiser.step()
            total += float(loss.detach()) * len(rows)
        return total / len(X)

    def keep() -> dict[str, Array]:
        first, *rest = folded(network)
        return {str(k): layer for k, layer in enumerate([of_unit_rows(first), *rest])}

    stage = f"train {learner.name}" + (f" {number + 1} of {options.ensemble}" if options.ensemble > 1 else "")
    return Course(learner, {"network": network, "optimiser": optimiser}, epoch, keep, given, seed, stage, number)
