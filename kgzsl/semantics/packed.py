"""Names as an array of bytes, so that a bundle holds them among its arrays."""

from __future__ import annotations

from collections.abc import Iterable

from kgzsl import arrays
from kgzsl.arrays import Array


def packed(names: Iterable[str]) -> Array:
    """Return names as bytes. Shape: (b,) uint8."""
    return arrays.packed(list(names))


def unpacked(array: Array) -> list[str]:
    """Return what :func:`packed` was given.

    Raises:
        ValueError: bytes of something else.
    """
    names = arrays.unpacked(array)
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise ValueError("not a list of names")
    return names
