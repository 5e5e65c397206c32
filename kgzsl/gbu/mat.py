"""A MATLAB file (versions 5 to 7.2) whose small variables are read as a whole and whose large one is streamed.

Features of 37,000 images are 600 MB in double precision: they are unpacked and narrowed few at a time, from a file that
is mapped and not read.
"""

from __future__ import annotations

import math
import struct
import zlib
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from kgzsl.arrays import Array
from kgzsl.errors import FeatureError, MissingFileError, OntologyError
from kgzsl.ontology.mat5 import Variable, variables

if TYPE_CHECKING:
    from kgzsl.learners.base import Progress

_HEADER, _MATRIX, _COMPRESSED, _COMPLEX = 128, 14, 15, 0x800
_HDF = b"\x89HDF"
_TYPES = {1: "i1", 2: "u1", 3: "i2", 4: "u2", 5: "i4", 6: "u4", 7: "f4", 9: "f8", 12: "i8", 13: "u8"}
_PIECE, _ROWS = 1 << 16, 1 << 22
_MOST_PACKED = 1040
"""Deflate packs no more bytes than this into one, so that a file tells how much it can hold."""
_MOST_NAMES = 1000


class _Damaged(Exception):
    """What the file says of itself does not hold."""


class _Stream:
    """Bytes of one variable in order, unpacked where they are packed."""

    def __init__(self, content: memoryview, packed: bool) -> None:
        self._content, self._at = content, 0
        self._inflate = zlib.decompressobj() if packed else None
        self._left = b""

    def take(self, size: int) -> bytes:
        """Return the next bytes, exactly so many."""
        parts = list(self._parts(size))
        if sum(map(len, parts)) < size:
            raise _Damaged("it ends too early")
        return b"".join(parts)

    def finish(self) -> None:
        """Read what is left, so that its check sum is compared."""
        while self._inflate and not self._inflate.eof:
            if not sum(map(len, self._parts(_PIECE))) and not self._inflate.eof:
                raise _Damaged("it ends too early")

    def _parts(self, size: int) -> Iterator[bytes]:
        while size:
            part = self._next(size)
            if not part and self._at >= len(self._content) and not self._left:
                return
            size -= len(part)
            yield part

    def _next(self, size: int) -> bytes:
        if self._inflate is None:
            part = bytes(self._content[self._at : self._at + size])
            self._at += size
            return part
        if not self._left:
            self._left = bytes(self._content[self._at : self._at + _PIECE])
            self._at += len(self._left)
        part = self._inflate.decompress(self._left, size)
        self._left = self._inflate.unconsumed_tail
        return part


@dataclass(frozen=True)
class _Place:
    """Where a variable stands: the bytes of its element, tag included, and what its head says."""

    element: memoryview
    packed: bool
    shape: tuple[int, ...]

    @property
    def padded(self) -> bytes:
        """The element as others may follow it."""
        return bytes(self.element) + (b"" if self.packed else bytes(-len(self.element) % 8))


class MatFile:
    """A file whose variables are known by name and not read yet.

    Args:
        path: of the file.

    Raises:
        MissingFileError: no such file.
        FeatureError: no MATLAB file of these versions, or one that is damaged.
    """

    def __init__(self, path: Path) -> None:
        self.path, self._file = path, str(path)
        if not path.is_file():
            raise MissingFileError("no such file", file=self._file)
        if path.stat().st_size < _HEADER:
            raise FeatureError("not a MATLAB file: it is too short", file=self._file)
        self._data = np.memmap(path, np.uint8, mode="r").data
        self._order = self._byte_order(bytes(self._data[:_HEADER]))
        self._places: dict[str, _Place] = {}
        try:
            self._places.update(self._found())
        except (_Damaged, struct.error, zlib.error, UnicodeDecodeError) as error:
            raise self._damage(error) from None

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the variables, in the order of the file."""
        return tuple(self._places)

    def shape(self, name: str) -> tuple[int, ...]:
        """Return the shape of a variable.

        Raises:
            FeatureError: no such variable.
        """
        return self._place(name).shape

    def small(self, wanted: Collection[str]) -> dict[str, Variable | None]:
        """Return those of these variables that are there; see :func:`kgzsl.ontology.mat5.variables`.

        Raises:
            FeatureError: one that is damaged or too large.
        """
        held = [place.padded for name, place in self._places.items() if name in wanted]
        try:
            return variables(self._file, b"".join([bytes(self._data[:_HEADER]), *held]), wanted)
        except OntologyError as error:
            raise FeatureError(error.message, file=self._file, value=error.value, fix=error.fix) from None

    def columns(self, name: str, progress: Progress | None = None) -> Array:
        """Return the columns of a large matrix as rows. Shape: (d, n) in the file → (n, d) float32.

        Raises:
            FeatureError: no such variable, no real matrix, damage, or a number that is not finite.
        """
        place = self._place(name)
        try:
            return self._streamed(name, place, progress)
        except (_Damaged, struct.error, zlib.error) as error:
            raise self._damage(error) from None

    def _streamed(self, name: str, place: _Place, progress: Progress | None) -> Array:
        stream = _Stream(place.element[0 if not place.packed else 8 :], place.packed)
        stream.take(8)
        flags, _, _ = _head(stream, self._order)
        if flags & _COMPLEX or not 6 <= flags & 0xFF <= 15 or len(place.shape) != 2 or 0 in place.shape:
            raise FeatureError(f"'{name}' is no matrix of numbers", file=self._file, value=place.shape)
        kind, size = struct.unpack(self._order + "II", stream.take(8))
        dtype, cells = np.dtype(self._order + _TYPES.get(kind, "f8")), math.prod(place.shape)
        if kind not in _TYPES or size != cells * dtype.itemsize:
            raise _Damaged(f"{size} bytes of the type {kind} in a matrix of the shape {place.shape}")
        if size > _MOST_PACKED * len(place.element):
            raise _Damaged("it ends too early")
        rows = np.empty(cells, np.float32)
        for begin in range(0, cells, _ROWS):
            end = min(begin + _ROWS, cells)
            part = np.frombuffer(stream.take((end - begin) * dtype.itemsize), dtype)
            with np.errstate(over="ignore"):
                rows[begin:end] = part
            self._finite(name, rows[begin:end], begin, place.shape[0])
            if progress:
                progress("reading features", end // place.shape[0], place.shape[1])
        stream.finish()
        return rows.reshape(place.shape[1], place.shape[0])

    def _finite(self, name: str, part: Array, begin: int, width: int) -> None:
        bad = np.flatnonzero(~np.isfinite(part))
        if len(bad):
            column, row = divmod(begin + int(bad[0]), width)
            message = f"'{name}' of image {column + 1}, number {row + 1}, is {part[bad[0]]}: features must be finite"
            raise FeatureError(message, file=self._file, value=float(part[bad[0]]))

    def _place(self, name: str) -> _Place:
        if name not in self._places:
            fix = f"it holds {', '.join(self._places)[:_MOST_NAMES] or 'nothing'}"
            raise FeatureError(f"no variable '{name}'", file=self._file, value=name, fix=fix)
        return self._places[name]

    def _byte_order(self, header: bytes) -> str:
        if header.startswith((b"MATLAB 7.3", _HDF)):
            fix = "write it again with MATLAB's save(…, '-v7'), or with scipy.io.savemat"
            raise FeatureError("a MATLAB 7.3 file (HDF5), and versions 5 to 7.2 are read", file=self._file, fix=fix)
        order = {b"IM": "<", b"MI": ">"}.get(header[126:])
        if order is None or struct.unpack_from(order + "H", header, 124)[0] != 0x100:
            raise FeatureError("not a MATLAB file of versions 5 to 7.2", file=self._file)
        return order

    def _found(self) -> Iterator[tuple[str, _Place]]:
        at = _HEADER
        while at < len(self._data):
            kind, size = struct.unpack_from(self._order + "II", self._data, at)
            element = self._data[at : at + 8 + size]
            if len(element) < 8 + size:
                raise _Damaged("it ends too early")
            at += 8 + size + (0 if kind == _COMPRESSED else -size % 8)
            if kind in (_MATRIX, _COMPRESSED):
                packed = kind == _COMPRESSED
                stream = _Stream(element[8:] if packed else element, packed)
                if struct.unpack(self._order + "II", stream.take(8))[0] == _MATRIX:
                    _, shape, name = _head(stream, self._order)
                    yield name, _Place(element, packed, shape)

    def _damage(self, error: Exception) -> FeatureError:
        return FeatureError(f"a damaged MATLAB file: {error}", file=self._file, fix="fetch it again")


def _head(stream: _Stream, order: str) -> tuple[int, tuple[int, ...], str]:
    """Return flags, shape and name, which begin every array."""
    flags = struct.unpack_from(order + "I", _element(stream, order))[0]
    sizes = _element(stream, order)
    shape = struct.unpack(f"{order}{len(sizes) // 4}i", sizes[: len(sizes) // 4 * 4])
    if not shape or min(shape) < 0:
        raise _Damaged("an array has no shape")
    return flags, shape, _element(stream, order).decode("ascii")


def _element(stream: _Stream, order: str) -> bytes:
    """Return the content of the next small element; up to four bytes may stand within its tag."""
    tag = stream.take(8)
    first, size = struct.unpack(order + "II", tag)
    if first >> 16:
        return tag[4 : 4 + min(first >> 16, 4)]
    if size > _PIECE:
        raise _Damaged("an array without a head")
    return stream.take(size + -size % 8)[:size]
