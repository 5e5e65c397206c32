"""The contract of a first pass: from above it is never wrong, however coarse its numbers are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

import numpy as np

from kgzsl.arrays import Array

UNIT = 2.0**-24
"""Unit roundoff of float32."""
CHUNK = 1024
"""Rows of classifiers that are encoded at once."""


@dataclass(frozen=True, eq=False)
class Bounds:
    """No score is larger than ``values * unit + slack``.

    Args:
        values: numpy array or torch tensor. Shape: (n, C) float32.
        unit: positive. Shape: (n,).
        slack: what rounding may add. Shape: (n,).
    """

    values: Any
    unit: Array
    slack: Array


class FirstPass(Protocol):
    """Made of the classifiers once; then asked for bounds of many inputs."""

    name: ClassVar[str]
    nbytes: int

    def __init__(self, W: Array) -> None:
        """Encode classifiers. Shape: (C, d) float32."""

    def bounds(self, Z: Array, added: Array) -> Bounds:
        """Return bounds of ``Z @ W.T + added``; what they lie in is used again by the thread's next call.

        Shapes: (n, d) float32, (C,) float64.
        """


def gamma(terms: int) -> float:
    r"""Return the relative error of a float32 sum of products, in any order.

    .. math:: \gamma_n = \frac{n u}{1 - n u}, \qquad |fl(x^T y) - x^T y| \le \gamma_n |x|^T |y| \le \gamma_n \|x\| \|y\|

    Source: Higham 2002, Accuracy and Stability of Numerical Algorithms, eq. 3.5.
    """
    return terms * UNIT / (1 - terms * UNIT)


def norms(A: Array) -> Array:
    """Return lengths of rows, summed in double precision. Shapes: (n, d) → (n,) float64."""
    found = np.empty(len(A))
    for start in range(0, len(A), CHUNK):
        part = A[start : start + CHUNK].astype(np.float64)
        found[start : start + CHUNK] = np.sqrt(np.einsum("nd,nd->n", part, part))
    return found


def largest(added: Array) -> float:
    """Return the largest finite size of what is added to scores; infinite ones are not rounded."""
    finite = np.abs(added[np.isfinite(added)])
    return float(finite.max()) if len(finite) else 0.0
