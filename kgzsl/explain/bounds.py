"""What the rest of a walk can be worth at most: norms handed from the descriptions upwards."""

from __future__ import annotations

import numpy as np
from scipy import sparse

from kgzsl.arrays import Array
from kgzsl.explain.trace import Layer

SLACK = 1 + 1e-4  # rounding of float32 sums must not cut a walk off


class Bounds:
    r"""Largest magnitude of a walk's rest, for each unit of length of what is handed on.

    For a row j of layer l the rest of a walk that goes on by a term t is at most
    :math:`\|u\| \max_i |A^t_{ji}| G_{l-1}(i)`, u what the term hands on. ``G_0`` is the length of a description, and

    .. math:: G_l(j) = \max\Big(E_l(j), \max_{i \ne j} C_l(j, i)\Big), \quad
        C_l(j, i) = \sum_t g_j \|W_t\| |A^t_{ji}| G_{l-1}(i) + S_l(j) C_{l-1}(j, i)

    with g the largest gate of a row, S what stays at a concept, and E the same for walks that end there.

    Args:
        layers: of one chain.
        direction: where nothing but scalars lies between descriptions and what is handed on, its direction; then
            ``G_0`` is the exact magnitude of an end. Shape: (e,).
    """

    def __init__(self, layers: list[Layer], direction: Array | None = None) -> None:
        first = layers[0]
        lengths = np.abs(first.values @ direction) if direction is not None else np.linalg.norm(first.values, axis=1)
        self._layers, self._norms = layers, dict[int, float]()
        self.longest = float(np.linalg.norm(first.values, axis=1).max(initial=0)) * SLACK
        self._most = [lengths.astype(np.float64) * SLACK]
        self._ends = [self._most[0]]
        self._moves: list[sparse.csr_array] = [sparse.csr_array((len(first.at), 1))]
        self._reach: dict[tuple[int, int], Array] = {}

    def reach(self, number: int, term: int) -> Array:
        """Return ``max_i |A_ji| G(i)`` of a term over other concepts, one a row of the layer. Shape: (n,)."""
        if (number, term) not in self._reach:
            while len(self._most) < number:
                self._climb()
            layer = self._layers[number]
            others = _others(layer, term)
            others.data = others.data * self._most[number - 1][others.indices]
            self._reach[number, term] = others.max(axis=1).toarray().ravel() if others.nnz else np.zeros(len(layer.at))
        return self._reach[number, term]

    def _climb(self) -> None:
        """Add the bound of one layer more."""
        number = len(self._most)
        layer, below = self._layers[number], self._layers[number - 1]
        gate = np.abs(layer.gate).max(axis=1).astype(np.float64)
        stays = np.full(len(layer.at), 1.0 if layer.stage.skip else 0.0)
        moves = sparse.csr_array((len(layer.at), len(below.at)))
        for k, term in enumerate(layer.stage.terms):
            scale = abs(term.factor) * self._norm(term.weight) * gate
            others = _others(layer, k)
            stays += scale * (np.abs(layer.matrices[k]).sum(axis=1) - others.sum(axis=1))
            moves = moves + sparse.diags_array(scale) @ others @ sparse.diags_array(self._most[number - 1])
        moves = _by_slot(moves, below.at)
        ends = np.zeros(len(layer.at))
        lower = [(number - 1, stays)] + ([(layer.stage.beside, gate)] if layer.stage.beside is not None else [])
        for k, factor in lower:
            other = self._layers[k]
            place = np.minimum(np.searchsorted(other.at, layer.at), len(other.at) - 1)
            factor = np.where(other.at[place] == layer.at, factor, 0.0)
            ends += factor * self._ends[k][place]
            moves = _sum(moves, sparse.csr_array(sparse.diags_array(factor) @ self._moves[k][place]))
        self._ends.append(ends)
        self._moves.append(moves)
        largest = moves.max(axis=1).toarray().ravel() if moves.nnz else np.zeros(len(layer.at))
        self._most.append(np.maximum(ends, largest) * SLACK)

    def _norm(self, weight: Array | None) -> float:
        if weight is None:
            return 1.0
        if id(weight) not in self._norms:
            self._norms[id(weight)] = float(np.linalg.norm(weight, 2))
        return self._norms[id(weight)]


def _others(layer: Layer, term: int) -> sparse.csr_array:
    """Return magnitudes of a term's entries that lead to other concepts."""
    matrix = sparse.coo_array(layer.matrices[term])
    rows, columns = matrix.coords
    apart = layer.at[rows] != layer.read[columns]
    kept = np.abs(matrix.data[apart]).astype(np.float64)
    return sparse.csr_array(sparse.coo_array((kept, (rows[apart], columns[apart])), shape=matrix.shape))


def _by_slot(matrix: sparse.csr_array, slots: Array) -> sparse.csr_array:
    """Return the matrix with columns at slots instead of places."""
    matrix = sparse.csr_array(matrix)
    width = int(slots[-1]) + 1 if len(slots) else 1
    return sparse.csr_array((matrix.data, slots[matrix.indices], matrix.indptr), shape=(matrix.shape[0], width))


def _sum(a: sparse.csr_array, b: sparse.csr_array) -> sparse.csr_array:
    width = max(a.shape[1], b.shape[1])
    a.resize((a.shape[0], width))
    b.resize((b.shape[0], width))
    return sparse.csr_array(a + b)
