"""What one classifier was computed from: values, matrices and gates of every stage, forth and back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from scipy import sparse

from kgzsl.arrays import Array
from kgzsl.explain.descriptions import Descriptions
from kgzsl.learners.linear import LinearStage, Term
from kgzsl.propagation.operators import rows_of
from kgzsl.propagation.pipeline import columns
from kgzsl.propagation.slots import Links

Matrices = list[sparse.csr_array]
REMEMBERED = 1 << 23


@dataclass(frozen=True, eq=False)
class Layer:
    """One stage at the rows that are needed of it.

    Args:
        stage: what it computes.
        at: slots of its rows, sorted. Shape: (n,).
        matrices: of its terms over slots, factors left out. Shapes: (n, N) each.
        linear: rows before bias, beside and gate. Shape: (n, w).
        gate: what rows were multiplied by. Shape: (n, w) or (n, 1).
        values: rows. Shape: (n, w).
    """

    stage: LinearStage
    at: Array
    matrices: Matrices
    linear: Array
    gate: Array
    values: Array

    def place(self, slots: Array) -> Array:
        """Return where among its rows these slots are; somewhere for those that it does not hold."""
        return np.minimum(np.searchsorted(self.at, slots), len(self.at) - 1)

    def holds(self, slots: Array) -> Array:
        """Say which of these slots are among its rows."""
        return np.asarray(self.at[self.place(slots)] == slots)

    def rows(self, slots: Array) -> Array:
        """Return the rows of these slots."""
        return np.asarray(self.values[self.place(slots)])

    @property
    def reads(self) -> Array:
        """Slots that its rows read, sorted."""
        return np.unique(np.concatenate([m.indices for m in self.matrices]))

    @property
    def present(self) -> Array:
        """Which rows read anything through each term. Shape: (n, terms)."""
        return _present(self.matrices)


class Remembered:
    """Rows of the first stage above descriptions: what hubs read is computed once."""

    def __init__(self) -> None:
        self.rows: dict[int, tuple[Array, list[tuple[Array, Array]]]] = {}
        self.size = 0

    def missing(self, slots: Array) -> Array:
        """Return which of these are not known; where there are too many, all are forgotten first."""
        if self.size > REMEMBERED:
            self.rows, self.size = {}, 0
        return np.array([slot for slot in slots if int(slot) not in self.rows], np.int64)

    def keep(self, slots: Array, linear: Array, matrices: Matrices) -> None:
        """Remember rows."""
        self.size += sum(m.nnz for m in matrices) + linear.size
        for k, slot in enumerate(slots):
            entries = [(m.indices[m.indptr[k] : m.indptr[k + 1]], m.data[m.indptr[k] : m.indptr[k + 1]])
                       for m in matrices]  # fmt: skip
            self.rows[int(slot)] = linear[k], entries


class Sweep(NamedTuple):
    """Derivatives of a score, and what each bias adds to it.

    Args:
        before: with respect to what the gate of each layer is applied to; empty for the descriptions.
        biases: name and value of each bias.
    """

    before: list[Array]
    biases: list[tuple[str, float]]


def trace(
    stages: Sequence[LinearStage], descriptions: Descriptions, at: Array, remembered: Remembered
) -> list[Layer]:
    """Compute the rows ``at`` of the last of the stages above descriptions, and keep all that they read."""
    links = descriptions.snapshot.links
    needed = [np.zeros(0, np.int64)] * len(stages)
    matrices: list[Matrices] = [[] for _ in stages]
    if stages:
        needed[-1] = np.unique(at)
    for number in range(len(stages) - 1, 0, -1):
        stage, rows = stages[number], needed[number]
        matrices[number] = rows_of_terms(stage.terms, links, rows)
        reads = [m.indices for m in matrices[number]] + ([rows] if stage.skip or stage.attend is not None else [])
        needed[number - 1] = np.unique(np.concatenate([needed[number - 1], *reads]))
        if stage.beside is not None:
            needed[stage.beside - 1] = np.union1d(needed[stage.beside - 1], rows)
    layers: list[Layer] = []
    for number, stage in enumerate(stages):
        rows = needed[number]
        if number:
            linear, read = _linear(stage, matrices[number], rows, layers[-1].at, layers[-1].values)
        else:
            linear, read = _first(stage, rows, descriptions, remembered)
        layers.append(_layer(stage, rows, linear, read, layers))
    return layers


def _layer(stage: LinearStage, rows: Array, linear: Array, matrices: Matrices, layers: list[Layer]) -> Layer:
    before = linear if stage.bias is None else linear + stage.bias
    if stage.offset is not None:
        before = before + _present(matrices) @ stage.offset
    if stage.beside is not None:
        before = before + layers[stage.beside - 1].rows(rows)
    gate = stage.gate(before) if stage.gate else np.ones((len(rows), 1), np.float32)
    after = gate * before + (layers[-1].rows(rows) if stage.skip else 0)
    return Layer(stage, rows, matrices, linear, gate, np.asarray(after, np.float32))


def _first(
    stage: LinearStage, rows: Array, descriptions: Descriptions, remembered: Remembered
) -> tuple[Array, Matrices]:
    """Return the first stage before bias, and its matrices; rows that were met before are remembered."""
    missing = remembered.missing(rows)
    if len(missing):
        links = descriptions.snapshot.links
        matrices = rows_of_terms(stage.terms, links, missing)
        read = np.unique(np.concatenate([m.indices for m in matrices] + ([missing] if stage.attend else [])))
        linear, matrices = _linear(stage, matrices, missing, read, descriptions.rows(read))
        remembered.keep(missing, linear, matrices)
        if len(missing) == len(rows):
            return linear, matrices
    known = [remembered.rows[int(slot)] for slot in rows]
    n = descriptions.snapshot.links.n
    joined = [_joined([entries[t] for _, entries in known], n) for t in range(len(stage.terms))]
    return np.stack([linear for linear, _ in known]), joined


def _joined(rows: list[tuple[Array, Array]], n: int) -> sparse.csr_array:
    indptr = np.concatenate([[0], np.cumsum([len(columns) for columns, _ in rows])])
    columns, data = (np.concatenate(part) for part in zip(*rows, strict=True))
    return sparse.csr_array((data, columns, indptr), shape=(len(rows), n))


def _linear(
    stage: LinearStage, matrices: Matrices, rows: Array, read: Array, values: Array
) -> tuple[Array, Matrices]:
    """Return rows before bias, and the matrices of the terms over slots, attention included."""
    if stage.attend is not None:
        matrices = _attended(stage, matrices, rows, read, values)
    total: Array | float = 0.0
    for members in _by_weight(stage.terms):
        mixed = columns(_mixed(stage.terms, matrices, members), read)
        weight = stage.terms[members[0]].weight
        total = total + ((mixed @ values) @ weight if weight is not None else mixed @ values)
    return np.asarray(total, np.float32), matrices


def _attended(stage: LinearStage, matrices: Matrices, rows: Array, read: Array, values: Array) -> Matrices:
    assert stage.attend is not None
    own = sparse.csr_array((np.ones(len(rows), np.float32), np.searchsorted(read, rows), np.arange(len(rows) + 1)),
                           shape=(len(rows), len(read)))  # fmt: skip
    found = stage.attend([columns(m, read) for m in matrices], own, values)
    return [sparse.csr_array((m.data, read[m.indices], m.indptr), shape=matrices[0].shape) for m in found]


def sweep(layers: list[Layer], functional: Array) -> Sweep:
    """Take a score back to the first layer above descriptions.

    Args:
        layers: of one part, above descriptions.
        functional: derivative of the score with respect to the last rows. Shape: (n, w).
    """
    after: list[Array] = [np.zeros_like(layer.values) for layer in layers]
    before: list[Array] = [np.zeros(0)] * len(layers)
    biases: list[tuple[str, float]] = []
    if layers:
        after[-1] = np.asarray(functional, np.float32)
    for number in range(len(layers) - 1, -1, -1):
        layer = layers[number]
        stage, pre = layer.stage, layer.gate * after[number]
        before[number] = pre
        if bias := _bias(layer, pre):
            biases.insert(0, (f"bias of {stage.name}", bias))
        if stage.beside is not None:
            np.add.at(after[stage.beside - 1], layers[stage.beside - 1].place(layer.at), pre)
        if number:
            below = layers[number - 1]
            after[number - 1] += back(layer, pre, below.at)
            if stage.skip:
                np.add.at(after[number - 1], below.place(layer.at), after[number])
    return Sweep(before, biases)


def back(layer: Layer, before: Array, read: Array) -> Array:
    """Return derivatives with respect to the rows ``read`` below a layer. Shapes: (n, out) → (m, in)."""
    total: Array | float = 0.0
    for members in _by_weight(layer.stage.terms):
        mixed = columns(_mixed(layer.stage.terms, layer.matrices, members), read)
        weight = layer.stage.terms[members[0]].weight
        total = total + mixed.T @ (before @ weight.T if weight is not None else before)
    return np.asarray(total, np.float32)


def messages(terms: Sequence[Term], rows: Array) -> list[Array]:
    """Return ``factor · rows · Wᵀ`` of each term; a product is made once a matrix. Shapes: (n, out) → (n, in) each."""
    products = {id(t.weight): rows @ t.weight.T if t.weight is not None else rows for t in terms}
    return [np.float32(t.factor) * products[id(t.weight)] for t in terms]


def rows_of_terms(terms: Sequence[Term], links: Links, at: Array) -> Matrices:
    """Return the rows that each term reads, over slots; an operator's are computed once. Shapes: (n, N) each."""
    operators = list({id(t.operator): t.operator for t in terms}.values())
    found = dict(zip(map(id, operators), rows_of(operators, links, at), strict=True))
    return [found[id(t.operator)] for t in terms]


def alike(things: Iterable[object]) -> list[list[int]]:
    """Return which of some things are one and the same."""
    groups: dict[int, list[int]] = {}
    for k, thing in enumerate(things):
        groups.setdefault(id(thing), []).append(k)
    return list(groups.values())


def _by_weight(terms: Sequence[Term]) -> list[list[int]]:
    return alike(term.weight for term in terms)


def _present(matrices: Matrices) -> Array:
    return np.stack([np.diff(m.indptr) > 0 for m in matrices], axis=1).astype(np.float32)


def _mixed(terms: Sequence[Term], matrices: Matrices, members: list[int]) -> sparse.csr_array:
    if len(members) == 1 and terms[members[0]].factor == 1:
        return matrices[members[0]]
    first, *rest = (np.float32(terms[k].factor) * matrices[k].astype(np.float32) for k in members)
    return sparse.csr_array(sum(rest, first))


def _bias(layer: Layer, pre: Array) -> float:
    stage, total = layer.stage, 0.0
    if stage.bias is not None:
        total += float(pre.sum(axis=0, dtype=np.float64) @ stage.bias)
    if stage.offset is not None:
        total += float((pre * (layer.present @ stage.offset)).sum(dtype=np.float64))
    return total
