"""What one classifier was computed from: values, matrices and gates of every stage, forth and back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from scipy import sparse

from kgzsl.arrays import Array
from kgzsl.learners.linear import LinearPart, LinearStage, Term
from kgzsl.propagation.slots import Snapshot

Matrices = list[sparse.csr_array]


@dataclass(frozen=True, eq=False)
class Layer:
    """One stage at the rows that are needed of it.

    Args:
        stage: what it computes.
        at: slots of its rows, sorted. Shape: (n,).
        read: slots of the rows of the stage before that it reads, sorted. Shape: (m,).
        matrices: of its terms, factors left out. Shapes: (n, m) each.
        own: which of the rows before is a row's own. Shape: (n,), -1 where it is not read.
        gate: what rows were multiplied by. Shape: (n, w) or (n, 1).
        values: rows. Shape: (n, w).
    """

    stage: LinearStage
    at: Array
    read: Array
    matrices: Matrices
    own: Array
    gate: Array
    values: Array

    def place(self, slots: Array) -> Array:
        """Return where among its rows these slots are."""
        return np.searchsorted(self.at, slots)


class Sweep(NamedTuple):
    """Derivatives of a score with respect to the rows of each stage, and what each bias adds to it.

    Args:
        after: with respect to rows. Shapes: (n, w) of each layer.
        before: with respect to what the gate is applied to. Shapes: (n, w) of each layer.
        inputs: with respect to the concepts' own vectors, rows as the first layer reads them. Shape: (m, e).
        biases: name and value of each bias.
    """

    after: list[Array]
    before: list[Array]
    inputs: Array
    biases: list[tuple[str, float]]


def trace(part: LinearPart, snapshot: Snapshot, at: Array) -> list[Layer]:
    """Compute the rows ``at`` of a part's last stage, and keep everything that they read."""
    needed, matrices = _needed(part.stages, snapshot, np.unique(at))
    values, read = snapshot.vectors[needed[0]], needed[0]
    layers: list[Layer] = []
    for number, stage in enumerate(part.stages):
        rows = needed[number + 1]
        local = [_local(m, read) for m in matrices[number]]
        own = np.searchsorted(read, rows)
        own = np.where(read[np.minimum(own, len(read) - 1)] == rows, own, -1)
        if stage.attend is not None:
            mine = sparse.csr_array((np.ones(len(rows), np.float32), own, np.arange(len(rows) + 1)),
                                    shape=(len(rows), len(read)))  # fmt: skip
            local = stage.attend(local, mine, values)
        before = _before_gate(stage, local, values)
        if stage.beside is not None:
            beside = layers[stage.beside]
            before = before + beside.values[beside.place(rows)]
        gate = stage.gate(before) if stage.gate else np.ones((len(rows), 1), np.float32)
        after = gate * before + (values[own] if stage.skip else 0)
        layers.append(Layer(stage, rows, read, local, own, gate, np.asarray(after, np.float32)))
        values, read = layers[-1].values, rows
    return layers


def sweep(layers: list[Layer], functional: Array) -> Sweep:
    """Take a score back to all that it was computed from.

    Args:
        layers: of one part.
        functional: derivative of the score with respect to the last rows. Shape: (n, w).
    """
    after: list[Array] = [np.zeros_like(layer.values) for layer in layers]
    before: list[Array] = [np.zeros(0)] * len(layers)
    after[-1] = np.asarray(functional, np.float32)
    biases, inputs = [], np.zeros(0)
    for number in range(len(layers) - 1, -1, -1):
        layer = layers[number]
        stage, pre = layer.stage, layer.gate * after[number]
        before[number] = pre
        if bias := _bias(layer, pre):
            biases.append((f"bias of {stage.name}", bias))
        if stage.beside is not None:
            beside = layers[stage.beside]
            np.add.at(after[stage.beside], beside.place(layer.at), pre)
        back = _back(layer, pre)
        if stage.skip:
            np.add.at(back, layer.own, after[number])
        if number:
            after[number - 1] += back
        else:
            inputs = back
    return Sweep(after, before, inputs, biases[::-1])


def messages(terms: Sequence[Term], rows: Array) -> list[Array]:
    """Return ``factor · rows · Wᵀ`` of each term; a product is made once a matrix. Shapes: (n, out) → (n, in) each."""
    products = {id(t.weight): rows @ t.weight.T if t.weight is not None else rows for t in terms}
    return [np.float32(t.factor) * products[id(t.weight)] for t in terms]


def _needed(
    stages: tuple[LinearStage, ...], snapshot: Snapshot, at: Array
) -> tuple[list[Array], list[Matrices]]:
    """Return the slots that each stage must compute, concept vectors first, and the terms' matrices over all slots."""
    needed = [np.zeros(0, np.int64)] * len(stages) + [at]
    matrices: list[Matrices] = [[] for _ in stages]
    for number in range(len(stages) - 1, -1, -1):
        stage, rows = stages[number], needed[number + 1]
        operators = {id(t.operator): t.operator for t in stage.terms}
        computed = {key: op.rows(snapshot.links, rows) for key, op in operators.items()}
        matrices[number] = [computed[id(t.operator)] for t in stage.terms]
        reads = [m.indices for m in computed.values()]
        reads += [rows] if stage.skip or stage.attend is not None else []
        needed[number] = np.unique(np.concatenate([needed[number], *reads]))
        if stage.beside is not None:
            needed[stage.beside + 1] = np.union1d(needed[stage.beside + 1], rows)
    return needed, matrices


def _local(matrix: sparse.csr_array, read: Array) -> sparse.csr_array:
    data, columns = matrix.data.astype(np.float32), np.searchsorted(read, matrix.indices)
    return sparse.csr_array((data, columns, matrix.indptr), shape=(matrix.shape[0], len(read)))


def _before_gate(stage: LinearStage, matrices: Matrices, values: Array) -> Array:
    total: Array | float = 0.0
    for members in by_weight(stage.terms):
        first = stage.terms[members[0]]
        mixed = sum((stage.terms[k].factor * matrices[k] for k in members[1:]), first.factor * matrices[members[0]])
        gathered = mixed @ values
        total = total + (gathered @ first.weight if first.weight is not None else gathered)
    if stage.bias is not None:
        total = total + stage.bias
    if stage.offset is not None:
        total = total + _present(matrices) @ stage.offset
    return np.asarray(total, np.float32)


def by_weight(terms: tuple[Term, ...]) -> list[list[int]]:
    """Return which terms share a weight matrix."""
    groups: dict[int, list[int]] = {}
    for k, term in enumerate(terms):
        groups.setdefault(id(term.weight), []).append(k)
    return list(groups.values())


def _present(matrices: Matrices) -> Array:
    return np.stack([np.diff(m.indptr) > 0 for m in matrices], axis=1).astype(np.float32)


def _bias(layer: Layer, pre: Array) -> float:
    stage, total = layer.stage, 0.0
    if stage.bias is not None:
        total += float(pre.sum(axis=0, dtype=np.float64) @ stage.bias)
    if stage.offset is not None:
        total += float((pre * (_present(layer.matrices) @ stage.offset)).sum(dtype=np.float64))
    return total


def _back(layer: Layer, pre: Array) -> Array:
    total: Array | float = np.zeros((len(layer.read), 1), np.float32)
    for members in by_weight(layer.stage.terms):
        terms = layer.stage.terms
        mixed = sum((terms[k].factor * layer.matrices[k] for k in members[1:]),
                    terms[members[0]].factor * layer.matrices[members[0]])  # fmt: skip
        weight = terms[members[0]].weight
        total = total + sparse.csr_array(mixed.T) @ (pre @ weight.T if weight is not None else pre)
    return np.asarray(total, np.float32)
