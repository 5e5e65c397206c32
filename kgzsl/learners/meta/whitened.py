"""Networks from descriptions to rows that whitened inputs are compared with."""

from __future__ import annotations

from abc import abstractmethod
from typing import ClassVar, NamedTuple, Self

import numpy as np

from kgzsl.arrays import Array, unit_rows
from kgzsl.bank import ClassifierBank
from kgzsl.features import FeatureSet
from kgzsl.learners import base
from kgzsl.learners.described import require_described
from kgzsl.learners.examples import examples
from kgzsl.learners.linear import EXACT, Linearised, LinearPart, LinearStage, own, relu, signed_power, unit, unit_about
from kgzsl.learners.mapped import Mapped, applied, through
from kgzsl.learners.whitening import whitening, whitening_map
from kgzsl.semantics.space import ClassSpace

LEAST = 1e-6


class WhitenedOptions(base.Options):
    """Settings of what is done before the network."""

    power: float = base.tuned(0.7, 0.4, 1.0, gt=0, le=1, description="of the magnitudes of a description's numbers")
    shrink: float = base.tuned(0.3, 0.01, 1.0, gt=0, le=1, description="of the covariance that inputs are whitened by")


class Prepared(NamedTuple):
    """What a network is trained on.

    Args:
        X: whitened inputs of unit length. Shape: (n, d).
        y: place of each input's class among the seen ones. Shape: (n,).
        S: descriptions of seen classes; numbers are of unit variance on average. Shape: (S, e).
    """

    X: Array
    y: Array
    S: Array


class Whitened(Mapped):
    """A learner whose rows are sums of those of one or more perceptrons, each of unit length.

    Descriptions are signed powers, centred over the seen classes and of unit length; inputs are centred, whitened by
    the shrunk within-class covariance, and of unit length.
    """

    cosine: ClassVar[bool] = True
    layers: ClassVar[tuple[str, ...]]

    @abstractmethod
    def learn(self, given: Prepared, seed: int, progress: base.Progress | None) -> dict[str, Array]:
        """Return the matrices of the perceptrons, named by member and layer: 0.0, 0.1, 1.0, …

        The first layer reads descriptions of unit length; an array ``inputs`` (d, d) is a map of the inputs.
        """

    def fit(
        self,
        space: ClassSpace,
        seen: ClassifierBank,
        features: FeatureSet | None = None,
        seed: int = 0,
        progress: base.Progress | None = None,
    ) -> Self:
        """Whiten and train; see the base class."""
        at = self._remember(space, seen)
        require_described(self, space)
        given = examples(self, features, unit=False)
        matrix = whitening(given.X, given.y, self.options.shrink)
        S = applied(self._powered(), space.vectors[at].astype(np.float64))
        middle, reads = S.mean(axis=0), S.shape[1]
        scaled = np.asarray(unit_rows(S - middle) * np.sqrt(reads), np.float32)
        kept = self.learn(Prepared(unit_rows(given.X @ matrix), given.y, scaled), seed, progress)
        if "inputs" in kept:
            matrix = matrix @ kept.pop("inputs").astype(np.float64)
        inputs = whitening_map(given.center, matrix)
        return self.take(space, inputs, middle=middle, **kept)

    def stages(self) -> list[LinearStage]:
        """See the base class; those of the first perceptron."""
        return self._stages(0)

    def rows_of(self, vectors: Array) -> Array:
        """See the base class; the sum over perceptrons."""
        given = vectors.astype(np.float64)
        return np.asarray(sum(through(self._stages(k), given) for k in range(self._members())))

    def linear(self, space: ClassSpace, iri: str) -> Linearised:
        """See the base class; exact at fixed activations and lengths."""
        parts = tuple(LinearPart((own("description"), *self._stages(k)), (iri,)) for k in range(self._members()))
        return Linearised(parts, EXACT, self.cosine)

    def row_width(self) -> int:
        """See the base class."""
        return int(self.fitted[f"0.{len(self.layers) - 1}"].shape[1])

    def _members(self) -> int:
        return sum(name.endswith(".0") for name in self.fitted)

    def _powered(self) -> LinearStage:
        """The smallest count as zero; a power of one is left out."""
        power = self.options.power
        return own("power", None, signed_power(power, LEAST) if power != 1 else None)

    def _stages(self, member: int) -> list[LinearStage]:
        middle = self.fitted["middle"]
        first = [self._powered(), own("mean description", None, unit_about(middle), -middle)]
        last = len(self.layers) - 1
        matrices = [self.fitted[f"{member}.{k}"] for k in range(last + 1)]
        return first + [own(name, matrix[:-1], unit if k == last else relu, matrix[-1])
                        for k, (name, matrix) in enumerate(zip(self.layers, matrices, strict=True))]  # fmt: skip


def of_unit_rows(layer: Array) -> Array:
    """Return a layer for descriptions of unit length that was trained on numbers of unit variance. Shape: (e + 1, h)"""
    weights = layer[:-1] * np.float32(np.sqrt(len(layer) - 1))
    return np.vstack([weights, layer[-1:]])
