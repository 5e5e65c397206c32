"""Where the rows of versions lie: filled at the end only, or laid over the rows of another store."""

from __future__ import annotations

import threading
from typing import Any

import numpy as np

from kgzsl.arrays import Array

SPARE = 8
FEWEST = 64


class Store:
    """Rows in the order in which they came; filled at its end only, so that what was read stays true."""

    def __init__(self, capacity: int, width: int, dtype: Any) -> None:
        self.buffer, self.used, self.lock = np.empty((capacity, width), dtype), 0, threading.Lock()

    @property
    def own(self) -> int:
        """Rows that go with this store."""
        return self.used

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

    def take(self, places: Any) -> Array:
        """Return the rows at these places."""
        return np.asarray(self.buffer[places])

    def span(self, start: int, stop: int) -> Array | None:
        """Return rows that lie one after the other, without a copy."""
        return self.buffer[start:stop]

    def dot(self, X: Array) -> Array:
        """Return the products with all rows. Shapes: (m, d) → (m, used)."""
        return np.asarray(X @ self.filled().T)

    def filled(self) -> Array:
        """Return the rows that are there now; they never change. Their number is read first: it may grow meanwhile."""
        used = self.used
        return self.buffer[:used]


class Overlay:
    """New rows over those that another store has now: that store never grows by them, and they go with their readers.

    Args:
        base: the store that lies below, with the rows that it had.
        rows: these. Shape: (n, d); places from n on are new rows.
    """

    def __init__(self, base: Store, rows: Array, own: Array) -> None:
        self.base, self.rows, self.new = base, rows, Store(0, rows.shape[1], rows.dtype)
        self.new.append(own)

    @property
    def own(self) -> int:
        """See the store."""
        return self.new.used

    @property
    def buffer(self) -> Array:
        """New rows."""
        return self.new.buffer

    def append(self, values: Array) -> Array:
        """See the store."""
        return self.new.append(values) + len(self.rows)

    def take(self, places: Any) -> Array:
        """See the store."""
        n, at = len(self.rows), np.asarray(places)
        new = at >= n
        if not n or new.all():
            return self.new.take(at - n)
        if not new.any():
            return np.asarray(self.rows[at])
        found = self.rows[np.where(new, 0, at)]
        found[new] = self.new.buffer[at[new] - n]
        return np.asarray(found)

    def span(self, start: int, stop: int) -> Array | None:
        """See the store; none where some rows lie below and some above."""
        n = len(self.rows)
        if stop <= n:
            return self.rows[start:stop]
        return self.new.buffer[start - n : stop - n] if start >= n else None

    def dot(self, X: Array) -> Array:
        """See the store."""
        return np.concatenate([X @ self.rows.T, self.new.dot(X)], axis=1)
