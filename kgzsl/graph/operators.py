"""Sparse matrices over concepts, in the order of ``graph.ids``."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from scipy import sparse

from kgzsl.arrays import Array

Edges = tuple[Array, Array, Array]


def adjacency(n: int, edges: Edges) -> sparse.csr_array:
    """Return ``A[i, j]`` = weight of the edges i → j. Shape: (n, n)."""
    source, target, weight = edges
    matrix = sparse.csr_array(sparse.coo_array((weight.astype(np.float64), (source, target)), shape=(n, n)))
    matrix.eliminate_zeros()
    return matrix


def row_normalised(matrix: sparse.csr_array) -> sparse.csr_array:
    """Return ``D⁻¹ A``: rows that sum to one; rows without entries stay empty. Shape: (N, N)."""
    sums = np.asarray(matrix.sum(axis=1)).ravel()
    scale = np.divide(1.0, sums, out=np.zeros_like(sums), where=sums > 0)
    return sparse.csr_array(sparse.diags_array(scale) @ matrix)


def smoothing(n: int, edges: Mapping[str, Edges], ways: Mapping[str, tuple[float, float]]) -> sparse.csr_array:
    """Return ``D⁻¹ (Σ_r a_r A_r + b_r A_rᵀ + I)``: the row-normalised operator of GCNZ (Wang 2018). Shape: (n, n).

    Args:
        n: concepts.
        edges: of each relation.
        ways: weights a along each relation and b against it.
    """
    return row_normalised(_weighted(n, edges, ways))


def affinity(n: int, edges: Mapping[str, Edges], ways: Mapping[str, tuple[float, float]]) -> sparse.csr_array:
    """Return ``D^-½ S D^-½``, S the mean of ``Σ_r a_r A_r + b_r A_rᵀ + I`` and its transpose. Shape: (n, n).

    Its eigenvalues are at most one whatever the weights, so that ``I`` less it is a Laplacian.
    """
    total = _weighted(n, edges, ways)
    both = sparse.csr_array((total + total.T) / 2)
    scale = sparse.diags_array(1 / np.sqrt(np.asarray(both.sum(axis=1)).ravel()))
    return sparse.csr_array(scale @ both @ scale)


def _weighted(n: int, edges: Mapping[str, Edges], ways: Mapping[str, tuple[float, float]]) -> sparse.csr_array:
    total = sparse.csr_array(sparse.eye_array(n))
    for name in sorted(ways):
        (along, against), a = ways[name], adjacency(n, edges[name])
        total = total + along * a + against * a.T
    return sparse.csr_array(total)
