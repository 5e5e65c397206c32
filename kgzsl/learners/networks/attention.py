"""Layers in which the values decide what is read: graph attention, and a transformer over neighbours."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import nn
from torch_geometric.nn import GATConv

from kgzsl.arrays import Array
from kgzsl.learners.networks.modules import SLOPE, Sparse

LARGEST = 2**22


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
        matrix, low = operators[0].scipy, self.down(values)
        lengths = np.diff(matrix.indptr)
        pooled = torch.zeros(len(lengths), low.shape[1], dtype=low.dtype, device=low.device)
        size = np.ceil(np.log2(np.maximum(lengths, 1))).astype(int)
        for power in np.unique(size):
            most = 2 ** int(power)
            rows = np.flatnonzero(size == power)
            for part in np.array_split(rows, max(1, len(rows) * most * most // LARGEST)):
                if len(part):
                    at = torch.from_numpy(part).to(low.device)
                    pooled = pooled.index_put((at,), self._pooled(matrix, part, lengths[part], low).to(pooled.dtype))
        out: torch.Tensor = self.out(nn.functional.leaky_relu(self.up(pooled), SLOPE))
        return out

    def arrays(self) -> dict[str, Array]:
        """Return its parameters."""
        return {name: value.detach().float().cpu().numpy().copy() for name, value in self.state_dict().items()}

    def _pooled(self, matrix: object, rows: Array, lengths: Array, low: torch.Tensor) -> torch.Tensor:
        most = int(lengths.max())
        columns = np.zeros((len(rows), most), np.int64)
        blank = np.arange(most)[None] >= lengths[:, None]
        columns[~blank] = matrix[rows].indices  # type: ignore[index]
        mask = torch.from_numpy(blank).to(low.device)
        read = self.transformer(low[torch.from_numpy(columns).to(low.device)], src_key_padding_mask=mask)
        read = read.masked_fill(mask[:, :, None], 0)
        return torch.as_tensor(read.sum(dim=1) / torch.from_numpy(lengths).to(low)[:, None])
