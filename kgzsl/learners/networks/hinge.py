"""Hinge losses, which ask the right class to score above the others by a margin, and the map trained with them."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch.nn.functional import relu

from kgzsl.arrays import Array
from kgzsl.learners.base import Learner, Progress
from kgzsl.learners.networks.course import Course, Stateful, batches
from kgzsl.learners.networks.devices import device_of

Loss = Callable[[torch.Tensor, torch.Tensor, float], torch.Tensor]


def violations(scores: torch.Tensor, y: torch.Tensor, margin: float) -> torch.Tensor:
    """Return by how much each wrong class comes too near to the right one; at the right one zero.

    Shapes: (n, C), (n,) → (n, C).
    """
    over = relu(margin + scores - scores.gather(1, y[:, None]))
    return over.scatter(1, y[:, None], 0.0)


def hinge_rank(scores: torch.Tensor, y: torch.Tensor, margin: float) -> torch.Tensor:
    r"""Return the mean over inputs of :math:`\sum_{j \ne y} \max(0, m - f_y + f_j)`. Shapes: (n, C), (n,) → ().

    Source: Frome et al. 2013, eq. 1.
    """
    return violations(scores, y, margin).sum(dim=1).mean()


def structured_hinge(scores: torch.Tensor, y: torch.Tensor, margin: float) -> torch.Tensor:
    r"""Return the mean over inputs of :math:`\max_{j \ne y} \max(0, m - f_y + f_j)`. Shapes: (n, C), (n,) → ().

    Source: Akata et al. 2015, with the margin for the cost of every wrong class.
    """
    return violations(scores, y, margin).amax(dim=1).mean()


def warp(scores: torch.Tensor, y: torch.Tensor, margin: float = 1.0) -> torch.Tensor:
    r"""Return the weighted approximate ranking loss, over all classes instead of sampled ones.

    .. math:: \frac1n \sum_i \frac{\beta_{r_i}}{r_i} \sum_{y \ne y_i} \max(0, \Delta + F(x_i, y) - F(x_i, y_i)),
        \quad \beta_r = \sum_{k \le r} \frac1k

    with r the number of classes that come within the margin; as a count, it has no gradient.

    Shapes: scores (n, C), right classes (n,) → ().

    Source: Akata, Perronnin, Harchaoui, Schmid 2016, Label-embedding for image classification; weights of ranks:
    Usunier, Buffoni, Gallinari 2009, and Weston, Bengio, Usunier 2011.
    """
    over = violations(scores, y, margin)
    rank = (over > 0).sum(dim=1)
    harmonic = torch.cumsum(1 / torch.arange(1, scores.shape[1] + 1, dtype=scores.dtype, device=scores.device), 0)
    weight = torch.where(rank > 0, harmonic[(rank - 1).clamp(min=0)] / rank.clamp(min=1), 0)
    return (weight * over.sum(dim=1)).mean()


def ranked_map(
    learner: Learner, X: Array, y: Array, places: Array, loss: Loss, seed: int, progress: Progress | None
) -> Array:
    """Return the map M for which ``x M`` scores the place of the right class above the others.

    It starts at zero, not at random: a part that no seen class ever moves then has no part in scores of unseen ones.

    Args:
        learner: whose options say how.
        X: inputs. Shape: (n, d).
        y: their classes. Shape: (n,).
        places: of classes. Shape: (S, e).
        loss: of the scores.
        seed: of the order of inputs.
        progress: see the base class of learners.

    Shapes: → (d, e).
    """
    options = learner.options
    device = device_of(options.device)
    torch.manual_seed(seed)
    inputs, classes = torch.from_numpy(X).to(device), torch.from_numpy(places).to(device)
    labels = torch.from_numpy(y).to(device)
    layer = torch.nn.Linear(X.shape[1], places.shape[1], bias=False)
    torch.nn.init.zeros_(layer.weight)
    layer.to(device)
    optimizer = torch.optim.Adam(layer.parameters(), options.learning_rate, weight_decay=options.weight_decay)

    def epoch(_: int) -> float:
        total = 0.0
        for rows in batches(len(X), options.batch):
            value = loss(layer(inputs[rows]) @ classes.T, labels[rows], options.margin)
            optimizer.zero_grad()
            value.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
            total += float(value.detach()) * len(rows)
        return total / len(X)

    def keep() -> dict[str, Array]:
        return {"map": layer.weight.detach().cpu().numpy().T.copy()}

    parts: dict[str, Stateful] = {"layer": layer, "optimizer": optimizer}
    return Course(learner, parts, epoch, keep, (X, y, places), seed).run(options.epochs, progress)["map"]
