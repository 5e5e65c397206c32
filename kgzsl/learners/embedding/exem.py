"""Exemplars: what a class's inputs look like on average, predicted from its description by kernel regression."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Self

import numpy as np
from scipy import linalg

from kgzsl.arrays import Array, unit_rows
from kgzsl.bank import ClassifierBank, InputMap
from kgzsl.features import FeatureSet
from kgzsl.learners import base
from kgzsl.learners.chained import Chained, rowwise
from kgzsl.learners.described import require_described
from kgzsl.learners.examples import examples
from kgzsl.learners.graph.kernel import KernelReadout
from kgzsl.learners.linear import GRADIENTS, Linearised, LinearPart, own, signed_power, unit_about
from kgzsl.learners.whitening import whitening, whitening_map
from kgzsl.propagation.pipeline import Chain, Seen
from kgzsl.semantics.space import ClassSpace


class ExemplarOptions(base.Options):
    """Settings; chosen on class folds of the seen classes of CUB, see docs/families.md."""

    power: float = base.tuned(0.7, 0.4, 1.0, gt=0, le=1, description="of the magnitudes of a description's numbers")
    width: float = base.tuned(1.5, 0.3, 3.0, log=True, gt=0, description="of the kernel, between unit vectors")
    ridge: float = base.tuned(0.1, 0.01, 3.0, log=True, gt=0, description="noise of the exemplars")
    shrink: float = base.tuned(0.3, 0.01, 1.0, gt=0, le=1, description="of the covariance that inputs are whitened by")
    own: float = base.tuned(0.25, 0.0, 1.0, ge=0, le=1, description="share of a seen class's own exemplar in its row")


class Exemplars(Chained):
    r"""Kernel ridge regression from centred descriptions to the mean whitened inputs of seen classes.

    .. math:: w_c = u\big(k_c^\top (K + \lambda I)^{-1} P\big), \quad k(a, b) = e^{-\|a - b\|^2 / 2 \sigma^2}, \quad
        z = u(\Sigma^{-1/2} (x - \bar x))

    Descriptions a, b are signed powers, centred over the seen classes and of unit length; P: mean z of each seen class,
    whose own row is a mixture of what is predicted and of its mean; :math:`\Sigma`: within-class covariance of the
    inputs, shrunk towards a multiple of the identity (total covariance where no class has two inputs); u: unit length.

    Shapes: inputs (n, d), descriptions (S, e) → bank (C, d). Linear in the exemplars, so it explains exactly.

    Source: Changpinyo, Chao, Sha 2017, Predicting Visual Exemplars of Unseen Classes, sec. 3, with ridge regression for
    their support vectors and whitening for their PCA.
    """

    name = "exem"
    family = "embedding-based"
    citation = "Changpinyo, Chao, Sha 2017, Predicting Visual Exemplars of Unseen Classes for Zero-Shot Learning"
    reads = "vectors"
    learns_from = "inputs"
    explains = ("coefficients", "estimated paths")
    Options: ClassVar[type[base.Options]] = ExemplarOptions

    def fit(
        self,
        space: ClassSpace,
        seen: ClassifierBank,
        features: FeatureSet | None = None,
        seed: int = 0,
        progress: base.Progress | None = None,
    ) -> Self:
        """Whiten, average and solve; see the base class."""
        at = self._remember(space, seen)
        require_described(self, space)
        given = examples(self, features, unit=False)
        matrix = whitening(given.X, given.y, self.options.shrink)
        self.inputs = whitening_map(given.center, matrix)
        self.exemplars = given._replace(X=unit_rows(given.X @ matrix)).means()
        self.width = space.vectors.shape[1]
        self.middle = self._powered(space.vectors[at].astype(np.float64)).mean(axis=0)
        self.anchors = self._centred(space.vectors[at])
        kernel = self._kernel(self.anchors)
        self.inverse = linalg.inv(kernel + self.options.ridge * np.eye(len(kernel)))
        self.mixture = self._mixture(space.vectors[at])
        self.mixed = (self.mixture @ self.exemplars).astype(np.float32)
        return self

    def chains(self) -> list[Chain]:
        """See the base class."""
        return [[rowwise(self._rows, self.exemplars.shape[1])]]

    def given(self, iri: str) -> bool:
        """See the base class; a seen class's row holds its own exemplar, unless no share of it is asked for."""
        return bool(self.options.own) and iri in self.seen_row

    def seen_rows(self) -> Seen:
        """See the base class."""
        given = self.mixed if self.options.own else self.mixed[:0]
        return Seen(self.seen_ids, given, self.backbone, self.seen_row, self.inputs)

    def coefficients(self, space: ClassSpace, ids: Sequence[str]) -> base.Coefficients:
        """See the base class; over the exemplars of seen classes."""
        index, place = space.graph.index, self.seen_row
        values = self._scaled(self._values(space.vectors[[index[iri] for iri in ids]]))
        if self.options.own:
            for k, row in ((k, place[iri]) for k, iri in enumerate(ids) if iri in place):
                values[k] = self.mixture[row]
        return base.Coefficients(self.seen_ids, values, self.exemplars)

    def linear(self, space: ClassSpace, iri: str) -> Linearised:
        """See the base class; an estimate, as the kernel is not linear in descriptions."""
        powered = own("power", None, signed_power(self.options.power))
        stages = (own("description"), powered, own("centring", None, unit_about(self.middle), -self.middle))
        readout = KernelReadout(self.anchors, self.inverse @ self.exemplars, self.options.width**2)
        return Linearised((LinearPart(stages, (iri,), 1.0, readout),), GRADIENTS)

    def _rows(self, vectors: Array) -> Array:
        return np.asarray(self._values(vectors) @ self.exemplars)

    def _values(self, vectors: Array) -> Array:
        """In double precision, so that a row does not depend on how many are computed with it. (n, e) → (n, S)"""
        return np.asarray(self._kernel(self._centred(vectors)) @ self.inverse)

    def _scaled(self, values: Array) -> Array:
        """Return coefficients of rows of unit length. Shapes: (n, S) → (n, S)."""
        length = np.linalg.norm(values @ self.exemplars, axis=1, keepdims=True)
        return np.asarray(values / np.maximum(length, 1e-12))

    def _mixture(self, described: Array) -> Array:
        """Return the coefficients of the rows of seen classes, so described. Shapes: (S, e) → (S, S)."""
        alone = np.eye(len(self.exemplars)) / np.maximum(np.linalg.norm(self.exemplars, axis=1), 1e-12)[:, None]
        share = self.options.own
        return self._scaled(share * alone + (1 - share) * self._scaled(self._values(described)))

    def _powered(self, vectors: Array) -> Array:
        return np.asarray(vectors * signed_power(self.options.power)(vectors))

    def _kernel(self, centred: Array) -> Array:
        """Zero where there is no description. Shapes: (n, e) → (n, S)."""
        real = np.asarray(centred.any(axis=1))
        return np.asarray(np.exp((centred @ self.anchors.T - 1) / self.options.width**2) * real[:, None])

    def _centred(self, vectors: Array) -> Array:
        rows = self._powered(np.asarray(vectors, np.float64)) - self.middle
        return np.asarray(rows * unit_about(self.middle)(rows))

    def _input_map(self) -> InputMap:
        return self.inputs

    def _arrays(self) -> dict[str, Array]:
        arrays = {"exemplars": self.exemplars, "middle": self.middle, "anchors": self.anchors, "inverse": self.inverse,
                  "map": self.inputs.maps[0], "mixture": self.mixture}  # fmt: skip
        return arrays if self.inputs.center is None else arrays | {"center": self.inputs.center}

    def _set_arrays(self, arrays: dict[str, Array]) -> None:
        self.exemplars, self.middle = arrays["exemplars"], arrays["middle"]
        self.anchors, self.inverse, self.width = arrays["anchors"], arrays["inverse"], arrays["anchors"].shape[1]
        self.inputs = whitening_map(arrays.get("center"), arrays["map"][:-1])
        self.mixture = arrays["mixture"]
        self.mixed = (self.mixture @ self.exemplars).astype(np.float32)
