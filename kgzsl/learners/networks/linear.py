"""Trained networks as linear stages at fixed masks and fixed attention."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse

from kgzsl.arrays import Array
from kgzsl.learners.linear import SLOPE, LinearStage, Term, leaky, unit
from kgzsl.propagation.operators import Operator

if TYPE_CHECKING:
    from kgzsl.learners.networks.base import NetworkLearner

Layer = dict[str, Array]
Matrices = list[sparse.csr_array]


def linear_stages(learner: NetworkLearner, layers: Sequence[Layer]) -> list[LinearStage]:
    """Return the stages of one network, after its descriptions."""
    made = [_attentive if "shares" not in layer else _convolution for layer in layers]
    stages = []
    for number, (layer, operators) in enumerate(zip(layers, learner.operators(), strict=True)):
        last = number == len(layers) - 1
        gate = (unit if learner.unit else None) if last else leaky
        stages.append(made[number](learner, layer, operators, gate, number, last))
    return stages


def _convolution(
    learner: NetworkLearner, layer: Layer, operators: Sequence[Operator], gate: Callable[[Array], Array] | None,
    number: int, last: bool,
) -> LinearStage:  # fmt: skip
    weight, shares = layer["weight"], layer["shares"]
    used = [r for r in range(len(operators)) if shares[r].any()]
    if len(weight) == 1:
        terms = tuple(Term(operators[r], weight[0], float(shares[r, 0])) for r in used)
    else:
        terms = tuple(Term(operators[r], np.einsum("m,mio->io", shares[r], weight)) for r in used)
    offset = layer["offset"].sum(axis=1)[used] if "offset" in layer else None
    skip = learner.skip and number > 0 and not last and weight.shape[1] == weight.shape[2]
    return LinearStage(f"layer {number + 1}", terms, layer["bias"], offset, gate, skip)


def _attentive(
    learner: NetworkLearner, layer: Layer, operators: Sequence[Operator], gate: Callable[[Array], Array] | None,
    number: int, last: bool,
) -> LinearStage:  # fmt: skip
    source, target = layer["conv.att_src"][0], layer["conv.att_dst"][0]
    heads, out = source.shape
    weights = [layer["conv.lin.weight"][h * out : (h + 1) * out].T for h in range(heads)]

    def attend(matrices: Matrices, own: sparse.csr_array, values: Array) -> Matrices:
        rows, columns = matrices[0].tocoo().coords
        found = []
        for h, weight in enumerate(weights):
            mapped = values @ weight
            logits = (mapped @ source[h])[columns] + (own @ (mapped @ target[h]))[rows]
            logits = np.where(logits > 0, logits, SLOPE * logits)
            found.append(_softmax(matrices[0], rows, logits))
        return found

    terms = tuple(Term(operators[0], weight, 1 / heads) for weight in weights)
    return LinearStage(f"layer {number + 1}", terms, layer["conv.bias"], gate=gate, attend=attend)


def _softmax(matrix: sparse.csr_array, rows: Array, logits: Array) -> sparse.csr_array:
    largest = np.full(matrix.shape[0], -np.inf)
    np.maximum.at(largest, rows, logits)
    chances = np.exp(logits - largest[rows])
    chances = (chances / np.bincount(rows, chances, matrix.shape[0])[rows]).astype(np.float32)
    return sparse.csr_array((chances, matrix.indices, matrix.indptr), shape=matrix.shape)
