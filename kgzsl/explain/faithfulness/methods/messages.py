"""A trained graph convolutional network as message passing, so that torch-geometric can mask its messages."""

from __future__ import annotations

import numpy as np
import torch
from torch import nn
from torch.nn.functional import leaky_relu, normalize
from torch_geometric.nn import MessagePassing

from kgzsl.arrays import Array
from kgzsl.explain.faithfulness.methods.field import Field, receptive_field
from kgzsl.explain.faithfulness.question import Question
from kgzsl.learners.graph.gcn import GCN
from kgzsl.learners.networks.modules import SLOPE
from kgzsl.propagation.operators import LEVELS


class _Messages(MessagePassing):  # type: ignore[misc]
    """``Σ_j weight_ij h_j``. Shapes: (n, w), (2, E), (E,) → (n, w)."""

    def __init__(self) -> None:
        super().__init__(aggr="add")

    def forward(self, values: torch.Tensor, edges: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
        """See the class."""
        found: torch.Tensor = self.propagate(edges, x=values, weight=weight)
        return found

    def message(self, x_j: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
        """Return what goes over each edge."""
        return weight[:, None] * x_j


class MarginNetwork(nn.Module):
    """The two logits of a question, class and rival, computed by passing messages within their receptive field.

    Descriptions inherit by messages as well, so that a mask on an edge reaches all that goes over it. What a mask
    does not reach is the normalisation of rows: messages are weakened, degrees stay. A node's own values are no
    message. Logits are adjusted scores in the unit of the question.

    Args:
        question: about a learner that is a :class:`GCN`.
    """

    def __init__(self, question: Question) -> None:
        super().__init__()
        learner, given = question.setting.learner, question.setting.learner.seen_row
        assert isinstance(learner, GCN)
        self.learner, self.decay, self.messages = learner, float(learner.options.decay), _Messages()
        ids = [question.iri, question.rival]
        self.computed = [k for k, iri in enumerate(ids) if iri not in given]
        self.field: Field = receptive_field(question.setting, [ids[k] for k in self.computed], question.facts)
        self.members = [[{key: torch.from_numpy(value) for key, value in layer.items()} for layer in layers]
                        for layers in learner.members]  # fmt: skip
        rows = np.zeros((2, learner.rows.shape[1]), np.float32)
        for k, iri in enumerate(ids):
            rows[k] = learner.rows[given[iri]] if iri in given else 0
        self.given = torch.from_numpy(rows)
        self._take(question)

    @property
    def inputs(self) -> tuple[torch.Tensor, torch.Tensor]:
        """Vectors of the nodes, and edges. Shapes: (n, e), (2, E)."""
        return torch.from_numpy(self.field.vectors), torch.from_numpy(self.field.edges)

    def forward(self, vectors: torch.Tensor, edges: torch.Tensor) -> torch.Tensor:
        """Return logits. Shapes: (n, e), (2, E) → (1, 2)."""
        inputs = self._described(vectors, edges)
        total = sum(self._member(inputs, edges, layers) for layers in self.members)
        rows = self.given.index_copy(0, torch.tensor(self.computed), normalize(torch.as_tensor(total), dim=1))
        return ((rows @ self.x + self.offset) / self.unit)[None]

    def _described(self, vectors: torch.Tensor, edges: torch.Tensor) -> torch.Tensor:
        total = level = vectors
        for _ in range(LEVELS if self.decay else 0):
            level = self.decay * self.messages(level, edges, self.inherited)
            total = total + level
        return normalize(total, dim=1)

    def _member(
        self, values: torch.Tensor, edges: torch.Tensor, layers: list[dict[str, torch.Tensor]]
    ) -> torch.Tensor:
        """Return unit rows of the computed classes by one network of an ensemble; see ``network_chain``."""
        for number, (layer, at) in enumerate(zip(layers, self.field.rows, strict=True)):
            rows = torch.from_numpy(at)
            read = self.messages(values, edges, self.convolved) + self.own[:, None] * values
            found = layer["shares"][0, 0] * (read[rows] @ layer["weight"][0]) + layer["bias"]
            if number == len(layers) - 1:
                return normalize(found, dim=1)
            found = leaky_relu(found, SLOPE)
            if self.learner.skip and number > 0 and values.shape[1] == found.shape[1]:
                found = found + values[rows]
            values = values.new_zeros(len(values), found.shape[1]).index_copy(0, rows, found)
        raise AssertionError("a network has layers")

    def _take(self, question: Question) -> None:
        bank = question.setting.propagation.bank
        self.inherited, self.convolved, self.own = map(_float, (self.field.inherited, self.field.convolved,
                                                                self.field.own))  # fmt: skip
        self.x = _float(bank.input_map(question.x[None])[0])
        self.offset, self.unit = torch.tensor([question.margins.offset, 0.0]), question.unit


def _float(values: Array) -> torch.Tensor:
    return torch.from_numpy(np.asarray(values, np.float32))
