"""Small numeric helpers shared by every step."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]


def unit_rows(matrix: Array) -> Array:
    """Return rows divided by their length; zero rows stay zero. Shapes: (n, d) → (n, d) float32."""
    matrix = np.asarray(matrix, np.float32)
    length = np.linalg.norm(matrix, axis=1, keepdims=True)
    unit: Array = np.divide(matrix, length, out=np.zeros_like(matrix), where=length > 0)
    return unit


def softmax(scores: Array) -> Array:
    """Return the row-wise softmax. Shapes: (n, c) → (n, c)."""
    exp = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(exp / exp.sum(axis=1, keepdims=True))
