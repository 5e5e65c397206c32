"""The published training loop, plainly rewritten: what exact steps are measured against."""

from __future__ import annotations

import numpy as np
import torch
from torch.nn.functional import leaky_relu, normalize

from kgzsl.propagation.operators import AtDistance
from kgzsl.propagation.slots import Snapshot


class Reference:
    """Every layer over the whole graph: sparse COO matrices, ``A (H W)``, Adam (Kampffmeyer et al. 2019)."""

    def __init__(self, learner, space, seen, network):
        links = Snapshot.of(space).links
        self.matrices = [[coo(op.rows(links, np.arange(links.n))) for op in ops] for ops in learner.operators()]
        dtype = network.layers[0].weight.dtype
        self.matrices = [[matrix.to(dtype) for matrix in matrices] for matrices in self.matrices]
        self.inputs = torch.from_numpy(space.vectors).to(dtype)
        self.weights = [layer.weight[0].detach().clone().requires_grad_() for layer in network.layers]
        self.biases = [layer.bias.detach().clone().requires_grad_() for layer in network.layers]
        self.shares = [torch.zeros(len(m), dtype=dtype, requires_grad=True) for m in self.matrices]
        self.rows = torch.tensor([space.graph.index[iri] for iri in seen.ids])
        self.target = torch.from_numpy(learner.rows).to(dtype)
        mixed = self.shares if isinstance(learner.operators()[0][0], AtDistance) else []
        self.optimiser = torch.optim.Adam([*self.weights, *self.biases, *mixed], 1e-3, weight_decay=5e-4, fused=False)

    def step(self):
        """Make one step; return its loss."""
        self.optimiser.zero_grad()
        hidden = self.inputs
        for number, (matrices, weight) in enumerate(zip(self.matrices, self.weights, strict=True)):
            support = hidden @ weight
            share = torch.softmax(self.shares[number], 0)
            hidden = sum(share[k] * torch.sparse.mm(m, support) for k, m in enumerate(matrices)) + self.biases[number]
            if number < len(self.weights) - 1:
                hidden = leaky_relu(hidden, 0.2)
        loss = (normalize(hidden, dim=1)[self.rows] - self.target).square().sum(dim=1).mean()
        loss.backward()
        self.optimiser.step()
        return float(loss.detach())


def coo(matrix):
    """Return a scipy matrix as a torch COO tensor."""
    matrix = matrix.tocoo()
    at = torch.from_numpy(np.stack(matrix.coords).astype(np.int64))
    return torch.sparse_coo_tensor(at, torch.from_numpy(matrix.data.astype(np.float32)), matrix.shape).coalesce()
