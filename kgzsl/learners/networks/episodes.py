"""Tasks drawn by class: a closed form learns from some classes, and is judged on inputs of others."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import torch
from torch.nn import functional

from kgzsl.arrays import Array

SCALARS = 10.0
Tensor = torch.Tensor


class Task(NamedTuple):
    """One episode.

    Args:
        support: classes that are learnt from. Shape: (s,).
        query: other classes, which are told apart by their descriptions. Shape: (ways,).
        of_support: inputs of each support class. Shape: (s, shots).
        of_query: inputs of each query class. Shape: (ways, shots).
    """

    support: Tensor
    query: Tensor
    of_support: Tensor
    of_query: Tensor


class Tasks:
    """Draws tasks from torch's generator of the CPU.

    Args:
        y: class of each input, counted from zero; every class has one.
        ways: query classes of a task, at most half of all.
        shots: inputs of each class, drawn with replacement.
    """

    def __init__(self, y: Tensor, ways: int, shots: int) -> None:
        self.shots = shots
        self.order = torch.argsort(y, stable=True)
        self.counts = torch.bincount(y)
        self.starts = torch.cumsum(self.counts, 0) - self.counts
        self.ways = min(ways, len(self.counts) // 2)

    def draw(self) -> Task:
        """Return a task; no class of it is both support and query."""
        classes = torch.randperm(len(self.counts))
        query, support = classes[: self.ways], classes[self.ways :]
        return Task(support, query, self._inputs(support), self._inputs(query))

    def _inputs(self, classes: Tensor) -> Tensor:
        many = self.counts[classes, None]
        drawn = (torch.rand(len(classes), self.shots) * many).long()
        return self.order[self.starts[classes, None] + drawn.minimum(many - 1)]


class RidgeHypernetwork(torch.nn.Module):
    r"""Hidden units of descriptions, from which ridge regression on support classes gives the rows of any class.

    .. math:: \phi(v) = \mathrm{ReLU}(A v + a) / \sqrt{h}, \quad
        w_c = u\big(\phi(v_c)^\top \Phi^\top (\Phi \Phi^\top + \lambda I)^{-1} P\big)

    Trained are A, a, λ, the temperature of scores, and a square map of inputs, which starts as the identity.

    Shapes: descriptions (n, e), inputs (n, d).
    """

    def __init__(self, reads: int, hidden: int, width: int, ridge: float, scale: float) -> None:
        super().__init__()
        self.describe = torch.nn.Linear(reads, hidden)
        torch.nn.init.normal_(self.describe.weight, 0, (2 / reads) ** 0.5)
        torch.nn.init.normal_(self.describe.bias)
        self.inputs = torch.nn.Parameter(torch.eye(width))
        self.ridge = torch.nn.Parameter(torch.tensor(ridge).log())
        self.scale = torch.nn.Parameter(torch.tensor(scale).log())

    def units(self, descriptions: Tensor) -> Tensor:
        """Return the hidden units. Shapes: (n, e) → (n, h)."""
        units: Tensor = torch.relu(self.describe(descriptions)) / self.describe.out_features**0.5
        return units

    def hidden(self) -> Array:
        """Return the hidden layer as a matrix (e + 1, h), the bias in the last row."""
        layer = np.vstack([self.describe.weight.detach().cpu().numpy().T, self.describe.bias.detach().cpu().numpy()])
        return np.asarray(layer / self.describe.out_features**0.5, np.float32)

    def groups(self, rate: float, share: float) -> list[dict[str, Any]]:
        """Return what is trained at which rate: the two scalars faster, as logarithms; the map of inputs at a share."""
        return [{"params": self.describe.parameters(), "lr": rate},
                {"params": [self.ridge, self.scale], "lr": SCALARS * rate},
                {"params": [self.inputs], "lr": share * rate}]  # fmt: skip

    def places(self, inputs: Tensor) -> Tensor:
        """Return mapped inputs, or means of inputs, of unit length. Shapes: (n, d) → (n, d)."""
        return functional.normalize(inputs @ self.inputs, dim=1)

    def head(self, descriptions: Tensor, means: Tensor) -> Tensor:
        """Return the layer from hidden units to rows, learnt from these classes. Shapes: (s, e), (s, d) → (h, d)."""
        units = self.units(descriptions)
        return units.T @ ridge_weights(units, self.places(means), self.ridge.exp())

    def loss(self, task: Task, X: Tensor, descriptions: Tensor) -> Tensor:
        """Return the loss of a task. Shapes: X (n, d), descriptions (S, e) → ()."""
        means = self.places(X[task.of_support].mean(dim=1))
        queries = self.places(X[task.of_query].flatten(0, 1))
        y = torch.arange(len(task.query), device=X.device).repeat_interleave(task.of_query.shape[1])
        support, query = self.units(descriptions[task.support]), self.units(descriptions[task.query])
        return query_loss(support, means, query, queries, y, self.ridge.exp(), self.scale.exp())


def ridge_weights(support: Tensor, means: Tensor, ridge: Tensor) -> Tensor:
    r"""Return :math:`(\Phi \Phi^\top + \lambda I)^{-1} P`. Shapes: (s, h), (s, d), () → (s, d)."""
    kernel = support @ support.T
    ridged = kernel + ridge * torch.eye(len(kernel), dtype=kernel.dtype, device=kernel.device)
    weights: Tensor = torch.linalg.solve(ridged, means)
    return weights


def query_loss(
    support: Tensor, means: Tensor, query: Tensor, inputs: Tensor, y: Tensor, ridge: Tensor, scale: Tensor
) -> Tensor:  # fmt: skip
    """Return the cross entropy of cosines between inputs of query classes and their predicted rows.

    Args:
        support: hidden units of support classes. Shape: (s, h).
        means: what they are regressed to. Shape: (s, d).
        query: hidden units of query classes. Shape: (q, h).
        inputs: of query classes, of unit length. Shape: (n, d).
        y: their places among the query classes. Shape: (n,).
        ridge: regulariser.
        scale: of cosines.

    Source: the solver inside the task: Bertinetto, Henriques, Torr, Vedaldi 2019, in its dual form.
    """
    rows = functional.normalize(query @ support.T @ ridge_weights(support, means, ridge), dim=1)
    return functional.cross_entropy(scale * inputs @ rows.T, y)
