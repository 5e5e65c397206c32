"""What the rest of a walk can be worth at most: norms handed from the descriptions upwards."""

from __future__ import annotations

import weakref
from functools import partial

import numpy as np
from scipy import sparse

from kgzsl.arrays import Array
from kgzsl.explain.descriptions import Descriptions
from kgzsl.explain.trace import Layer

SLACK = 1 + 1e-4  # rounding of float32 sums must not cut a walk off
_NORMS: dict[int, tuple[weakref.ref[Array], float]] = {}  # a matrix of a learner is met at every explanation


class Bounds:
    r"""Largest magnitude of a walk's rest, for each unit of length of what is handed on.

    For a row j of layer l the rest of a walk that goes on by a term t is at most
    :math:`\|u\| \max_i |A^t_{ji}| G_{l-1}(i)`, u what the term hands on. ``G_0`` is the length of a description, and

    .. math:: G_l(j) = \max\Big(E_l(j), \max_{i \ne j} C_l(j, i)\Big), \quad
        C_l(j, i) = \sum_t g_j \|W_t\| |A^t_{ji}| G_{l-1}(i) + S_l(j) C_{l-1}(j, i)

    with g the largest gate of a row, S what stays at a concept, and E the same for walks that end there.

    Args:
        descriptions: at which walks end.
        layers: above them.
        direction: where nothing but scalars lies between descriptions and what is handed on, its direction; then
            ``G_0`` is the exact magnitude of an end. Shape: (e,).
    """

    def __init__(self, descriptions: Descriptions, layers: list[Layer], direction: Array | None = None) -> None:
        n = descriptions.snapshot.links.n
        lengths = np.ones(n)
        if direction is not None:
            used = layers[0].reads
            lengths[used] = np.abs(descriptions.rows(used) @ direction)
        self._layers, self._slots = layers, np.arange(n)
        self._most = [lengths * SLACK]
        self._ends = [self._most[0]]
        self._moves: list[sparse.csr_array] = [sparse.csr_array((n, 1))]
        self._reach: dict[tuple[int, int], Array] = {}

    def reach(self, number: int, term: int) -> Array:
        """Return ``max_i |A_ji| G(i)`` of a term over other concepts, one a row of the layer. Shape: (n,)."""
        if (number, term) not in self._reach:
            while len(self._most) < number:
                self._climb()
            layer = self._layers[number - 1]
            others = _others(layer, term)
            others.data = others.data * self._at(number - 1, others.indices)
            self._reach[number, term] = others.max(axis=1).toarray().ravel() if others.nnz else np.zeros(len(layer.at))
        return self._reach[number, term]

    def _rows(self, number: int) -> Array:
        """Return the slots of a layer's rows; layer 0 is the descriptions of all."""
        return self._layers[number - 1].at if number else self._slots

    def _at(self, number: int, slots: Array) -> Array:
        return np.asarray(self._most[number][np.searchsorted(self._rows(number), slots)])

    def _climb(self) -> None:
        """Add the bound of one layer more."""
        number = len(self._most)
        layer = self._layers[number - 1]
        gate = np.abs(layer.gate).max(axis=1).astype(np.float64)
        stays = np.full(len(layer.at), 1.0 if layer.stage.skip else 0.0)
        moves = sparse.csr_array((len(layer.at), len(self._slots)))
        for k, term in enumerate(layer.stage.terms):
            scale = abs(term.factor) * self._norm(term.weight) * gate
            others = _others(layer, k)
            stays += scale * np.maximum(np.abs(layer.matrices[k]).sum(axis=1) - others.sum(axis=1), 0)
            others.data = others.data * self._at(number - 1, others.indices)
            moves = moves + sparse.diags_array(scale) @ others
        ends = np.zeros(len(layer.at))
        lower = [(number - 1, stays)] + ([(layer.stage.beside, gate)] if layer.stage.beside is not None else [])
        for k, factor in lower:
            slots = self._rows(k)
            place = np.minimum(np.searchsorted(slots, layer.at), len(slots) - 1)
            factor = np.where(slots[place] == layer.at, factor, 0.0)
            ends += factor * self._ends[k][place]
            moves = _sum(moves, sparse.csr_array(sparse.diags_array(factor) @ self._moves[k][place]))
        self._ends.append(ends)
        self._moves.append(moves)
        largest = moves.max(axis=1).toarray().ravel() if moves.nnz else np.zeros(len(layer.at))
        self._most.append(np.maximum(ends, largest) * SLACK)

    def _norm(self, weight: Array | None) -> float:
        if weight is None:
            return 1.0
        known = _NORMS.get(id(weight))
        if known is None or known[0]() is not weight:
            gone = partial(_NORMS.pop, id(weight), None)
            reference = weakref.ref(weight, lambda _: gone())
            known = _NORMS[id(weight)] = reference, float(np.linalg.norm(weight, 2))
        return known[1]


def _others(layer: Layer, term: int) -> sparse.csr_array:
    """Return magnitudes of a term's entries that lead to other concepts."""
    matrix = sparse.coo_array(layer.matrices[term])
    rows, columns = matrix.coords
    apart = layer.at[rows] != columns
    kept = np.abs(matrix.data[apart]).astype(np.float64)
    return sparse.csr_array(sparse.coo_array((kept, (rows[apart], columns[apart])), shape=matrix.shape))


def _sum(a: sparse.csr_array, b: sparse.csr_array) -> sparse.csr_array:
    width = max(a.shape[1], b.shape[1])
    a.resize((a.shape[0], width))
    b.resize((b.shape[0], width))
    return sparse.csr_array(a + b)
