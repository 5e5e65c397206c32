"""Learners that generate inputs of any described class, and fit a linear head on what they generate."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import ClassVar, Literal, Self

import numpy as np
from pydantic import Field

from kgzsl.arrays import Array
from kgzsl.bank import ClassifierBank, InputMap
from kgzsl.features import FeatureSet
from kgzsl.learners import base
from kgzsl.learners.described import require_described
from kgzsl.learners.examples import Examples, examples
from kgzsl.learners.generative.heads import discriminants, precision, softmax_rows
from kgzsl.learners.linear import Linearised, LinearStage
from kgzsl.learners.mapped import Mapped
from kgzsl.propagation.memory import require
from kgzsl.semantics.space import ClassSpace


class GenerativeOptions(base.Options):
    """Settings of both generative learners."""

    head: Literal["row", "softmax"] = Field("row", description="one row a class by a closed form, or refit a softmax")
    per_class: int = Field(100, ge=2, description="inputs that are generated for a class")
    shrinkage: float
    seen: Literal["real", "generated"] = Field("real", description="inputs of seen classes that a softmax is fitted on")
    softmax_penalty: float = base.tuned(1e-2, 1e-6, 1.0, log=True, gt=0, description="on squares, for softmax")
    device: str = Field("cpu", description="cpu, cuda, cuda:1, mps, …: where training runs")


class Generative(Mapped):
    """A fitted generator, and the head of its bank.

    The noise is drawn once, when it is fitted, and is the same for every class: what is generated depends on the
    class's description alone. With ``head = "row"`` so does its row, and a class that is added costs one row. With
    ``head = "softmax"``, as published, all rows are fitted again, on real inputs for the seen classes and generated
    ones for the others; the generator never is.
    """

    family = "generative"
    reads = "vectors"
    explains: ClassVar[tuple[str, ...]] = ()
    Options: ClassVar[type[base.Options]] = GenerativeOptions

    @abstractmethod
    def learn(
        self, S: Array, given: Examples, seed: int, progress: base.Progress | None
    ) -> tuple[InputMap, dict[str, Array]]:
        """Train a generator; return the map of inputs that its head reads, with a constant, and what to keep.

        Args:
            S: vectors of seen classes. Shape: (C, e).
            given: inputs of them.
            seed: of everything random.
            progress: called with (stage, done, total).
        """

    @abstractmethod
    def means(self, vectors: Array) -> Array:
        """Return the mean of what is generated for each class. Shapes: (n, e) → (n, k)."""

    @abstractmethod
    def generated(self, vectors: Array) -> Array:
        """Return what is generated for each class, as the head reads it. Shapes: (n, e) → (n, per_class, k)."""

    def fit(
        self,
        space: ClassSpace,
        seen: ClassifierBank,
        features: FeatureSet | None = None,
        seed: int = 0,
        progress: base.Progress | None = None,
    ) -> Self:
        """Train; see the base class."""
        at = self._remember(space, seen)
        require_described(self, space)
        given = examples(self, features)
        inputs, kept = self.learn(space.vectors[at], given, seed, progress)
        Z = _read(inputs, given)
        if self.options.head == "row":
            return self.take(space, inputs, **kept, precision=precision(Z, given.y, self.options.shrinkage))
        if self.options.seen == "generated":
            return self.take(space, inputs, **kept)
        most = np.concatenate([np.flatnonzero(given.y == k)[: self.options.per_class] for k in range(given.classes)])
        return self.take(space, inputs, **kept, real=Z[most], real_class=given.y[most])

    def propagate(self, space: ClassSpace, previous: base.Propagation | None = None) -> base.Propagation:
        """See the base class; a softmax is fitted anew whatever was propagated before."""
        if self.options.head == "row":
            return super().propagate(space, previous)
        self._check_width(space, self.width)
        ids = space.graph.class_ids
        rows = np.empty((len(ids), self.row_width()), np.float32)
        order = sorted(range(len(ids)), key=ids.__getitem__)  # a sum in another order is another sum
        rows[order] = self._softmax(space, [ids[k] for k in order])
        seen = np.array([iri in self.seen_row for iri in ids], bool)
        bank = ClassifierBank(ids, rows, np.zeros(len(ids), np.float32), seen, self.inputs, "dot", self.backbone)
        return base.Propagation(bank, {})

    @property
    def refits(self) -> str:  # type: ignore[override]
        """See the base class."""
        return "" if self.options.head == "row" else "its softmax head"

    def rows_of(self, vectors: Array) -> Array:
        """See the base class; by linear discriminant analysis of what is generated."""
        return discriminants(self.means(vectors.astype(np.float64)), self.fitted["precision"])

    def row_width(self) -> int:
        """See the base class."""
        return int(self.inputs.maps[-1].shape[1]) + 1

    def stages(self) -> list[LinearStage]:
        """Return none: a row is no linear function of a description."""
        return []

    def linear(self, space: ClassSpace, iri: str) -> Linearised | None:
        """See the base class."""
        return None

    def _softmax(self, space: ClassSpace, ids: list[str]) -> Array:
        """Return rows of classes, fitted together. Shape: (C, k + 1)."""
        index, own = space.graph.index, self._own({iri: k for k, iri in enumerate(ids)})
        free = np.setdiff1d(np.arange(len(ids)), own)
        draws, width = self.options.per_class, self.row_width()
        require(4 * (len(free) * draws * (3 * width + 2 * len(ids)) + 60 * len(ids) * width), "refitting a softmax")
        made = self.generated(space.vectors[[index[ids[k]] for k in free]]).reshape(-1, width - 1)
        X = np.vstack([self.fitted["real"][own >= 0], made]) if len(own) else made
        y = np.concatenate([own[own >= 0], np.repeat(free, draws)])
        return softmax_rows(X, y, len(ids), self.options.softmax_penalty)

    def _own(self, place: Mapping[str, int]) -> Array:
        """Return the place of the class of each real input, -1 where it is gone. Shape: (n,)."""
        if "real" not in self.fitted:
            return np.zeros(0, np.int64)
        places = np.array([place.get(iri, -1) for iri in self.seen_ids], np.int64)
        return np.asarray(places[self.fitted["real_class"]])


def noise(rows: int, width: int, seed: int) -> Array:
    """Return a fixed draw of standard normal noise. Shape: (rows, width)."""
    return np.random.default_rng([seed, rows, width]).normal(size=(rows, width)).astype(np.float32)


def _read(inputs: InputMap, given: Examples) -> Array:
    """Return what the head reads of inputs that are centred and of unit length already."""
    Z = given.X
    for k, map_ in enumerate(inputs.maps):
        Z = (np.maximum(Z, 0) if k else Z) @ map_[:-1] + map_[-1]
    return Z
