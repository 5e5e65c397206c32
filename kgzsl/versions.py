"""Matrices in versions: the next one shares the rows that did not change, and older ones stay as they are."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from scipy import sparse

from kgzsl.arrays import Array

SPARE = 8
FEWEST = 64
Entries = tuple[Array, Array]


class _Store:
    """Rows in the order in which they came; filled at its end only, so that what was read stays true."""

    def __init__(self, capacity: int, width: int, dtype: Any) -> None:
        self.buffer, self.used, self.lock = np.empty((capacity, width), dtype), 0, threading.Lock()

    def append(self, values: Array) -> Array:
        """Return the places of new rows; a larger buffer holds the old rows at their places too."""
        with self.lock:
            start, stop = self.used, self.used + len(values)
            if stop > len(self.buffer):
                larger = np.empty((stop + stop // SPARE + FEWEST, self.buffer.shape[1]), self.buffer.dtype)
                larger[:start] = self.buffer[:start]
                self.buffer = larger
            self.buffer[start:stop] = values
            self.used = stop
        return np.arange(start, stop)


class DenseRows:
    """A dense matrix of which each version costs what it changed; a row may be absent until it is given."""

    __slots__ = ("_store", "where")

    def __init__(self, store: _Store, where: Array) -> None:
        self._store, self.where = store, where

    @classmethod
    def empty(cls, n: int, width: int, filled: int | None = None, dtype: Any = np.float32) -> DenseRows:
        """Return ``n`` absent rows, with room for ``filled`` of them (all by default) and some changes."""
        rows = n if filled is None else filled
        return cls(_Store(rows + rows // SPARE + FEWEST, width, dtype), np.full(n, -1, np.int64))

    @classmethod
    def of(cls, values: Array) -> DenseRows:
        """Return these rows; the array is kept, not copied."""
        store = _Store(0, values.shape[1], values.dtype)
        store.buffer, store.used = values, len(values)
        return cls(store, np.arange(len(values)))

    def __len__(self) -> int:
        return len(self.where)

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return len(self.where), self._store.buffer.shape[1]

    def __getitem__(self, rows: Any) -> Array:
        return np.asarray(self._store.buffer[self.where[rows]])

    def dense(self) -> Array:
        """Return the matrix; without a copy where nothing has moved."""
        n = len(self.where)
        if n and self.where[0] >= 0 and np.array_equal(self.where, np.arange(self.where[0], self.where[0] + n)):
            return np.asarray(self._store.buffer[self.where[0] : self.where[0] + n])
        return self[:]

    def dot(self, X: Array) -> Array:
        """Return ``X @ self.T``, reading the rows where they lie. Shapes: (m, d) → (m, n)."""
        return np.asarray((X @ self._store.buffer[: self._store.used].T)[:, self.where])

    def changed(self, rows: Array, values: Array, n: int | None = None) -> DenseRows:
        """Return a version of ``n`` rows in which these have these values; this one stays as it is."""
        size = len(self.where) if n is None else n
        where = np.empty(size, np.int64)
        where[: len(self.where)] = self.where[:size]
        where[len(self.where) :] = -1
        store = self._store
        if store.used > FEWEST + 2 * size:
            kept = np.flatnonzero(where >= 0)
            compact = _Store(len(kept) + len(rows) + size // SPARE + FEWEST, values.shape[1], store.buffer.dtype)
            where[kept] = compact.append(store.buffer[where[kept]])
            store = compact
        where[rows] = store.append(values)
        return DenseRows(store, where)

    def taken(self, rows: Array) -> DenseRows:
        """Return the version that has these rows, in this order, without copying them."""
        return DenseRows(self._store, self.where[rows])


class SparseRows:
    """A sparse matrix of which single rows are replaced."""

    __slots__ = ("_changed", "_data", "_flags", "_indices", "_indptr", "n")

    def __init__(self, indptr: Array, entries: Entries, changed: Mapping[int, Entries], flags: Array) -> None:
        self._indptr, (self._indices, self._data) = indptr, entries
        self._changed, self._flags, self.n = changed, flags, len(flags)

    @classmethod
    def of(cls, matrix: sparse.csr_array) -> SparseRows:
        """Return the rows of a matrix; duplicate entries are summed."""
        matrix.sum_duplicates()
        return cls(matrix.indptr, (matrix.indices, matrix.data), {}, np.zeros(matrix.shape[0], bool))

    def rows(self, at: Array) -> tuple[Array, Array, Array]:
        """Return lengths (k,), columns (E,) and values (E,) of the rows ``at``, one after the other."""
        start = self._indptr[at]
        lengths = self._indptr[np.asarray(at) + 1] - start if self.n else start
        flagged = np.flatnonzero(self._flags[at]) if self._changed else ()
        if len(flagged):
            return self._patched(at, start, lengths, flagged)
        return lengths, *self._read(start, lengths)

    def entries(self, row: int) -> Entries:
        """Return columns and values of one row."""
        if self._flags[row]:
            return self._changed[int(row)]
        part = slice(self._indptr[row], self._indptr[row + 1])
        return self._indices[part], self._data[part]

    def columns(self, at: Array) -> Array:
        """Return the distinct columns of these rows, sorted."""
        return np.unique(self.rows(at)[1])

    def replaced(self, rows: Mapping[int, Entries], n: int) -> SparseRows:
        """Return a version of ``n`` rows in which these hold other entries."""
        changed, flags, indptr = {**self._changed, **rows}, np.zeros(n, bool), self._indptr
        flags[: self.n] = self._flags
        flags[list(rows)] = True
        if n > self.n:
            indptr = np.concatenate([indptr, np.full(n - self.n, indptr[-1], indptr.dtype)])
        version = SparseRows(indptr, (self._indices, self._data), changed, flags)
        return version if len(changed) <= FEWEST + n // SPARE else SparseRows.of(version.matrix())

    def matrix(self) -> sparse.csr_array:
        """Return the whole matrix. Shape: (n, n)."""
        lengths, columns, values = self.rows(np.arange(self.n))
        return csr(lengths, columns, values, self.n)

    def _read(self, start: Array, lengths: Array) -> Entries:
        if len(start) == 1:
            part = slice(int(start[0]), int(start[0]) + int(lengths[0]))
            return self._indices[part], self._data[part]
        total = int(lengths.sum())
        offset = np.repeat(start - np.concatenate([[0], np.cumsum(lengths)[:-1]]), lengths) if total else 0
        at = np.arange(total) + offset
        return self._indices[at], self._data[at]

    def _patched(self, at: Array, start: Array, lengths: Array, flagged: Iterable[int]) -> tuple[Array, Array, Array]:
        lengths = lengths.copy()
        columns: list[Array] = []
        values: list[Array] = []
        begin = 0
        for k in (*flagged, len(at)):
            part = self._read(start[begin:k], lengths[begin:k])
            mine = self._changed[int(at[k])] if k < len(at) else (np.zeros(0, np.int64), np.zeros(0))
            columns += [part[0], mine[0]]
            values += [part[1], mine[1]]
            if k < len(at):
                lengths[k] = len(mine[0])
            begin = k + 1
        return lengths, np.concatenate(columns), np.concatenate(values)


def inserted(values: Array, at: int, value: Any) -> Array:
    """Return a vector with one value more; numpy's own takes ten times as long. Shapes: (n,) → (n + 1,)."""
    longer = np.empty(len(values) + 1, values.dtype)
    longer[:at], longer[at], longer[at + 1 :] = values[:at], value, values[at:]
    return longer


def csr(lengths: Array, columns: Array, values: Array, n: int) -> sparse.csr_array:
    """Return a matrix from rows one after the other. Shape: (k, n)."""
    pointer = np.concatenate([[0], np.cumsum(lengths)])
    return sparse.csr_array((values, columns, pointer), shape=(len(lengths), n))


def gathered(i: Array, j: Array, values: Array, shape: tuple[int, int]) -> sparse.csr_array:
    """Return a matrix from entries in any order; those at one place are summed. Shapes: (E,) each → shape."""
    order = np.lexsort((j, i))
    i, j, values = i[order], j[order], values[order]
    first = np.ones(len(i), bool)
    first[1:] = (i[1:] != i[:-1]) | (j[1:] != j[:-1])
    if not first.all():
        i, j, values = i[first], j[first], np.add.reduceat(values, np.flatnonzero(first))
    return csr(np.bincount(i, minlength=shape[0]), j, values, shape[1])
