"""Shared space: inputs and descriptions come from one encoder; a class is its description, smoothed over the graph."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Self

import numpy as np
from pydantic import Field
from scipy import linalg, sparse

from kgzsl.arrays import Array, unit_rows
from kgzsl.bank import ClassifierBank, InputMap
from kgzsl.errors import LearnerError
from kgzsl.features import FeatureSet
from kgzsl.learners import base
from kgzsl.learners.chained import Chained, described, rowwise
from kgzsl.learners.linear import Linearised, LinearPart, LinearStage, Term, descriptions, own, unit, unit_about
from kgzsl.propagation.operators import Neighbours
from kgzsl.propagation.pipeline import Chain, Stage, stage_values
from kgzsl.semantics.space import ClassSpace

OWN = "own"


class SharedOptions(base.Options):
    """Settings; not chosen on any data: give labelled inputs and `--search`, or choose your own."""

    weight: float = base.tuned(1.0, 0.1, 16.0, log=True, ge=0, description="of what neighbours say, beside one")
    hops: int = Field(1, ge=0, le=4, description="times that descriptions are smoothed")
    ridge: float = base.tuned(100.0, 0.3, 1000.0, log=True, gt=0, description="pull of the map towards the identity")
    decay: float = Field(0.0, ge=0, lt=1, description="share of the next ancestor in a description")


class SharedSpace(Chained):
    r"""A classifier is a smoothed description, corrected by a map that is drawn to the identity.

    .. math:: S_0 = u(V - \bar v), \quad S_{k+1} = u(S_0 + a D^{-1} A S_k), \quad
        W_u = S_u + S_u (S_s^\top S_s + \lambda I)^{-1} S_s^\top (W_s - S_s)

    u: rows of unit length; :math:`\bar v`: mean description of the concepts that it was fitted on; W_s: mean input of
    each seen class. Inputs are centred by the mean of the labelled ones, never of those to be answered. For text: the
    encoder of the features must be that of the descriptions.

    Shapes: vectors (N, e), labelled inputs (n, e) → bank (C, e).

    Source: Wu et al. 2019, eq. 8, with the identity for a prior; ridge towards a given map is Hoerl & Kennard 1970.
    """

    name = "shared"
    family = "graph propagation"
    citation = "Wu et al. 2019, Simplifying Graph Convolutional Networks, with an identity prior"
    reads = "vectors, relations"
    one_space = True
    explains = ("coefficients", "paths")
    Options: ClassVar[type[base.Options]] = SharedOptions

    def fit(
        self,
        space: ClassSpace,
        seen: ClassifierBank,
        features: FeatureSet | None = None,
        seed: int = 0,
        progress: base.Progress | None = None,
    ) -> Self:
        """Take means of inputs and descriptions, and solve for the correction; see the base class."""
        self._remember(space, seen)
        self.width = space.vectors.shape[1]
        if self.rows.shape[1] != self.width:
            message = f"descriptions are {self.width} wide, inputs {self.rows.shape[1]}: they are of two encoders"
            raise LearnerError(message, value=self.rows.shape[1], fix="use another learner, such as kernel")
        mixed = stage_values([described(self.options.decay, self.width)], space, space.graph.ids, 0)
        real = np.asarray(mixed.any(axis=1))
        self.middle = mixed[real].mean(axis=0) if real.any() else np.zeros(self.width, np.float32)
        self.center = np.zeros(self.width, np.float32)
        if features is not None:
            self._take_inputs(features)
        smooth = self._values(space, self.seen_ids).astype(np.float64)
        gram = smooth.T @ smooth + self.options.ridge * np.eye(self.width)
        self.solver = linalg.solve(gram, smooth.T, assume_a="pos")
        self.map = np.eye(self.width) + self.solver @ (self.rows - smooth)
        return self

    def chains(self) -> list[Chain]:
        """See the base class."""
        last = rowwise(lambda smooth: unit_rows(smooth @ self.map), self.width)
        return [[*self._smoothed(), last]]

    def coefficients(self, space: ClassSpace, ids: Sequence[str]) -> base.Coefficients:
        """See the base class; what a class is by its own description alone is no seen row's part."""
        smooth = self._values(space, ids).astype(np.float64)
        alone = smooth @ (self.map - self.solver @ self.rows)
        return base.scaled_coefficients(self, ids, smooth @ self.solver, alone, "its own description")

    def linear(self, space: ClassSpace, iri: str) -> Linearised:
        """See the base class; exact at fixed lengths of rows. What the mean description takes away is a bias."""
        step = LinearStage("hop", (Term(Neighbours(loops=False), None, self.options.weight),), gate=unit, beside=1)
        stages = [descriptions(self.options.decay), own("centring", None, unit_about(self.middle), -self.middle)]
        stages += [*[step] * self.options.hops, own("map", self.map.astype(np.float32), unit)]
        return Linearised((LinearPart(tuple(stages), (iri,)),))

    def _smoothed(self) -> list[Stage]:
        own = rowwise(self._centred, self.width, OWN)
        step = Stage((Neighbours(loops=False),), self._stepped, self.width, beside=OWN)
        return [described(self.options.decay, self.width), own, *[step] * self.options.hops]

    def _centred(self, vectors: Array) -> Array:
        real = np.asarray(vectors.any(axis=1))
        return unit_rows(np.where(real[:, None], vectors - self.middle, 0))

    def _stepped(self, matrices: list[sparse.csr_array], values: Array, own: Array) -> Array:
        return unit_rows(own + self.options.weight * (matrices[0] @ values))

    def _values(self, space: ClassSpace, ids: Sequence[str]) -> Array:
        return stage_values(self._smoothed(), space, ids, self.options.hops + 1)

    def _take_inputs(self, features: FeatureSet) -> None:
        labels = np.array(features.labels or (), dtype=object)
        self.center = features.X.mean(axis=0)
        inputs = unit_rows(features.X - self.center)
        for row, iri in enumerate(self.seen_ids):
            if (labels == iri).any():
                self.rows[row] = unit_rows(inputs[labels == iri].mean(axis=0)[None])[0]

    def _input_map(self) -> InputMap:
        return InputMap(center=self.center)

    def _arrays(self) -> dict[str, Array]:
        return {"middle": self.middle, "center": self.center, "map": self.map, "solver": self.solver}

    def _set_arrays(self, arrays: dict[str, Array]) -> None:
        self.middle, self.center, self.map = arrays["middle"], arrays["center"], arrays["map"]
        self.width, self.solver = len(self.map), arrays["solver"]
