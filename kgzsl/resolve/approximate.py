"""An approximate index of very many classes: quick, and now and then wrong; how often is measured."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from kgzsl.arrays import Array
from kgzsl.bank import ClassifierBank
from kgzsl.errors import AdjusterError, FeatureError
from kgzsl.resolve.topk import Top, top

TRAINED = 64
"""Classes a list that the centres of lists are fitted on."""


class ApproximateIndex:
    """Searches only the lists of classes whose centres fit an input best; scores of what it finds are exact.

    Built once for a bank, its candidates and what adjusters add to each; after an update it is built anew.

    Args:
        bank: classifiers.
        rows: of the candidates in the bank. Shape: (C,).
        offset: what adjusters add to each candidate's score. Shape: (C,).
        lists: how many; four times the root of the number of candidates unless given.
        probes: lists that are searched for an input.

    Raises:
        AdjusterError: the library `faiss` is not installed, or there are fewer candidates than lists.

    Source: Jégou, Douze, Schmid 2011, Product Quantization for Nearest Neighbor Search, sec. 4 (inverted lists, without
    quantization), by the library faiss.
    """

    def __init__(
        self, bank: ClassifierBank, rows: Array, offset: Array | None = None, lists: int | None = None,
        probes: int = 16,
    ) -> None:  # fmt: skip
        faiss = _library()
        self.bank, self.rows = bank, np.asarray(rows)
        added = np.zeros(len(self.rows)) if offset is None else np.asarray(offset)
        self.offset = added
        self._W = table = np.asarray(bank.table[self.rows], np.float32)
        constant = np.asarray(bank.bias[self.rows] + added, np.float32)[:, None]
        every = np.ascontiguousarray(np.hstack([table, constant]))
        count = lists or max(1, 4 * math.isqrt(len(every)))
        if count > len(every):
            raise AdjusterError(f"{count} lists for {len(every)} candidates", value=count, fix="ask for fewer lists")
        self._index: Any = faiss.index_factory(every.shape[1], f"IVF{count},Flat", faiss.METRIC_INNER_PRODUCT)
        self._index.cp.max_points_per_centroid = TRAINED
        self._index.train(every)
        self._index.add(every)
        self._index.nprobe = min(probes, count)

    def search(self, X: Array, k: int = 10) -> Top:
        """Return the k best candidates that are found, best first; columns are -1 and scores -inf where fewer are.

        Args:
            X: inputs. Shape: (n, d).
            k: how many.

        Raises:
            FeatureError: inputs of another width.
        """
        if X.ndim != 2 or X.shape[1] != self.bank.width:
            raise FeatureError(f"features are {X.shape[-1]} wide, the classifiers read {self.bank.width}",
                               value=X.shape)  # fmt: skip
        Z = np.asarray(self.bank.input_map(X), np.float32)
        one = np.ones((len(Z), 1), np.float32)
        _, columns = self._index.search(np.ascontiguousarray(np.hstack([Z, one])), min(k, len(self.rows)))
        found = columns >= 0
        at = np.where(found, columns, 0)
        products = np.einsum("nd,nkd->nk", Z.astype(np.float64), self._W[at].astype(np.float64))
        bank_scores = products + self.bank.bias[self.rows][at]
        bank_scores[~found] = -np.inf
        scores = bank_scores + self.offset[at]
        order = np.argsort(-scores, axis=1, kind="stable")
        columns, scores, bank_scores = (np.take_along_axis(a, order, axis=1) for a in (columns, scores, bank_scores))
        return Top(columns, scores.astype(np.float32), bank_scores.astype(np.float32))

    def recall(self, X: Array, k: int = 10) -> float:
        """Return the part of the exact k best that is found, a mean over inputs. Shape: (n, d)."""
        exact = top(self.bank, self.rows, self.offset, X, k).columns
        found = self.search(X, k).columns
        return float(np.mean([len(set(a) & set(b)) / len(a) for a, b in zip(exact, found, strict=True)]))


def _library() -> Any:
    try:
        import faiss
    except ImportError:
        raise AdjusterError("an approximate index needs the library faiss",
                            fix="pip install 'kgzsl[index]'") from None  # fmt: skip
    return faiss
