"""What a learner computes for one class, as linear maps over the graph once its activations are held fixed.

A graph network with (leaky) ReLU is linear in its inputs at fixed activation masks, and a row of unit length at a
fixed norm; attention is linear at fixed attention. So a score is a sum over walks, one factor a step (Schnake et al.
2022, GNN-LRP, eq. 5 to 7, where the same sum is had by nested derivatives).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np
from scipy import sparse

from kgzsl.arrays import Array
from kgzsl.propagation.operators import Inheriting, Itself, Operator

SLOPE = 0.2
EXACT, GRADIENTS = "exact", "integrated gradients"
Gate = Callable[[Array], Array]


class Term(NamedTuple):
    """``factor · A · values · weight``; ``weight`` (in, out) is the identity where None."""

    operator: Operator
    weight: Array | None = None
    factor: float = 1.0


@dataclass(frozen=True, eq=False)
class LinearStage:
    """``gate(p) ⊙ p`` with ``p = Σ_t factor_t A_t values W_t + bias + beside``, plus the row itself with ``skip``.

    Args:
        name: names its bias among the parts of a score.
        terms: operators and weights.
        bias: added to every row. Shape: (out,).
        offset: added to rows that read anything through a term. Shape: (terms, out).
        gate: what a row is multiplied by, given the row before. Shapes: (n, out) → (n, out) or (n, 1).
        skip: adds the row of the stage before.
        beside: number of an earlier stage whose row is added before the gate.
        attend: (matrices of the terms, own rows, values) → matrices of the terms, where values decide what is read.
    """

    name: str
    terms: tuple[Term, ...]
    bias: Array | None = None
    offset: Array | None = None
    gate: Gate | None = None
    skip: bool = False
    beside: int | None = None
    attend: Callable[[list[sparse.csr_array], sparse.csr_array, Array], list[sparse.csr_array]] | None = None


class Readout(Protocol):
    """A map from rows of the last stage to a classifier row that is not linear, and is split by estimate."""

    def row(self, values: Array) -> Array:
        """Return the row before it is normalised. Shapes: (n, w) → (d,)."""
        ...

    def functional(self, values: Array, z: Array) -> tuple[Array, str, float]:
        """Return U with ``<U, values> + baseline = <z, row>``, the baseline's name and value. Shapes: (n, w), (d,)."""
        ...


@dataclass(frozen=True, eq=False)
class LinearPart:
    """A chain of stages whose last gives a classifier row, or rows that a readout turns into one.

    Args:
        stages: the first mixes concept vectors into descriptions.
        at: IRIs of the rows that the last stage is read at.
        share: factor of this part's row.
        readout: of these rows; without one the single row is the classifier row.
    """

    stages: tuple[LinearStage, ...]
    at: tuple[str, ...]
    share: float = 1.0
    readout: Readout | None = None


class Linearised(NamedTuple):
    """Parts whose rows add up to the classifier, once brought to unit length; and whether their split is exact.

    Without ``unit`` their sum is the classifier as it is.
    """

    parts: tuple[LinearPart, ...]
    method: str = EXACT
    unit: bool = True


def leaky(rows: Array) -> Array:
    """Return the mask of the leaky ReLU. Shapes: (n, w) → (n, w)."""
    return np.where(rows > 0, np.float32(1), np.float32(SLOPE))


def unit(rows: Array) -> Array:
    """Return what brings rows to unit length; zero rows stay zero. Shapes: (n, w) → (n, 1)."""
    length = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(np.divide(1, length, out=np.zeros_like(length), where=length > 0))


def relu(rows: Array) -> Array:
    """Return the mask of the ReLU. Shapes: (n, w) → (n, w)."""
    return (rows > 0).astype(rows.dtype)


def unit_about(middle: Array) -> Gate:
    """Return what brings rows that ``middle`` was taken from to unit length; a row of nothing stays nothing.

    Else a concept without a description would be the reverse of the mean one. Shape: (e,).
    """

    def gate(centred: Array) -> Array:
        real = np.asarray(((centred + middle) != 0).any(axis=1))
        return np.where(real[:, None], unit(centred), 0)

    return gate


def signed_power(power: float, least: float = 0.0) -> Gate:
    """Return what turns numbers into their signed power; those of magnitudes up to ``least`` count as zero."""

    def gate(rows: Array) -> Array:
        size = np.abs(rows)
        real = size > least
        return np.where(real, np.where(real, size, 1) ** (power - 1), 0).astype(rows.dtype)

    return gate


def descriptions(decay: float) -> LinearStage:
    """Return the stage of descriptions mixed with those of ancestors, of unit length."""
    return LinearStage("descriptions", (Term(Inheriting(decay)),), gate=unit)


def own(name: str, weight: Array | None = None, gate: Gate | None = None, bias: Array | None = None) -> LinearStage:
    """Return a stage that maps each row alone."""
    return LinearStage(name, (Term(Itself(), weight),), bias, gate=gate)
