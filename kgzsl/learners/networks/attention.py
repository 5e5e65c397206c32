"""Layers in which the values decide what is read: graph attention, and a transformer over neighbours."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import nn
from torch_geometric.nn import GATConv

from kgzsl.arrays import Array
from kgzsl.learners.networks.modules import SLOPE, Sparse


class Attention(nn.Module):
    """torch-geometric's GATConv over the entries of an operator. Shapes: (m, d_in) → (n, d_out)."""

    def __init__(self, width: int, out: int, heads: int) -> None:
        super().__init__()
        self.conv = GATConv(width, out, heads, concat=False, negative_slope=SLOPE, add_self_loops=False)

    def forward(self, operators: Sequence[Sparse], values: torch.Tensor) -> torch.Tensor:
        """Read all entries of the first operator; the last one says which values are a row's own."""
        at = torch.from_numpy(operators[-1].scipy.indices.astype(np.int64)).to(values.device)
        rows: torch.Tensor = self.conv((values, values[at]), operators[0].edges)
        return rows

    def arrays(self) -> dict[str, Array]:
        """Return its parameters."""
        return {name: value.detach().float().cpu().numpy().copy() for name, value in self.state_dict().items()}


class NeighbourTransformer(nn.Module):
    """A transformer layer over the values a row reads, their mean, and a linear map. Shapes: (m, d_in) → (n, d_out)."""

    def __init__(self, width: int, out: int, projection: int, heads: int) -> None:
        super().__init__()
        self.down, self.up = nn.Linear(width, projection), nn.Linear(projection, width)
        self.transformer = nn.TransformerEncoderLayer(projection, heads, 2 * projection, 0.0, batch_first=True)
        self.out = nn.Linear(width, out)

    def forward(self, operators: Sequence[Sparse], values: torch.Tensor) -> torch.Tensor:
        """Rows of about the same number of neighbours share a padded batch, so that hubs do not pad the rest."""
        low = self.down(values)
        pooled = torch.zeros(operators[0].shape[0], low.shape[1], dtype=low.dtype, device=low.device)
        for rows, columns, blank in operators[0].batches:
            read = self.transformer(low[columns], src_key_padding_mask=blank).masked_fill(blank[:, :, None], 0)
            mean = read.sum(dim=1) / (~blank).sum(dim=1, keepdim=True)
            pooled = pooled.index_put((rows,), mean.to(pooled.dtype))
        out: torch.Tensor = self.out(nn.functional.leaky_relu(self.up(pooled), SLOPE))
        return out

    def arrays(self) -> dict[str, Array]:
        """Return its parameters."""
        return {name: value.detach().float().cpu().numpy().copy() for name, value in self.state_dict().items()}
