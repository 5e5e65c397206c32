"""Rows of .npy and .npz files, read as they lie there."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from kgzsl.arrays import Array
from kgzsl.errors import FeatureError
from kgzsl.expansion import refuse_bomb
from kgzsl.features import MATRIX_KEYS

SPREAD = 1 << 22
"""Numbers that are read at once, whatever the size of a chunk that is asked for."""


def npy(path: Path, start: int, size: int) -> Iterator[Array]:
    with open(path, "rb") as file:
        yield from _rows(file, start, size, None)


def npz(path: Path, start: int, size: int) -> Iterator[Array]:
    with zipfile.ZipFile(path) as archive:
        refuse_bomb(archive, path, FeatureError)
        key = _key(archive, path)
        scale = None
        if f"{key}_scale.npy" in archive.namelist():
            with archive.open(f"{key}_scale.npy") as file:
                scale = np.lib.format.read_array(file, allow_pickle=False)
        with archive.open(f"{key}.npy") as file:
            yield from _rows(file, start, size, scale)


def _key(archive: zipfile.ZipFile, path: Path) -> str:
    names = [name.removesuffix(".npy") for name in archive.namelist()]
    key = next((key for key in MATRIX_KEYS if key in names), None)
    if key is None:
        raise FeatureError(f"has no array 'X'; it has {', '.join(names)}", file=str(path))
    return key


def _header(file: Any) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    """Return shape, whether columns come first, and type of the array that begins here."""
    version = np.lib.format.read_magic(file)
    read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    shape, columns_first, dtype = read(file)
    if dtype.hasobject or dtype.kind not in "fiub":
        raise FeatureError(f"features are not numbers: the array is of type {dtype}")
    return shape, columns_first, dtype


def _rows(file: Any, start: int, size: int, scale: Array | None) -> Iterator[Array]:
    """Yield rows; an array that is stored column by column is turned in memory first."""
    shape, columns_first, dtype = _header(file)
    if len(shape) == 1:
        shape = (1, *shape)
    if len(shape) != 2 or 0 in shape:
        raise FeatureError(f"features must be a matrix of inputs × numbers, not of shape {shape}")
    if columns_first and shape[0] > 1:
        columns = np.frombuffer(_read(file, shape[0] * shape[1] * dtype.itemsize), dtype).reshape(shape, order="F")
        file = io.BytesIO(np.ascontiguousarray(columns).data)
    per_row = scale is not None and scale.ndim > 0 and len(scale) == shape[0] > 1
    line = shape[1] * dtype.itemsize
    file.seek(start * line, 1)
    step = max(1, min(size, SPREAD // shape[1]))
    for row in range(start, shape[0], step):
        count = min(step, shape[0] - row)
        part = np.frombuffer(_read(file, count * line), dtype).reshape(count, shape[1])
        if scale is not None:
            part = part.astype(np.float32) * (scale[row : row + count] if per_row else scale)
        yield part


def _read(file: Any, size: int) -> bytes:
    read: bytes = file.read(size)
    if len(read) != size:
        raise FeatureError("ends before its last row: was it cut short?")
    return read


def count_npz(path: Path) -> int:
    with zipfile.ZipFile(path) as archive, archive.open(f"{_key(archive, path)}.npy") as file:
        return _count(_header(file)[0])


def count_npy(path: Path) -> int:
    with open(path, "rb") as file:
        return _count(_header(file)[0])


def _count(shape: tuple[int, ...]) -> int:
    return shape[0] if len(shape) == 2 else 1
