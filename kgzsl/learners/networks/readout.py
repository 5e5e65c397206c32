"""Networks that are not piecewise linear: integrated gradients from their row back to descriptions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import torch
from torch import nn

from kgzsl.arrays import Array
from kgzsl.learners.linear import LinearPart, descriptions
from kgzsl.learners.networks.base import NetworkLearner
from kgzsl.learners.networks.modules import SLOPE, Sparse
from kgzsl.propagation.slots import Snapshot
from kgzsl.semantics.space import ClassSpace

STEPS = 64


class NetworkReadout:
    """Integrated gradients by the midpoint rule, from no descriptions at all to those that are there.

    Args:
        modules: trained layers.
        blocks: operators of each layer, over the rows of the one before.
        unit: whether the row is brought to unit length; its length is held fixed then.

    Source: Sundararajan, Taly, Yan 2017, Axiomatic Attribution for Deep Networks, eq. 3.
    """

    def __init__(self, modules: Sequence[nn.Module], blocks: Sequence[list[Sparse]], unit: bool) -> None:
        self.modules, self.blocks, self.unit, self.length = modules, blocks, unit, 1.0

    def row(self, values: Array) -> Array:
        """See the protocol."""
        with torch.no_grad():
            row = np.asarray(self._forward(torch.from_numpy(values))[0].numpy())
        self.length = float(np.linalg.norm(row)) or 1.0 if self.unit else 1.0
        return row / self.length

    def functional(self, values: Array, z: Array) -> tuple[Array, str, float]:
        """See the protocol; what the rule misses of the whole is left as a residual."""
        given, wanted = torch.from_numpy(values), torch.from_numpy(z) / self.length
        total = torch.zeros_like(given)
        for step in range(STEPS):
            part = ((step + 0.5) / STEPS * given).requires_grad_()
            (self._forward(part)[0] @ wanted).backward()  # type: ignore[no-untyped-call]
            assert part.grad is not None
            total += part.grad / STEPS
        with torch.no_grad():
            none = float(self._forward(torch.zeros_like(given))[0] @ wanted)
        return total.numpy(), "no descriptions", none

    def _forward(self, values: torch.Tensor) -> torch.Tensor:
        for number, (module, block) in enumerate(zip(self.modules, self.blocks, strict=True)):
            values = module(block, values)
            if number < len(self.modules) - 1:
                values = nn.functional.leaky_relu(values, SLOPE)
        return values


def readouts(learner: NetworkLearner, space: ClassSpace, iri: str) -> Iterator[LinearPart]:
    """Yield one part a network: the descriptions that its row reads, and how."""
    snapshot = Snapshot.of(space)
    wanted = [np.array([snapshot.slot[iri]], np.int64)]
    blocks: list[list[Sparse]] = []
    for operators in reversed(learner.operators()):
        matrices = [op.rows(snapshot.links, wanted[0]) for op in operators]
        read = np.unique(np.concatenate([m.indices for m in matrices]))
        blocks.insert(0, [Sparse(m[:, read].astype(np.float32)) for m in matrices])
        wanted.insert(0, read)
    names = tuple(space.graph.ids[k] for k in wanted[0])
    widths = [learner.width, *[learner.options.hidden] * (len(blocks) - 1), learner.rows.shape[1]]
    for layers in learner.members:
        modules = learner.modules(widths)
        for module, layer in zip(modules, layers, strict=True):
            module.load_state_dict({name: torch.from_numpy(value) for name, value in layer.items()})
            module.eval()
        yield LinearPart((descriptions(learner.options.decay),), names, 1.0,
                         NetworkReadout(modules, blocks, learner.unit))  # fmt: skip
