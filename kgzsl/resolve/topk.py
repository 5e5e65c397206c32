r"""The k best classes of each input: a quick first pass bounds all scores, and what may be among the best is computed.

For each input the first pass gives a number :math:`u_c` that the score :math:`s_c` of no class exceeds. The k classes
of the largest :math:`u_c` are scored first; let :math:`\tau` be the smallest of their scores. A class with
:math:`u_c < \tau` is not among the k best, whatever it scores; all others are scored too. So the answers are the same
whichever first pass was taken, whatever the size of a batch: a pair's score is

.. math:: s_c = fl_{32}(\langle z, w_c \rangle_{64} + b_c + o_c)

the float32 number next to the double-precision sum, with the bias of the bank and what adjusters add. Equal scores go
to the first column. (The double-precision sum itself depends on its order by some 1e-16; where that lies across the
border between two float32 numbers, about once in a hundred million pairs, the last digit may differ.)

Source: the idea is that of exact search by lower bounds (Faloutsos et al. 1994), with rounding as the distortion.
"""

from __future__ import annotations

import sys
import threading
import weakref
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from kgzsl.arrays import Array
from kgzsl.bank import ClassifierBank
from kgzsl.errors import FeatureError
from kgzsl.resolve.fast import best_pass, make_pass

if TYPE_CHECKING:
    from kgzsl.resolve.fast import FirstPass

CELLS = 6_000_000
"""Scores that are in memory at once."""
BLOCK = 256
"""Inputs of a block: enough for the rate of large matrix products, and what belongs to them stays in the cache."""
COLUMNS = 2048
FEWEST, MOST = 32, 512
WORTH = 32
"""Inputs after which encoding the classifiers pays."""
SMALL = 4_000_000
"""Multiplications an input below which float32 is quick enough."""
KEPT = 4
"""Sets of candidates of a bank that are remembered."""


class Top(NamedTuple):
    """The best candidates of each input, best first.

    Args:
        columns: places among the candidates. Shape: (n, k) int64.
        scores: after what adjusters add. Shape: (n, k) float32.
        bank_scores: before. Shape: (n, k) float32.
    """

    columns: Array
    scores: Array
    bank_scores: Array


def top(bank: ClassifierBank, rows: Array, offset: Array | None, X: Array, k: int, engine: str = "auto") -> Top:
    """Return the k best candidates of each input; encodings are kept as long as the bank is.

    Args:
        bank: classifiers.
        rows: of the candidates in the bank. Shape: (C,).
        offset: what adjusters add to each candidate's score. Shape: (C,).
        X: inputs. Shape: (n, d).
        k: at most C are returned.
        engine: a first pass, or ``auto``.

    Raises:
        FeatureError: inputs of another width.
        UnknownNameError: no such first pass.
    """
    return _search(bank, np.asarray(rows)).top(X, k, offset, engine)


_KNOWN: weakref.WeakKeyDictionary[ClassifierBank, list[TopK]] = weakref.WeakKeyDictionary()
_KNOWING = threading.Lock()


def _search(bank: ClassifierBank, rows: Array) -> TopK:
    with _KNOWING:
        known = _KNOWN.setdefault(bank, [])
        found = next((one for one in known if np.array_equal(one.rows, rows)), None)
        if found is None:
            found = TopK(bank, rows)
            known.insert(0, found)
            del known[KEPT:]
    return found


class TopK:
    """Searches among some candidates of a bank; holds no reference to the bank.

    Args:
        bank: classifiers.
        rows: of the candidates. Shape: (C,).
    """

    def __init__(self, bank: ClassifierBank, rows: Array) -> None:
        whole = len(rows) == len(bank) and np.array_equal(rows, np.arange(len(bank)))
        self.rows, self.width, self.input_map = np.array(rows), bank.width, bank.input_map
        self.W = np.ascontiguousarray(bank.weights if whole else bank.table[rows], np.float32)
        self.bias = np.asarray(bank.bias[rows], np.float64)
        self.asked = 0
        self._passes: dict[str, FirstPass] = {}
        self._most = FEWEST
        self._encoding = threading.Lock()

    def top(self, X: Array, k: int, offset: Array | None = None, engine: str = "auto") -> Top:
        """Return the k best candidates; see :func:`top`."""
        if X.ndim != 2 or X.shape[1] != self.width:
            raise FeatureError(f"features are {X.shape[-1]} wide, the classifiers read {self.width}", value=X.shape,
                               fix="use the encoder that the seen classifiers were trained on")  # fmt: skip
        k = min(k, len(self.rows))
        offset = np.zeros(len(self.rows)) if offset is None else np.asarray(offset, np.float64)
        self.asked += len(X)
        first = self.first(self._chosen(engine))
        found = Top(np.empty((len(X), k), np.int64), *(np.empty((len(X), k), np.float32) for _ in range(2)))
        size = max(1, min(BLOCK, CELLS // max(1, len(self.rows))))
        for start in range(0, len(X), size):
            at = slice(start, start + size)
            self._block(first, self.input_map(X[at]), offset, Top(*(part[at] for part in found)))
        return found

    def first(self, name: str) -> FirstPass:
        """Return a first pass; its encoding is made when it is first asked for."""
        with self._encoding:
            if name not in self._passes:
                self._passes[name] = make_pass(name, self.W)
            return self._passes[name]

    def _chosen(self, engine: str) -> str:
        if engine != "auto":
            return engine
        return "float32" if self.asked < WORTH or self.W.size < SMALL else best_pass(self.W.shape[1])

    def _block(self, first: FirstPass, Z: Array, offset: Array, found: Top) -> None:
        """Answer some mapped inputs. Shapes: (n, d), (C,), (n, k)."""
        k, C = found.columns.shape[1], len(self.rows)
        if 4 * k >= C:
            self._whole(Z, offset, found, np.arange(len(Z)))
            return
        bounds = first.bounds(Z, self.bias + offset)
        upper, columns = _largest(bounds.values, min(C, max(self._most, 2 * k)))
        unit, slack = np.asarray(bounds.unit, np.float64), np.nan_to_num(bounds.slack, nan=np.inf)
        upper = upper * unit[:, None] + slack[:, None]
        room = _Room(self.W)
        opened, hopeless = 0, []
        for n, z in enumerate(Z.astype(np.float64)):
            near, scores = columns[n], self._scored(room, z, columns[n, :k])
            least = _below((scores + offset[near[:k]]).min())
            count = int(np.searchsorted(-upper[n], -least, side="right"))
            if not count < len(near) and len(near) < C:
                opened += 1
                all_upper = np.asarray(bounds.values[n], np.float64) * unit[n] + slack[n]
                near = np.concatenate([near[:k], np.setdiff1d(np.flatnonzero(all_upper >= least), near[:k])])
                count = len(near)
            if 4 * count > C:
                hopeless.append(n)
                continue
            near = near[: max(count, k)]
            scores = np.concatenate([scores, self._scored(room, z, near[k:])])
            self._keep(found, n, near, scores, offset)
        if 8 * opened > len(Z):
            self._most = min(2 * self._most, MOST)
        self._whole(Z, offset, found, np.array(hopeless, np.int64))

    def _scored(self, room: _Room, z: Array, columns: Array) -> Array:
        """Return the bank's scores of one input in double precision. Shapes: (d,), (m,) → (m,)."""
        # not BLAS: its threads would wait, spinning, beside torch's, which halves the speed of both
        return np.asarray(np.einsum("md,d->m", room.rows(columns), z) + self.bias[columns])

    def _keep(self, found: Top, n: int, columns: Array, scores: Array, offset: Array) -> None:
        """Write the best of some scored columns into the answer. Shapes: (m,), (m,), (C,)."""
        added = (scores + offset[columns]).astype(np.float32)
        order = np.lexsort((columns, -added))[: found.columns.shape[1]]
        found.columns[n], found.scores[n], found.bank_scores[n] = columns[order], added[order], scores[order]

    def _whole(self, Z: Array, offset: Array, found: Top, at: Array) -> None:
        """Answer inputs whose bounds exclude too little, by all their scores. Shapes: (n, d), (C,), (n, k), (m,)."""
        every = np.arange(len(self.rows))
        size = max(1, CELLS // (2 * max(1, len(every))))
        for start in range(0, len(at), size):
            some = at[start : start + size]
            scores, z = np.empty((len(some), len(every))), Z[some].astype(np.float64)
            for c in range(0, len(every), COLUMNS):
                scores[:, c : c + COLUMNS] = z @ self.W[c : c + COLUMNS].astype(np.float64).T
            scores += self.bias
            for n, row in zip(some, scores, strict=True):
                self._keep(found, int(n), every, row, offset)


class _Room:
    """Memory for a few rows in double precision, taken once for many inputs.

    Args:
        W: classifiers. Shape: (C, d) float32.
    """

    def __init__(self, W: Array) -> None:
        self.W = W
        self._make(FEWEST)

    def rows(self, at: Array) -> Array:
        """Return rows, until the next call. Shapes: (m,) → (m, d) float64."""
        if len(at) > len(self.double):
            self._make(2 * len(at))
        m = len(at)
        np.take(self.W, at, axis=0, out=self.single[:m], mode="clip")
        self.double[:m] = self.single[:m]
        return np.asarray(self.double[:m])

    def _make(self, m: int) -> None:
        self.single, self.double = np.empty((m, self.W.shape[1]), np.float32), np.empty((m, self.W.shape[1]))


def _below(score: float) -> float:
    """Return a number that every score exceeds which is not smaller as float32."""
    return float(np.nextafter(np.float32(score), np.float32(-np.inf)))


def _largest(values: Any, m: int) -> tuple[Array, Array]:
    """Return the m largest values and their columns, largest first. Shapes: (n, C) → (n, m), (n, m)."""
    if isinstance(values, np.ndarray) and values.size < SMALL and "torch" not in sys.modules:
        part = np.argpartition(-values, m - 1, axis=1)[:, :m]
        order = np.argsort(-np.take_along_axis(values, part, axis=1), axis=1)
        part = np.take_along_axis(part, order, axis=1)
        return np.take_along_axis(values, part, axis=1).astype(np.float64), part
    import torch

    best = torch.as_tensor(values).topk(m)
    return best.values.numpy().astype(np.float64), best.indices.numpy()
