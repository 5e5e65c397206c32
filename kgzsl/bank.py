"""The one thing every learner produces: classifiers of classes, and the map of features that they read."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property

import numpy as np

from kgzsl.arrays import Array
from kgzsl.errors import FeatureError, UnknownNameError
from kgzsl.input_map import InputMap as InputMap
from kgzsl.versions import DenseRows


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
        return self.input_map.reads or int(self.table.shape[1]) - self.input_map.constant

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
