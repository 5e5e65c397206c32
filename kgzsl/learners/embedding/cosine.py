"""Cosine to the class's own vector: for inputs and descriptions of one encoder."""

from __future__ import annotations

from typing import ClassVar, Self

import numpy as np
from pydantic import Field

from kgzsl.arrays import Array
from kgzsl.bank import ClassifierBank, InputMap
from kgzsl.errors import LearnerError
from kgzsl.features import FeatureSet
from kgzsl.learners import base
from kgzsl.learners.embedding.embedded import Embedded, middle_of
from kgzsl.semantics.space import ClassSpace


class CosineOptions(base.Options):
    """Settings; chosen by leaving out one training intent of SNIPS at a time."""

    centre: bool = Field(True, description="take means away, of labelled inputs and of described classes")


class Cosine(Embedded):
    r""":math:`f_c(x) = \cos(x, v_c)`, or with means taken away :math:`\cos(x - \bar x, v_c - \bar v)`.

    Nothing is trained. The encoder of the inputs must be that of the descriptions: a sentence encoder for texts, or
    the two towers of one that was trained on images with their captions. Means are those of the labelled inputs,
    never of inputs to be answered, and of the classes that the space described when it was fitted; without labelled
    inputs nothing is taken away. ``centre = false`` is the plain cosine, as published.

    Shapes: inputs (n, e), class vectors (C, e) → bank (C, e).

    Source: Chang et al. 2008, where a text and a label are compared in one space; Radford et al. 2021 for images and
    names.
    """

    name = "cosine"
    family = "embedding-based"
    citation = "Chang et al. 2008, Importance of Semantic Representation: Dataless Classification; Radford et al. 2021"
    reads = "vectors"
    learns_from = "rows"
    one_space = True
    Options: ClassVar[type[base.Options]] = CosineOptions

    def fit(
        self,
        space: ClassSpace,
        seen: ClassifierBank,
        features: FeatureSet | None = None,
        seed: int = 0,
        progress: base.Progress | None = None,
    ) -> Self:
        """Take means, if asked for; see the base class.

        Raises:
            LearnerError: inputs and descriptions are not of one width.
        """
        self._remember(space, seen)
        width, reads = space.vectors.shape[1], self.rows.shape[1]
        if reads != width:
            message = f"descriptions are {width} wide, inputs {reads}: they are of two encoders"
            raise LearnerError(message, value=reads, fix="use another learner, such as ridge or kernel")
        center = self._center(features)
        return self.take(space, InputMap(center), middle=self._middle(space, center is not None))

    def _center(self, features: FeatureSet | None) -> Array | None:
        """Return the mean of the labelled inputs, if it is to be taken away."""
        if not self.options.centre or features is None:
            return None
        known = [k for k, label in enumerate(features.labels or ()) if label in self.seen_row]
        return np.asarray(features.X[known].mean(axis=0), np.float32) if known else None

    def _middle(self, space: ClassSpace, centre: bool) -> Array:
        rows = space.class_rows[space.described[space.class_rows]]
        return middle_of(space.vectors[rows], centre and len(rows) > 1)
