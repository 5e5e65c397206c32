"""Training of the GCN: restricted to the rows that the loss reaches, stopped by ranking held-out seen classes."""

from __future__ import annotations

import warnings
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from scipy import sparse
from torch import nn
from torch_geometric.nn import SimpleConv

from kgzsl.arrays import Array, unit_rows
from kgzsl.features import FeatureSet
from kgzsl.folds import class_folds
from kgzsl.learners.base import Progress
from kgzsl.learners.inheritance import inherited
from kgzsl.metrics import by_class, ranks
from kgzsl.semantics.space import ClassSpace

if TYPE_CHECKING:
    from kgzsl.learners.gcn import GCN

Layers = list[tuple[Array, Array]]
FEW = 4


class Network(nn.Module):
    """Linear layers after fixed smoothing; the last two operators hold only the rows that the loss needs."""

    def __init__(self, widths: list[int], dropout: float) -> None:
        super().__init__()
        linear = [nn.Linear(a, b) for a, b in pairwise(widths)]
        self.linear = nn.ModuleList(linear)
        self.smooth = SimpleConv(aggr="sum")
        self.dropout = nn.Dropout(dropout)
        for layer in linear:
            nn.init.xavier_uniform_(layer.weight)
            nn.init.zeros_(layer.bias)

    def forward(self, smoothed: torch.Tensor, operators: list[torch.Tensor]) -> torch.Tensor:
        """Shapes: smoothed inputs (N, e) → (rows of the last operator, d)."""
        first, *others = self.linear.children()
        hidden = first(self.dropout(smoothed))
        for layer, operator in zip(others, operators, strict=True):
            hidden = self.dropout(nn.functional.leaky_relu(hidden, 0.2))
            hidden = layer(self.smooth((hidden, None), operator))
        unit: torch.Tensor = nn.functional.normalize(hidden, dim=1)
        return unit

    def layers(self) -> Layers:
        """Return weights (in, out) and biases as arrays."""
        return [(m.weight.detach().numpy().T.copy(), m.bias.detach().numpy().copy())
                for m in self.linear.children() if isinstance(m, nn.Linear)]  # fmt: skip


def train(
    learner: GCN, space: ClassSpace, at: Array, features: FeatureSet | None, seed: int, progress: Progress | None
) -> Layers:
    """Return the trained layers of a GCN.

    Args:
        learner: for its options, seen ids and rows.
        space: what to read.
        at: rows of the seen classes in the space. Shape: (S,).
        features: labelled inputs of seen classes; those of held-out classes are ranked.
        seed: of initial weights, dropout and the held-out classes.
        progress: called with ('train gcn', epoch, epochs).
    """
    options = learner.options
    torch.manual_seed(seed)
    held, ranking = _held_out(learner, features, seed)
    learner.held_out = tuple(learner.seen_ids[k] for k in held)
    fitted = np.setdiff1d(np.arange(len(learner.seen_ids)), held)
    operator, values = space.smoothing, inherited(space, options.decay).mixed
    reached = _reached(operator, at, options.layers)
    smoothed = torch.from_numpy(np.asarray((operator[reached[0]] @ values), np.float32))
    operators = [as_tensor(operator[out][:, into]) for into, out in pairwise(reached)]
    target = torch.from_numpy(learner.rows)
    widths = [values.shape[1], *[options.hidden] * (options.layers - 1), learner.rows.shape[1]]
    network = Network(widths, options.dropout)
    optimiser = torch.optim.Adam(network.parameters(), options.learning_rate, weight_decay=options.weight_decay)
    best, layers, stale = -1.0, network.layers(), 0
    rows = torch.from_numpy(fitted)
    for epoch in range(1, options.epochs + 1):
        network.train()
        optimiser.zero_grad()
        loss = (network(smoothed, operators)[rows] - target[rows]).square().sum(dim=1).mean()
        loss.backward()
        optimiser.step()
        if epoch % options.check_every == 0 or epoch == options.epochs:
            network.eval()
            with torch.inference_mode():
                score = ranking(network(smoothed, operators).numpy())
            if score > best:
                best, layers, stale = score, network.layers(), 0
            else:
                stale += 1
        if progress:
            progress("train gcn", epoch, options.epochs)
        if stale >= options.patience:
            break
    return layers


def _reached(operator: Any, at: Array, layers: int) -> list[Array]:
    """Rows each layer must compute, first layer first, so that the last can give the rows ``at``."""
    reached = [at]
    for _ in range(layers - 1):
        reached.insert(0, np.unique(operator[reached[0]].indices))
    return reached


def _held_out(learner: GCN, features: FeatureSet | None, seed: int) -> tuple[Array, Any]:
    """Choose validation classes among the seen; return their rows and a function predicted rows → ranking score."""
    place = {iri: k for k, iri in enumerate(learner.seen_ids)}
    labelled = sorted(set(features.labels or ()) & set(place)) if features is not None else []
    pool = labelled if len(labelled) >= FEW else list(learner.seen_ids)
    if len(place) <= FEW:
        warnings.warn(f"only {len(place)} seen classes: none is held out, training runs to its end", stacklevel=4)
        return np.zeros(0, np.int64), lambda predicted: float(-np.square(predicted - learner.rows).sum())
    share = learner.options.held_out if pool is not labelled else 0.5
    held = class_folds(pool, max(2, round(1 / share)), seed)[0]
    rows = np.array([place[iri] for iri in held])
    if pool is labelled and features is not None:
        X, y = _inputs(features, held)
    else:
        X, y = learner.rows[rows], np.arange(len(rows))
    return rows, lambda predicted: _ranking(X, y, unit_rows(predicted[rows]))


def _inputs(features: FeatureSet, held: tuple[str, ...]) -> tuple[Array, Array]:
    assert features.labels is not None
    column = {iri: k for k, iri in enumerate(held)}
    at = [r for r, label in enumerate(features.labels) if label in column]
    return unit_rows(features.X[at]), np.array([column[features.labels[r]] for r in at])


def _ranking(X: Array, y: Array, predicted: Array) -> float:
    """Class-mean of 1 / (1 + rank) of the true class among the held-out ones."""
    return float(by_class(1 / (1 + ranks(X @ predicted.T, y)), y).mean())


def as_tensor(operator: sparse.csr_array) -> torch.Tensor:
    """Return a scipy matrix as a torch CSR tensor."""
    operator = sparse.csr_array(operator).sorted_indices()
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Sparse CSR tensor support")
        return torch.sparse_csr_tensor(
            torch.from_numpy(operator.indptr.astype(np.int64)), torch.from_numpy(operator.indices.astype(np.int64)),
            torch.from_numpy(operator.data.astype(np.float32)), size=operator.shape, check_invariants=True,
        )  # fmt: skip
