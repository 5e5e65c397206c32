"""Names as an array of bytes, so that a bundle holds them among its arrays."""

from __future__ import annotations

import json
from collections.abc import Iterable

import numpy as np

from kgzsl.arrays import Array


def packed(names: Iterable[str]) -> Array:
    """Return names as bytes. Shape: (b,) uint8."""
    return np.frombuffer(json.dumps(list(names)).encode(), np.uint8)


def unpacked(array: Array) -> list[str]:
    """Return what :func:`packed` was given.

    Raises:
        ValueError: bytes of something else.
    """
    names = json.loads(array.tobytes())
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise ValueError("not a list of names")
    return names
