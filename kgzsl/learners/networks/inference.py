"""Trained layers as stages of a chain: numpy for convolutions, torch for attention."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse

from kgzsl.arrays import Array
from kgzsl.learners.linear import SLOPE
from kgzsl.propagation.operators import Itself, Mixed, Operator
from kgzsl.propagation.pipeline import Stage

if TYPE_CHECKING:
    from kgzsl.learners.networks.base import NetworkLearner

Layer = dict[str, Array]
Matrices = list[sparse.csr_array]


def network_chain(learner: NetworkLearner, layers: Sequence[Layer]) -> list[Stage]:
    """Return the stages of one network, after its inputs."""
    operators = learner.operators()
    if "shares" not in layers[0]:
        return _attentive(learner, layers, operators)
    plain = all(layer["weight"].shape[0] == 1 and "offset" not in layer for layer in layers)
    if plain and not learner.skip:
        return _products(learner, layers, [_mixed(ops, layer) for ops, layer in zip(operators, layers, strict=True)])
    return _convolved(learner, layers, operators)


def _products(learner: NetworkLearner, layers: Sequence[Layer], operators: Sequence[Operator]) -> list[Stage]:
    """Each stage keeps ``σ(A P + b) W`` with W of the next layer: an edit multiplies few rows by large matrices."""
    stages = []
    for number, (layer, operator) in enumerate(zip(layers, operators, strict=True)):
        first = layer["weight"][0] if number == 0 else None
        if number == len(layers) - 1:
            stages.append(Stage((operator,), _last(learner, first, layer["bias"]), len(layer["bias"])))
        else:
            following = layers[number + 1]["weight"][0]
            stages.append(Stage((operator,), _product(first, layer["bias"], following), following.shape[1]))
    return stages


def _product(first: Array | None, bias: Array, following: Array) -> Callable[[Matrices, Array], Array]:
    def compute(matrices: Matrices, values: Array) -> Array:
        total = matrices[0] @ values
        return np.asarray(_leaky((total @ first if first is not None else total) + bias) @ following)

    return compute


def _last(learner: NetworkLearner, first: Array | None, bias: Array) -> Callable[[Matrices, Array], Array]:
    def compute(matrices: Matrices, values: Array) -> Array:
        total = matrices[0] @ values
        return learner.finish((total @ first if first is not None else total) + bias)

    return compute


def _convolved(
    learner: NetworkLearner, layers: Sequence[Layer], operators: Sequence[tuple[Operator, ...]]
) -> list[Stage]:
    stages = []
    for number, (layer, ops) in enumerate(zip(layers, operators, strict=True)):
        last, width = number == len(layers) - 1, layer["weight"].shape[2]
        skip = learner.skip and number > 0 and not last and layer["weight"].shape[1] == width
        stages.append(Stage((*ops, Itself()), _convolution(learner, layer, last, skip), width))
    return stages


def _convolution(learner: NetworkLearner, layer: Layer, last: bool, skip: bool) -> Callable[[Matrices, Array], Array]:
    def compute(matrices: Matrices, values: Array) -> Array:
        *operators, own = matrices
        total = layer["bias"][None]
        for m, weight in enumerate(layer["weight"]):
            used = [r for r, share in enumerate(layer["shares"][:, m]) if share]
            if not used:
                continue
            operator = sum(layer["shares"][r, m] * operators[r] for r in used)
            total = total + (operator @ values) @ weight
        if "offset" in layer:
            present = np.stack([np.diff(op.indptr) > 0 for op in operators], axis=1).astype(np.float32)
            total = total + present @ layer["offset"].sum(axis=1)
        if last:
            return learner.finish(total)
        return np.asarray(_leaky(total) + own @ values if skip else _leaky(total), np.float32)

    return compute


def _attentive(
    learner: NetworkLearner, layers: Sequence[Layer], operators: Sequence[tuple[Operator, ...]]
) -> list[Stage]:
    import torch

    from kgzsl.learners.networks.modules import Sparse

    widths = [learner.width, *[learner.options.hidden] * (len(layers) - 1), learner.rows.shape[1]]
    stages = []
    for number, (module, layer, ops) in enumerate(zip(learner.modules(widths), layers, operators, strict=True)):
        module.load_state_dict({name: torch.from_numpy(value) for name, value in layer.items()})
        module.eval()
        last = number == len(layers) - 1

        def compute(matrices: Matrices, values: Array, module: torch.nn.Module = module, last: bool = last) -> Array:
            with torch.inference_mode():
                rows = module([Sparse(m) for m in matrices], torch.from_numpy(values)).numpy()
            return learner.finish(rows) if last else _leaky(rows)

        stages.append(Stage(ops, compute, widths[number + 1]))
    return stages


def _mixed(operators: Sequence[Operator], layer: Layer) -> Operator:
    return operators[0] if len(operators) == 1 else Mixed(operators, layer["shares"][:, 0].tolist())


def _leaky(values: Array) -> Array:
    return np.asarray(np.where(values > 0, values, SLOPE * values), np.float32)
