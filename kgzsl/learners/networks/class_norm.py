"""Networks from descriptions to classifiers whose units are standardised over classes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch

from kgzsl.arrays import Array

KEPT, EPSILON = 0.9, 1e-5


class OverClasses(torch.nn.Module):
    r"""Standardisation of every unit over the classes, with nothing learnt after it.

    .. math:: h \mapsto (h - \mu) / \sqrt{\sigma^2 + \epsilon}

    with mean and variance of the classes at hand in training, of a running average in inference.

    Shapes: (S, w) → (S, w).

    Source: Skorokhodov & Elhoseiny 2021, Class normalization, eq. 9.
    """

    mean: torch.Tensor
    variance: torch.Tensor
    steps: torch.Tensor

    def __init__(self, width: int) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(width))
        self.register_buffer("variance", torch.ones(width))
        self.register_buffer("steps", torch.zeros(()))

    def forward(self, rows: torch.Tensor) -> torch.Tensor:
        """Standardise, and in training remember by what."""
        if not self.training:
            return (rows - self.mean) / (self.variance + EPSILON).sqrt()
        mean, variance = rows.mean(dim=0), rows.var(dim=0, unbiased=False)
        self._remember(mean.detach(), variance.detach())
        return (rows - mean) / (variance + EPSILON).sqrt()

    def affine(self) -> tuple[Array, Array]:
        """Return what it does in inference as factor and summand. Shapes: (w,), (w,)."""
        mean, variance = (t.detach().cpu().numpy().astype(np.float64) for t in (self.mean, self.variance))
        factor = 1 / np.sqrt(variance + EPSILON)
        return factor, -mean * factor

    def _remember(self, mean: torch.Tensor, variance: torch.Tensor) -> None:
        """Average over all steps while they are few: the start would still count after a short training."""
        self.steps += 1
        kept = torch.minimum(1 - 1 / self.steps, torch.full_like(self.steps, KEPT))
        self.mean.mul_(kept).add_((1 - kept) * mean)
        self.variance.mul_(kept).add_((1 - kept) * variance)


def class_normalised(widths: Sequence[int], dropout: float = 0.0) -> torch.nn.Sequential:
    r"""Return a perceptron of three layers, standardised over classes before and after its last ReLU.

    The weights of the output layer are drawn with variance :math:`1 / (d_h d_{out})`, so that scores of standardised
    units have the variance that the normalised ones are meant to have.

    Args:
        widths: of descriptions, both hidden layers and rows.
        dropout: share of the hidden units that are left out in training.

    Source: Skorokhodov & Elhoseiny 2021, Class normalization, eq. 10 and appendix.
    """
    reads, first, second, out = widths
    last = torch.nn.Linear(second, out)
    bound = float(np.sqrt(3 / (second * out)))
    torch.nn.init.uniform_(last.weight, -bound, bound)
    return torch.nn.Sequential(
        torch.nn.Linear(reads, first), torch.nn.ReLU(),
        torch.nn.Linear(first, second), OverClasses(second), torch.nn.ReLU(),
        torch.nn.Dropout(dropout), OverClasses(second), last,
    )  # fmt: skip


def folded(network: torch.nn.Sequential) -> list[Array]:
    """Return the matrices (in + 1, out) with which a plain perceptron does what the network does in inference."""
    layers: list[Array] = []
    before: tuple[Array, Array] | None = None
    for module in network:
        if isinstance(module, torch.nn.Linear):
            weight, bias = (t.detach().cpu().numpy().astype(np.float64) for t in (module.weight.T, module.bias))
            if before is not None:
                weight, bias = before[0][:, None] * weight, bias + before[1] @ weight
            layers.append(np.vstack([weight, bias]))
            before = None
        elif isinstance(module, OverClasses):
            before = module.affine()
        elif isinstance(module, torch.nn.ReLU) and before is not None:
            layers[-1] = layers[-1] * before[0]
            layers[-1][-1] += before[1]
            before = None
    return [layer.astype(np.float32) for layer in layers]


def cosine_loss(inputs: torch.Tensor, rows: torch.Tensor, y: torch.Tensor, gamma: float) -> torch.Tensor:
    """Return the cross entropy of scores between inputs and rows that are both brought to length ``gamma``.

    Shapes: inputs (n, d), rows (S, d), right classes (n,) → ().

    Source: Skorokhodov & Elhoseiny 2021, Class normalization.
    """
    normal = torch.nn.functional.normalize
    return torch.nn.functional.cross_entropy(gamma**2 * normal(inputs, dim=1) @ normal(rows, dim=1).T, y)
