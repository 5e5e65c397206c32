"""Two variational autoencoders, of inputs and of class vectors, whose latent spaces are brought together."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import torch
from torch import nn

from kgzsl.arrays import Array
from kgzsl.learners.base import Learner, Progress
from kgzsl.learners.networks.course import Course, Stateful, batches, dense, matrices
from kgzsl.learners.networks.devices import device_of

TINY = 1e-12
SCHEDULES = {"kl": (0, 93, 0.0026), "cross": (21, 75, 0.044), "distance": (6, 22, 0.54)}


class Code(NamedTuple):
    """Means and log-variances of codes. Shapes: (b, l) each."""

    mean: torch.Tensor
    spread: torch.Tensor


class Pairs(NamedTuple):
    """Inputs and their classes' vectors. Shapes: X (n, k), y (n,), S (C, e)."""

    X: Array
    y: Array
    S: Array


def divergence(code: Code) -> torch.Tensor:
    r"""Return the Kullback-Leibler divergence of codes from the standard normal, a mean over the batch.

    .. math:: -\tfrac{1}{2} \sum_j (1 + \log \sigma_j^2 - \mu_j^2 - \sigma_j^2)

    Source: Kingma & Welling 2014, Auto-Encoding Variational Bayes, appendix B.
    """
    inner = 1 + code.spread - code.mean.square() - code.spread.exp()
    return -0.5 * inner.sum(dim=1).mean()


def wasserstein(one: Code, other: Code) -> torch.Tensor:
    r"""Return the 2-Wasserstein distance of pairs of diagonal Gaussians, a mean over the batch.

    .. math:: \left(\lVert \mu_1 - \mu_2 \rVert^2 + \lVert \sigma_1 - \sigma_2 \rVert^2\right)^{1/2}

    Source: Schönfeld et al. 2019, eq. 4, which holds as diagonal covariances commute.
    """
    means = (one.mean - other.mean).square().sum(dim=1)
    spreads = ((one.spread / 2).exp() - (other.spread / 2).exp()).square().sum(dim=1)
    return (means + spreads + TINY).sqrt().mean()  # the root has no slope at zero


def absolute(one: torch.Tensor, other: torch.Tensor) -> torch.Tensor:
    """Return the L1 distance of rows, a mean over the batch. Shapes: (b, w), (b, w) → ()."""
    return (one - other).abs().sum(dim=1).mean()


def warm_up(name: str, epoch: float) -> float:
    """Return the factor of a loss in an epoch: 0 until it starts, then growing until it ends.

    Source: Schönfeld et al. 2019, sec. 4, and the settings published with it.
    """
    start, end, rate = SCHEDULES[name]
    return rate * min(max(epoch - start, 0), end - start)


class Autoencoder(nn.Module):
    """Encoder and decoder, one hidden layer each.

    Args:
        width: of what is encoded.
        latent: of a code.
        hidden: of the encoder's and the decoder's hidden layer.
    """

    def __init__(self, width: int, latent: int, hidden: tuple[int, int]) -> None:
        super().__init__()
        self.encoder = dense((width, hidden[0], 2 * latent))
        self.decoder = dense((latent, hidden[1], width))

    def code(self, values: torch.Tensor) -> Code:
        """Return codes. Shapes: (b, width) → (b, l) each."""
        mean, spread = self.encoder(values).chunk(2, dim=1)
        return Code(mean, spread)

    def decoded(self, z: torch.Tensor) -> torch.Tensor:
        """Return what codes stand for. Shapes: (b, l) → (b, width)."""
        values: torch.Tensor = self.decoder(z)
        return values


class Alignment:
    """The two autoencoders and their optimiser.

    Args:
        given: what they are trained on.
        options: of the learner.
    """

    def __init__(self, given: Pairs, options: Any) -> None:
        self.options, device = options, device_of(options.device)
        self.device = device
        own, other = (options.hidden, options.decoder), (options.class_hidden, options.class_decoder)
        self.inputs = Autoencoder(given.X.shape[1], options.latent, own).to(device)
        self.classes = Autoencoder(given.S.shape[1], options.latent, other).to(device)
        self.optimiser = torch.optim.Adam([*self.inputs.parameters(), *self.classes.parameters()],
                                          options.learning_rate, amsgrad=True)  # fmt: skip
        self.X, self.S = (torch.from_numpy(np.ascontiguousarray(a, np.float32)).to(device) for a in (given.X, given.S))
        self.y = torch.from_numpy(given.y).to(device)

    def epoch(self, number: int) -> float:
        """Pass once over the inputs; return the mean loss."""
        factors = {name: warm_up(name, (number - 1) / self.options.warm_up) for name in SCHEDULES}
        losses = []
        for rows in batches(len(self.X), self.options.batch):
            at = rows.to(self.device)
            loss = self.loss(self.X[at], self.S[self.y[at]], factors)
            self.optimiser.zero_grad(set_to_none=True)
            loss.backward()  # type: ignore[no-untyped-call]
            self.optimiser.step()
            losses.append(loss.detach())
        return float(torch.stack(losses).mean())

    def loss(self, X: torch.Tensor, S: torch.Tensor, factors: dict[str, float]) -> torch.Tensor:
        r"""Return the loss of a batch of pairs: what each code says of its own kind, and of the other.

        .. math:: L_{VAE} + \gamma L_{CA} + \delta L_{DA}

        Shapes: (b, k), (b, e) → (). Source: Schönfeld et al. 2019, eq. 1, 3, 4 and 6.
        """
        x, s = self.inputs.code(X), self.classes.code(S)
        z, w = self._drawn(x), self._drawn(s)
        own = absolute(self.inputs.decoded(z), X) + absolute(self.classes.decoded(w), S)
        cross = absolute(self.inputs.decoded(w), X) + absolute(self.classes.decoded(z), S)
        return (own + factors["kl"] * (divergence(x) + divergence(s)) + factors["cross"] * cross
                + factors["distance"] * wasserstein(x, s))  # fmt: skip

    def arrays(self) -> dict[str, Array]:
        """Return the layers of both encoders, (in + 1, out) each."""
        both = {"inputs": self.inputs, "classes": self.classes}
        return {f"{name}{k}": layer for name, part in both.items() for k, layer in enumerate(matrices(part.encoder))}

    def _drawn(self, code: Code) -> torch.Tensor:
        noise = torch.randn(code.mean.shape).to(self.device)
        return code.mean + (code.spread / 2).exp() * noise


def train_aligned(learner: Learner, given: Pairs, seed: int, progress: Progress | None) -> dict[str, Array]:
    """Train; return the layers of both encoders."""
    torch.manual_seed(seed)
    both = Alignment(given, learner.options)
    parts: dict[str, Stateful] = {"inputs": both.inputs, "classes": both.classes, "optimiser": both.optimiser}
    return Course(learner, parts, both.epoch, both.arrays, list(given), seed).run(learner.options.epochs, progress)
