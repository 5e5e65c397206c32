"""Layers of graph networks in torch: every layer maps (operators, values of the rows they read) to rows."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np
import torch
from scipy import sparse
from torch import nn

from kgzsl.arrays import Array
from kgzsl.learners.linear import SLOPE as SLOPE

MOST_ROWS = 2**15
MOST_PAIRS = 2**22


class Sparse:
    """A constant sparse matrix with its transpose, for products with gradients."""

    def __init__(self, matrix: sparse.csr_array, device: str = "cpu", dtype: torch.dtype = torch.float32) -> None:
        self.scipy, self.device, self.dtype = sparse.csr_array(matrix), device, dtype
        self.shape = matrix.shape

    @cached_property
    def forth(self) -> torch.Tensor:
        """As a torch CSR tensor."""
        return self._tensor(self.scipy)

    @cached_property
    def back(self) -> torch.Tensor:
        """Its transpose."""
        return self._tensor(sparse.csr_array(self.scipy.T))

    @cached_property
    def edges(self) -> torch.Tensor:
        """Columns and rows of its entries, as torch-geometric's edge_index. Shape: (2, E)."""
        coo = self.scipy.tocoo()
        return torch.from_numpy(np.stack([coo.coords[1], coo.coords[0]]).astype(np.int64)).to(self.device)

    @cached_property
    def present(self) -> torch.Tensor:
        """Which rows read anything. Shape: (n, 1)."""
        flags = torch.from_numpy(np.diff(self.scipy.indptr) > 0)
        return flags.to(self.device, self.dtype)[:, None]

    @cached_property
    def batches(self) -> list[tuple[torch.Tensor, torch.Tensor, torch.Tensor]]:
        """Rows of about as many entries, their columns padded to the longest, and which of these are padding.

        Attention over more than 65,535 rows at once does not run on every GPU. Shapes: (k,), (k, l), (k, l).
        """
        lengths = np.diff(self.scipy.indptr)
        size = np.ceil(np.log2(np.maximum(lengths, 1))).astype(int)
        found = []
        for power in np.unique(size):
            rows = np.flatnonzero(size == power)
            most = min(MOST_ROWS, MOST_PAIRS // 4 ** int(power) or 1)
            for part in np.array_split(rows, -(-len(rows) // most)):
                blank = np.arange(lengths[part].max())[None] >= lengths[part][:, None]
                columns = np.zeros(blank.shape, np.int64)
                columns[~blank] = self.scipy[part].indices
                found.append((part, columns, blank))
        return [tuple(torch.from_numpy(a).to(self.device) for a in batch) for batch in found]  # type: ignore[misc]

    def __matmul__(self, values: torch.Tensor) -> torch.Tensor:
        product: torch.Tensor = _Product.apply(values, self)  # type: ignore[no-untyped-call]
        return product

    def _tensor(self, matrix: sparse.csr_array) -> torch.Tensor:
        matrix = matrix.sorted_indices()
        starts, columns = _laid(matrix.indptr.astype(np.int64)), _laid(matrix.indices.astype(np.int64))
        values = _laid(matrix.data).to(self.dtype)
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="Sparse (CSR tensor support|invariant checks)")
            made = torch.sparse_csr_tensor(starts, columns, values, size=matrix.shape, check_invariants=True)
        return made.to(self.device)


def _laid(values: Array) -> torch.Tensor:
    """Empty arrays of newer numpy have stride 0, which older torch refuses."""
    return torch.from_numpy(values).clone(memory_format=torch.contiguous_format)


class _Product(torch.autograd.Function):
    """``A @ x`` with the gradient ``A.T @ g``; torch's own would transpose A at every step, and knows no bfloat16."""

    @staticmethod
    def forward(ctx: Any, values: torch.Tensor, matrix: Sparse) -> torch.Tensor:
        ctx.matrix, ctx.dtype = matrix, values.dtype
        with torch.autocast(values.device.type, enabled=False):
            return matrix.forth @ values.to(matrix.dtype).contiguous()

    @staticmethod
    def backward(ctx: Any, *gradients: torch.Tensor) -> Any:
        back = ctx.matrix.back @ gradients[0].to(ctx.matrix.dtype).contiguous()
        return back.to(ctx.dtype), None


class Convolution(nn.Module):
    r"""Linear aggregation by several operators, mixed into several matrices.

    .. math:: H' = \sum_m \Big(\sum_r c_{rm} (A_r H - 1_r z_r)\Big) W_m + b

    GCN: one operator, one matrix. DGP: c is a softmax over distances. RGCN: c are the coefficients of bases. CompGCN:
    each relation is assigned to the matrix of its direction and z are relation vectors (composition by subtraction).
    Operators are applied first: they lead to fewer rows when the loss reaches few, and never to more.

    Shapes: R operators (n, m), values (m, d_in) → (n, d_out).
    """

    def __init__(self, width: int, out: int, shares: Array, mixing: str = "fixed", vectors: bool = False) -> None:
        super().__init__()
        self.mixing = mixing
        given = torch.as_tensor(shares, dtype=torch.float32)
        self.fixed = given != 0
        self.shares = nn.Parameter(torch.zeros_like(given) if mixing == "softmax" else given.clone(),
                                   requires_grad=mixing != "fixed")  # fmt: skip
        self.weight = nn.Parameter(torch.empty(given.shape[1], width, out))
        self.bias = nn.Parameter(torch.zeros(out))
        self.vectors = nn.Parameter(torch.zeros(len(given), width)) if vectors else None
        for matrix in self.weight:
            nn.init.xavier_uniform_(matrix)

    def coefficients(self) -> torch.Tensor:
        """Return c. Shape: (R, M)."""
        c = torch.softmax(self.shares, dim=0) if self.mixing == "softmax" else self.shares
        return c * self.fixed.to(c.device)

    def gather(self, operators: Sequence[Sparse], values: torch.Tensor) -> list[torch.Tensor]:
        """Return what each operator reads; constant for constant values."""
        return [operator @ values for operator in operators]

    def combine(self, operators: Sequence[Sparse], gathered: Sequence[torch.Tensor]) -> torch.Tensor:
        """Return rows from what the operators read."""
        if self.vectors is not None:
            gathered = [t - op.present * z for t, op, z in zip(gathered, operators, self.vectors, strict=True)]
        c, out = self.coefficients(), self.bias
        plain = self.mixing == "fixed" and len(gathered) == 1
        for m, weight in enumerate(self.weight):
            used = [r for r in range(len(gathered)) if self.fixed[r, m]]
            if not used:
                continue
            mixed = gathered[0] if plain else sum(c[r, m] * gathered[r] for r in used)
            out = out + mixed @ weight
        return out

    def forward(self, operators: Sequence[Sparse], values: torch.Tensor) -> torch.Tensor:
        """See the class."""
        return self.combine(operators, self.gather(operators, values))

    def arrays(self) -> dict[str, Array]:
        """Return what inference needs: shares (R, M), weight (M, in, out), bias (out,), offset (R, M, out)."""
        with torch.no_grad():
            found = {"shares": self.coefficients(), "weight": self.weight, "bias": self.bias}
            if self.vectors is not None:
                found["offset"] = -torch.einsum("rd,mdo,rm->rmo", self.vectors, self.weight, self.coefficients())
            return {name: value.float().cpu().numpy().copy() for name, value in found.items()}


class Network(nn.Module):
    """Layers with leaky ReLU between; with ``skip`` a layer as wide as the one before adds to it."""

    def __init__(self, layers: Sequence[nn.Module], dropout: float, skip: bool, unit: bool) -> None:
        super().__init__()
        self.layers, self.dropout, self.skip, self.unit = nn.ModuleList(layers), nn.Dropout(dropout), skip, unit

    def forward(self, blocks: Sequence[Block], inputs: torch.Tensor) -> torch.Tensor:
        """Shapes: inputs (rows of the first block's columns, e) → (rows of the last block, d)."""
        hidden = inputs
        for number, (layer, block) in enumerate(zip(self.layers, blocks, strict=True)):
            before = hidden
            if number == 0 and block.gathered is not None:
                assert isinstance(layer, Convolution)
                hidden = layer.combine(block.operators, [self.dropout(t) for t in block.gathered])
            else:
                hidden = layer(block.operators, self.dropout(hidden))
            if number < len(self.layers) - 1:
                hidden = nn.functional.leaky_relu(hidden, SLOPE)
                if self.skip and number and before.shape[1] == hidden.shape[1]:
                    hidden = hidden + block.own @ before
        return nn.functional.normalize(hidden, dim=1) if self.unit else hidden


class Block:
    """What one layer reads: its operators, its own rows, and for a constant input what they give."""

    def __init__(self, operators: Sequence[Sparse], own: Sparse) -> None:
        self.operators, self.own = list(operators), own
        self.gathered: list[torch.Tensor] | None = None
