"""A Wasserstein GAN with gradient penalty, conditional on class vectors, whose samples a fixed softmax must know."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import torch
from torch import nn

from kgzsl.arrays import Array
from kgzsl.learners.base import Learner, Progress
from kgzsl.learners.generative.clswgan import SLOPE
from kgzsl.learners.networks.course import Course, Stateful, batches, dense, matrices
from kgzsl.learners.networks.devices import device_of

BETAS = (0.5, 0.999)


class Conditional(NamedTuple):
    """What a conditional generator is trained on.

    Args:
        X: inputs. Shape: (n, k).
        y: class of each. Shape: (n,).
        S: class vectors, centred and of unit variance. Shape: (C, e).
        judge: softmax of the seen classes, the bias in the last column. Shape: (C, k + 1).
    """

    X: Array
    y: Array
    S: Array
    judge: Array


class Game:
    """Generator, critic and their optimisers.

    Args:
        given: what they are trained on.
        options: of the learner.
    """

    def __init__(self, given: Conditional, options: Any) -> None:
        self.options, self.device = options, device_of(options.device)
        width, wide = given.X.shape[1], given.S.shape[1]
        self.generator = dense((wide + options.latent, options.hidden, width), SLOPE).to(self.device)
        self.critic = dense((width + wide, options.hidden, 1), SLOPE).to(self.device)
        self.optimisers = [torch.optim.Adam(net.parameters(), options.learning_rate, BETAS)
                           for net in (self.generator, self.critic)]  # fmt: skip
        self.X, self.y = self._put(given.X), torch.from_numpy(given.y).to(self.device)
        self.S, self.judge = self._put(given.S), self._put(given.judge)

    def epoch(self, number: int) -> float:
        """Pass once over the inputs; return the mean distance that the critic sees."""
        losses = []
        drawn = batches(len(self.X), self.options.batch)
        for step, rows in enumerate(drawn, (number - 1) * len(drawn) + 1):
            at = rows.to(self.device)
            losses.append(self._criticise(self.X[at], self.S[self.y[at]]))
            if step % self.options.critic_steps == 0:
                self._deceive(self.y[at])
        return float(torch.stack(losses).mean())

    def made(self, conditions: torch.Tensor) -> torch.Tensor:
        """Return one input for each condition. Shapes: (b, e) → (b, k)."""
        noise = torch.randn(len(conditions), self.options.latent).to(self.device)
        made: torch.Tensor = self.generator(torch.cat([conditions, noise], dim=1))
        return made

    def _criticise(self, real: torch.Tensor, conditions: torch.Tensor) -> torch.Tensor:
        with torch.no_grad():
            fake = self.made(conditions)
        mix = torch.rand(len(real), 1).to(self.device)
        distance = judged(self.critic, real, conditions).mean() - judged(self.critic, fake, conditions).mean()
        penalty = gradient_penalty(self.critic, real, fake, conditions, mix)
        self._step(1, self.options.penalty * penalty - distance)
        return distance.detach()

    def _deceive(self, y: torch.Tensor) -> None:
        fake = self.made(self.S[y])
        known = nn.functional.cross_entropy(fake @ self.judge[:, :-1].T + self.judge[:, -1], y)
        loss = self.options.classification * known - judged(self.critic, fake, self.S[y]).mean()
        self._step(0, loss)

    def _step(self, which: int, loss: torch.Tensor) -> None:
        self.optimisers[which].zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        self.optimisers[which].step()

    def _put(self, array: Array) -> torch.Tensor:
        return torch.from_numpy(np.ascontiguousarray(array, np.float32)).to(self.device)


def judged(critic: nn.Module, inputs: torch.Tensor, conditions: torch.Tensor) -> torch.Tensor:
    """Return the critic's value of each input. Shapes: (b, k), (b, e) → (b,)."""
    value: torch.Tensor = critic(torch.cat([inputs, conditions], dim=1)).squeeze(1)
    return value


def gradient_penalty(
    critic: nn.Module, real: torch.Tensor, fake: torch.Tensor, conditions: torch.Tensor, mix: torch.Tensor
) -> torch.Tensor:
    r"""Return how far the critic's slope is from one between real and generated inputs.

    .. math::
        \mathbb{E}\,(\lVert \nabla_{\hat x} D(\hat x, a) \rVert_2 - 1)^2, \quad
        \hat x = \alpha x + (1 - \alpha) \tilde x

    Shapes: real and fake (b, k), conditions (b, e), mix α (b, 1) → ().
    Source: Gulrajani et al. 2017, Improved Training of Wasserstein GANs, eq. 3; Xian et al. 2018, eq. 2.
    """
    between = (mix * real + (1 - mix) * fake).requires_grad_(True)
    value = judged(critic, between, conditions).sum()
    (slope,) = torch.autograd.grad(value, between, create_graph=True)
    penalty: torch.Tensor = (slope.norm(dim=1) - 1).square().mean()
    return penalty


def train_wgan(learner: Learner, given: Conditional, seed: int, progress: Progress | None) -> list[Array]:
    """Train; return the generator's layers, (in + 1, out) each, the bias in the last row."""
    torch.manual_seed(seed)
    game = Game(given, learner.options)
    parts: dict[str, Stateful] = {"generator": game.generator, "critic": game.critic}
    parts |= dict(zip(("of generator", "of critic"), game.optimisers, strict=True))
    course = Course(learner, parts, game.epoch, lambda: dict(_named(game.generator)), list(given), seed)
    kept = course.run(learner.options.epochs, progress)
    return [kept[f"layer{k}"] for k in range(len(kept))]


def _named(network: nn.Sequential) -> list[tuple[str, Array]]:
    return [(f"layer{k}", layer) for k, layer in enumerate(matrices(network))]
