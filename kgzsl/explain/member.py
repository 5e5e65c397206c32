"""One chain of layers as a search reads it: rows, entries, and what stays at a concept."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy import sparse

from kgzsl.arrays import Array
from kgzsl.explain.descriptions import Descriptions
from kgzsl.explain.trace import Layer, alike, messages
from kgzsl.learners.linear import Term


class Member(NamedTuple):
    """One chain: descriptions, the layers above them, and the derivative of the score with respect to the last row.

    Layer ``l`` is ``layers[l - 1]``; the descriptions are layer 0. Shape of the functional: (w,).
    """

    descriptions: Descriptions
    layers: list[Layer]
    functional: Array

    def layer(self, number: int) -> Layer:
        """Return a layer above descriptions."""
        return self.layers[number - 1]

    def width(self, number: int) -> int:
        """Return the width of a layer's rows."""
        return int((self.layers[number - 1].values if number else self.descriptions.snapshot.vectors).shape[1])


def groups(terms: Sequence[Term]) -> list[list[int]]:
    """Return which terms share an operator."""
    return alike(term.operator for term in terms)


def direction(member: Member) -> Array | None:
    """Return the direction of what a chain hands on, where only its last stage has a matrix; else None."""
    if len(member.layers) < 3:
        return None
    *inner, last = member.layers
    mapped = any(term.weight is not None for layer in inner for term in layer.stage.terms)
    if mapped or len(last.stage.terms) != 1 or any(layer.gate.shape[1] > 1 for layer in inner):
        return None
    handed = messages(last.stage.terms, member.functional[None])[0][0]
    length = float(np.linalg.norm(handed))
    return handed / length if length else None


def diagonal(matrix: sparse.csr_array, rows: Array, own: Array) -> Array:
    """Return the entries at which rows read themselves. Shapes: (n,), (n,) → (n,)."""
    of, columns, values = entries(matrix, rows)
    mine = columns == own[of]
    return np.bincount(of[mine], values[mine], len(rows)).astype(np.float32)


def entries(matrix: sparse.csr_array, rows: Array) -> tuple[Array, Array, Array]:
    """Return place among these rows, column and value of each of their entries. Shapes: (E,) each."""
    starts, lengths = matrix.indptr[rows], np.diff(matrix.indptr)[rows]
    of = np.repeat(np.arange(len(rows)), lengths)
    at = np.arange(len(of)) + np.repeat(starts - np.cumsum(lengths) + lengths, lengths)
    return of, matrix.indices[at], matrix.data[at]
