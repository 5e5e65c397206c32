"""Learners whose classifiers are a function of each class's own description: attributes, words or sentence vectors."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Sequence
from typing import ClassVar, Self

import numpy as np

from kgzsl.arrays import Array, packed, unpacked
from kgzsl.bank import InputMap
from kgzsl.learners.chained import Chained, rowwise
from kgzsl.learners.linear import EXACT, Linearised, LinearPart, LinearStage, own, relu
from kgzsl.propagation.pipeline import Chain, Seen
from kgzsl.semantics.space import ClassSpace

INPUT = "input."


class Mapped(Chained):
    """A learner that says by which stages a description becomes a classifier; the rest is done here.

    ``cosine`` says that rows are brought to unit length. Seen classes get rows like all others, so that scores of
    seen and unseen classes come from one model, as published; a class that is described anew gets another row.
    """

    learns_from: ClassVar[str] = "inputs"
    explains: ClassVar[tuple[str, ...]] = ("paths",)
    cosine: ClassVar[bool] = False
    inputs: InputMap
    fitted: dict[str, Array]
    width: int

    def take(self, space: ClassSpace, inputs: InputMap, **fitted: Array) -> Self:
        """Keep what was fitted: the map of inputs, and arrays that ``stages`` reads from ``fitted``."""
        self.width, self.inputs, self.fitted = space.vectors.shape[1], inputs, fitted
        return self

    @abstractmethod
    def stages(self) -> list[LinearStage]:
        """Return the stages from a description (n, e) to rows (n, d), each of them row by row."""

    @abstractmethod
    def row_width(self) -> int:
        """Return the width of a row of the bank."""

    def rows_of(self, vectors: Array) -> Array:
        """Return the rows of classes that are so described, before they are normalised. Shapes: (n, e) → (n, d).

        In double precision, so that a row does not depend on how many are computed with it.
        """
        return through(self.stages(), vectors.astype(np.float64))

    def chains(self) -> list[Chain]:
        """See the base class."""
        return [[rowwise(self.rows_of, self.row_width())]]

    def given(self, iri: str) -> bool:
        """See the base class; every class's classifier is computed from its description."""
        return False

    def linear(self, space: ClassSpace, iri: str) -> Linearised | None:
        """See the base class; exact at fixed activations."""
        stages = (own("description"), *self.stages())
        return Linearised((LinearPart(stages, (iri,)),), EXACT, self.cosine)

    def seen_rows(self) -> Seen:
        """See the base class; no row is given."""
        none = np.zeros((0, self.row_width()), np.float32)
        return Seen(self.seen_ids, none, self.backbone, self.seen_row, self._input_map(), self.cosine)

    def _input_map(self) -> InputMap:
        return self.inputs

    def _arrays(self) -> dict[str, Array]:
        arrays = self.fitted | {f"{INPUT}{name}": array for name, array in self.inputs.arrays().items()}
        return arrays | {"about": packed([self.width, self.inputs.scalars()])}

    def _set_arrays(self, arrays: dict[str, Array]) -> None:
        self.width, scalars = unpacked(arrays.pop("about"))
        maps = {name.removeprefix(INPUT): a for name, a in arrays.items() if name.startswith(INPUT)}
        self.inputs = InputMap.of(scalars, maps)
        self.fitted = {name: a for name, a in arrays.items() if not name.startswith(INPUT)}


def through(stages: Iterable[LinearStage], values: Array) -> Array:
    """Return what stages that read each row alone make of it, one after the other. Shapes: (n, in) → (n, out)."""
    for stage in stages:
        values = applied(stage, values)
    return values


def applied(stage: LinearStage, values: Array) -> Array:
    """Return what a stage that reads each row alone makes of it. Shapes: (n, in) → (n, out)."""
    total = sum((t.factor * (values if t.weight is None else values @ t.weight) for t in stage.terms), np.float64(0))
    rows = np.asarray(total if stage.bias is None else total + stage.bias)
    return rows if stage.gate is None else rows * stage.gate(rows)


def dense_stages(layers: Sequence[Array], names: Sequence[str] | None = None) -> list[LinearStage]:
    """Return the stages of a perceptron: its matrices with ReLU between them.

    Args:
        layers: (in + 1, out) each, the bias in the last row.
        names: of the layers.
    """
    called = names or [f"layer {k + 1}" for k in range(len(layers))]
    last = len(layers) - 1
    return [own(called[k], layer[:-1], relu if k < last else None, layer[-1]) for k, layer in enumerate(layers)]

