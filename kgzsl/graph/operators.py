"""Sparse matrices over the concepts of a graph, in the order of ``graph.ids``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse

if TYPE_CHECKING:
    from kgzsl.graph.classgraph import ClassGraph


def adjacency(graph: ClassGraph, relations: Mapping[str, float]) -> sparse.csr_array:
    """Return ``A[i, j]`` = weight of the edges i → j, each relation scaled by its weight. Shape: (N, N)."""
    n, parts = len(graph), []
    for name, scale in sorted(relations.items()):
        source, target, weight = graph.edges(name)
        parts.append(sparse.coo_array((weight * scale, (source, target)), shape=(n, n)))
    total = sum(parts[1:], parts[0]) if parts else sparse.coo_array((n, n))
    return sparse.csr_array(total)


def row_normalised(matrix: sparse.csr_array) -> sparse.csr_array:
    """Return ``D⁻¹ A``: rows that sum to one; rows without entries stay empty. Shape: (N, N)."""
    sums = np.asarray(matrix.sum(axis=1)).ravel()
    scale = np.divide(1.0, sums, out=np.zeros_like(sums), where=sums > 0)
    return sparse.csr_array(sparse.diags_array(scale) @ matrix)


def smoothing(graph: ClassGraph, relations: Mapping[str, float]) -> sparse.csr_array:
    """Return ``D⁻¹ (A + Aᵀ + I)``, the row-normalised propagation operator of GCNZ (Wang 2018). Shape: (N, N)."""
    a = adjacency(graph, relations)
    return row_normalised(sparse.csr_array(a + a.T + sparse.eye_array(len(graph))))
