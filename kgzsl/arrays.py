"""Small numeric helpers shared by every step."""

from __future__ import annotations

import json
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


def packed(value: object) -> Array:
    """Return what JSON can hold as bytes, so that it travels among arrays. Shape: (b,) uint8."""
    return np.frombuffer(json.dumps(value).encode(), np.uint8).copy()


def unpacked(array: Array) -> Any:
    """Return what :func:`packed` was given, lists for tuples.

    Raises:
        ValueError: bytes of something else.
    """
    return json.loads(array.tobytes())


def softmax(scores: Array) -> Array:
    """Return the row-wise softmax. Shapes: (n, c) → (n, c)."""
    exp = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(exp / exp.sum(axis=1, keepdims=True))
