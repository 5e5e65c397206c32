"""Matrices and cells of text from MATLAB files (versions 5 to 7.2), with every length checked.

scipy's reader ends the process on some damaged files; this one, of the few kinds of array that are needed, raises.
"""

from __future__ import annotations

import math
import struct
import zlib
from collections.abc import Collection, Iterator
from typing import NamedTuple

import numpy as np

from kgzsl.arrays import Array
from kgzsl.errors import OntologyError

MOST_CELLS = 5_000_000
"""An array of more cells is refused before it is unpacked; a fact takes some 250 bytes."""
MOST_BYTES = 256_000_000
"""A compressed variable that expands to more is refused."""
_HEADER, _MATRIX, _COMPRESSED = 128, 14, 15
_CELL, _CHAR, _NUMBERS, _COMPLEX = 1, 4, range(6, 16), 0x800
_TYPES = {1: "i1", 2: "u1", 3: "i2", 4: "u2", 5: "i4", 6: "u4", 7: "f4", 9: "f8", 12: "i8", 13: "u8"}
_CODES = {1: "utf8", 2: "utf8", 16: "utf8", 4: "utf-16", 17: "utf-16", 18: "utf-32"}
_Elements = Iterator[tuple[int, memoryview]]
Variable = Array | list[str]


class _Damaged(Exception):
    """What the file says of itself does not hold."""


class _Head(NamedTuple):
    kind: int
    shape: tuple[int, ...]
    name: str
    complex: bool


def variables(file: str, data: bytes, wanted: Collection[str]) -> dict[str, Variable | None]:
    """Return the variables of these names: numbers as a matrix, cells of text as a list, anything else as None.

    Args:
        file: its name, for errors.
        data: its content.
        wanted: names; other variables are not unpacked beyond their names.

    Raises:
        OntologyError: no MATLAB file of these versions, one that is damaged, or an array beyond the bounds.
    """
    order = {b"IM": "<", b"MI": ">"}.get(data[126:128])
    if order is None or struct.unpack_from(order + "H", data, 124)[0] != 0x100:
        fix = "save it with -v7" if data.startswith(b"MATLAB 7.3") else "only versions 5 to 7.2 are read"
        raise OntologyError("not a MATLAB file that can be read", file=file, line=1, fix=fix)
    try:
        return dict(_variables(memoryview(data)[_HEADER:], order, wanted))
    except (_Damaged, struct.error, zlib.error, UnicodeDecodeError) as error:
        raise OntologyError(f"a damaged MATLAB file: {error}", file=file, line=1) from None


def _variables(data: memoryview, order: str, wanted: Collection[str]) -> Iterator[tuple[str, Variable | None]]:
    for kind, body in _elements(data, order):
        if kind == _COMPRESSED:
            kind, body = next(_elements(memoryview(_inflated(body)), order), (0, body))
        if kind == _MATRIX:
            parts = _elements(body, order)
            head = _head(parts, order)
            if head.name in wanted:
                yield head.name, _value(head, parts, order)


def _inflated(data: memoryview) -> bytes:
    inflate = zlib.decompressobj()
    found = inflate.decompress(data, MOST_BYTES)
    if inflate.unconsumed_tail:
        raise _Damaged(f"a variable expands to more than {MOST_BYTES // 1_000_000} MB")
    if not inflate.eof:
        raise _Damaged("it ends too early")
    return found


def _elements(data: memoryview, order: str) -> _Elements:
    """Yield (type, content) of elements in a row; up to four bytes may stand within the tag itself."""
    at = 0
    while at < len(data):
        first, size = struct.unpack_from(order + "II", data, at)
        begin = at + 8
        if first >> 16:
            first, size, begin = first & 0xFFFF, first >> 16, at + 4
        content = data[begin : begin + size]
        if len(content) < size or (begin == at + 4 and size > 4):
            raise _Damaged("it ends too early")
        yield first, content
        at = begin + size if first == _COMPRESSED else at + 8 if begin == at + 4 else begin + size + -size % 8


def _next(parts: _Elements) -> tuple[int, memoryview]:
    found = next(parts, None)
    if found is None:
        raise _Damaged("an array has no content")
    return found


def _head(parts: _Elements, order: str) -> _Head:
    flags = struct.unpack_from(order + "I", _next(parts)[1])[0]
    sizes = _next(parts)[1]
    shape = struct.unpack(f"{order}{len(sizes) // 4}i", sizes[: len(sizes) // 4 * 4])
    if not shape or min(shape) < 0:
        raise _Damaged("an array has no shape")
    if math.prod(shape) > MOST_CELLS:
        raise _Damaged(f"an array of {math.prod(shape)} cells, and at most {MOST_CELLS} are read")
    return _Head(flags & 0xFF, shape, bytes(_next(parts)[1]).decode("ascii"), bool(flags & _COMPLEX))


def _value(head: _Head, parts: _Elements, order: str) -> Variable | None:
    if head.kind == _CELL:
        return [_cell(part, order) for part in parts]
    if head.kind not in _NUMBERS or head.complex:
        return None
    kind, content = _next(parts)
    if kind not in _TYPES or len(content) % np.dtype(_TYPES[kind]).itemsize:
        raise _Damaged(f"numbers of the type {kind}")
    numbers = np.frombuffer(content, np.dtype(order + _TYPES[kind])).astype(np.float64)
    if len(numbers) != math.prod(head.shape):
        raise _Damaged(f"{len(numbers)} numbers in an array of the shape {head.shape}")
    return numbers.reshape(head.shape, order="F")


def _cell(part: tuple[int, memoryview], order: str) -> str:
    """Return the text of one cell; cells may hold a cell with the text in it."""
    for _ in range(3):
        if part[0] != _MATRIX:
            break
        parts = _elements(part[1], order)
        head = _head(parts, order)
        part = _next(parts)
        if head.kind == _CHAR and part[0] in _CODES:
            code = _CODES[part[0]]
            return bytes(part[1]).decode(code if code == "utf8" else code + ("-le" if order == "<" else "-be"))
        if head.kind != _CELL:
            break
    raise _Damaged("a cell that holds no text")
