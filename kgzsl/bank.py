"""The one thing every learner produces: classifiers of classes, and the map of features that they read."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from kgzsl.arrays import Array, softmax, unit_rows
from kgzsl.errors import FeatureError, UnknownNameError
from kgzsl.versions import DenseRows


@dataclass(frozen=True, eq=False)
class InputMap:
    """What happens to features before they meet the weights.

    Steps, each left out when not given: subtract ``center``; L2-normalise; then, for ConSE (Norouzi et al. 2014,
    eq. 2), replace the input by the mean of ``anchors`` under the ``top`` largest softmax outputs of ``layer``.

    Args:
        center: (d,).
        normalise: divide each input by its length.
        layer: (S, d + 1), weights and bias of a classifier layer over anchors.
        anchors: (S, e), a semantic vector for each row of the layer.
        top: how many anchors count.
    """

    center: Array | None = None
    normalise: bool = True
    layer: Array | None = None
    anchors: Array | None = None
    top: int = 10

    def __call__(self, X: Array) -> Array:
        """Map features. Shapes: (n, d) → (n, d), or (n, e) with anchors."""
        X = np.asarray(X, np.float32)
        if self.layer is not None and self.anchors is not None:
            return self._convex(X)
        if self.center is not None:
            X = X - self.center
        return unit_rows(X) if self.normalise else X

    def shares(self, X: Array) -> Array | None:
        """Return what each anchor adds to a mapped input, as a factor of its vector; None without anchors.

        Shapes: (n, d) → (n, S).
        """
        if self.layer is None or self.anchors is None:
            return None
        p = self._chances(np.asarray(X, np.float32))
        length = np.linalg.norm(p @ self.anchors, axis=1, keepdims=True)
        return np.asarray(np.divide(p, length, out=np.zeros_like(p), where=length > 0))

    def _convex(self, X: Array) -> Array:
        assert self.anchors is not None
        return unit_rows(self._chances(X) @ self.anchors)

    def _chances(self, X: Array) -> Array:
        assert self.layer is not None
        p = softmax(X @ self.layer[:, :-1].T + self.layer[:, -1])
        k = min(self.top, p.shape[1])
        cut = np.partition(p, -k, axis=1)[:, -k, None]
        p = np.where(p >= cut, p, 0)
        return np.asarray((p / p.sum(axis=1, keepdims=True)).astype(np.float32))


class ClassifierBank:
    """Linear classifiers: ``scores = input_map(X) @ weights.T + bias``.

    Args:
        ids: class IRIs, one a row.
        weights: (C, d) float32, an array or a version of one that shares rows with others.
        bias: (C,) float32.
        seen: (C,) bool, which rows were given rather than propagated.
        input_map: applied to features first.
        metric: ``dot``, or ``cosine`` when rows are of unit length.
        backbone: of the features it reads, where known.
    """

    def __init__(
        self,
        ids: tuple[str, ...],
        weights: Array | DenseRows,
        bias: Array,
        seen: Array,
        input_map: InputMap | None = None,
        metric: str = "cosine",
        backbone: str | None = None,
    ) -> None:
        assert len(weights) == len(ids) == len(bias) == len(seen)
        self.ids, self.bias, self.seen = ids, bias, seen
        self.table = weights if isinstance(weights, DenseRows) else DenseRows.of(weights)
        self.input_map, self.metric, self.backbone = input_map or InputMap(), metric, backbone

    @cached_property
    def weights(self) -> Array:
        """All rows as one array. Shape: (C, d)."""
        return self.table.dense()

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def width(self) -> int:
        """Number of features that an input must have."""
        layer = self.input_map.layer
        return int(layer.shape[1] - 1 if layer is not None else self.table.shape[1])

    @cached_property
    def row(self) -> dict[str, int]:
        """IRI → row."""
        return {iri: k for k, iri in enumerate(self.ids)}

    def rows(self, ids: Iterable[str]) -> Array:
        """Return the rows of these classes.

        Raises:
            UnknownNameError: a class that has no classifier.
        """
        try:
            return np.array([self.row[iri] for iri in ids], np.int64)
        except KeyError as error:
            raise UnknownNameError(f"no classifier for {error}", value=error.args[0]) from None

    def subset(self, ids: Sequence[str]) -> ClassifierBank:
        """Return the bank of these classes, in this order."""
        rows = self.rows(ids)
        return ClassifierBank(tuple(ids), self.table[rows], self.bias[rows], self.seen[rows], self.input_map,
                              self.metric, self.backbone)  # fmt: skip

    def scores(self, X: Array, rows: Array | None = None) -> Array:
        """Score inputs against all classes, or those in ``rows``. Shapes: (n, d) → (n, C).

        Raises:
            FeatureError: inputs of another width.
        """
        if X.ndim != 2 or X.shape[1] != self.width:
            raise FeatureError(f"features are {X.shape[-1]} wide, the classifiers read {self.width}", value=X.shape,
                               fix="use the encoder that the seen classifiers were trained on")  # fmt: skip
        mapped = self.input_map(X)
        if rows is None:
            return np.asarray(self.table.dot(mapped) + self.bias)
        return np.asarray(mapped @ self.table[rows].T + self.bias[rows])
