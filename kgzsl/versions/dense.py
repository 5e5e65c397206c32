"""Dense matrices in versions."""

from __future__ import annotations

from typing import Any

import numpy as np

from kgzsl.arrays import Array
from kgzsl.versions import stores
from kgzsl.versions.stores import Overlay, Store


class DenseRows:
    """A dense matrix of which each version costs what it changed; a row may be absent until it is given."""

    __slots__ = ("_store", "where")

    def __init__(self, store: Store | Overlay, where: Array) -> None:
        self._store, self.where = store, where

    @classmethod
    def empty(cls, n: int, width: int, filled: int | None = None, dtype: Any = np.float32) -> DenseRows:
        """Return ``n`` absent rows, with room for ``filled`` of them (all by default) and some changes."""
        rows = n if filled is None else filled
        return cls(Store(rows + rows // stores.SPARE + stores.FEWEST, width, dtype), np.full(n, -1, np.int64))

    @classmethod
    def of(cls, values: Array) -> DenseRows:
        """Return these rows; the array is kept, not copied."""
        store = Store(0, values.shape[1], values.dtype)
        store.buffer, store.used = values, len(values)
        return cls(store, np.arange(len(values)))

    def __len__(self) -> int:
        return len(self.where)

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return len(self.where), self._store.buffer.shape[1]

    def __getitem__(self, rows: Any) -> Array:
        return self._store.take(self.where[rows])

    def dense(self) -> Array:
        """Return the matrix; without a copy where nothing has moved."""
        n, first = len(self.where), int(self.where[0]) if len(self.where) else -1
        if first >= 0 and np.array_equal(self.where, np.arange(first, first + n)):
            span = self._store.span(first, first + n)
            if span is not None:
                return np.asarray(span)
        return self[:]

    def dot(self, X: Array) -> Array:
        """Return ``X @ self.T``, reading the rows where they lie. Shapes: (m, d) → (m, n)."""
        return np.asarray(self._store.dot(X)[:, self.where])

    def changed(self, rows: Array, values: Array, n: int | None = None) -> DenseRows:
        """Return a version of ``n`` rows in which these have these values; this one stays as it is."""
        size = len(self.where) if n is None else n
        if not len(rows) and size == len(self.where):
            return self
        where = np.empty(size, np.int64)
        where[: len(self.where)] = self.where[:size]
        where[len(self.where) :] = -1
        store = self._store
        if store.own > stores.FEWEST + 2 * size:
            kept = np.flatnonzero(where >= 0)
            room = len(kept) + len(rows) + size // stores.SPARE + stores.FEWEST
            compact = Store(room, values.shape[1], store.buffer.dtype)
            where[kept] = compact.append(store.take(where[kept]))
            store = compact
        where[rows] = store.append(values)
        return DenseRows(store, where)

    def taken(self, rows: Array) -> DenseRows:
        """Return the version that has these rows, in this order, without copying them."""
        return DenseRows(self._store, self.where[rows])

    def forked(self) -> DenseRows:
        """Return the same matrix, whose later versions keep their rows apart: they are freed with the last of them."""
        store = self._store
        if isinstance(store, Overlay):  # a fork of a fork takes the few new rows along
            return DenseRows(Overlay(store.base, store.rows, store.new.filled()), self.where)
        rows = store.filled()
        return DenseRows(Overlay(store, rows, rows[:0]), self.where)

    def differing(self, other: DenseRows) -> Array:
        """Return the rows that may differ from those of a version or fork of the same matrix; all where none is shared.

        A row that is not among them is the same row in the same place of memory.
        """
        mine, theirs = self._store, other._store
        if len(self) != len(other):
            return np.arange(len(self))
        if mine is theirs:
            return np.flatnonzero(self.where != other.where)
        if _below(mine) is not _below(theirs):
            return np.arange(len(self))
        shared = min(len(store.rows) for store in (mine, theirs) if isinstance(store, Overlay))
        return np.flatnonzero((self.where != other.where) | (self.where >= shared))


def _below(store: Store | Overlay) -> Store:
    return store.base if isinstance(store, Overlay) else store
