"""Class vectors as places: centred, of unit length, and what learners that take the nearest of them have in common."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from pydantic import Field

from kgzsl.arrays import Array, unit_rows
from kgzsl.learners import base
from kgzsl.learners.linear import LinearStage, own, unit_about
from kgzsl.learners.mapped import Mapped, applied


class Embedded(Mapped):
    """A learner that maps inputs to where class vectors are; a class is its own vector, and the nearest answers.

    ``fitted["middle"]`` is what is taken from every class vector first.
    """

    cosine: ClassVar[bool] = True

    def stages(self) -> list[LinearStage]:
        """See the base class."""
        return [placed(self.fitted["middle"])]

    def row_width(self) -> int:
        """See the base class."""
        return self.width


class RankedOptions(base.Options):
    """Settings of learners that are trained to rank the right class first; defaults are those of DeViSE.

    The margin is the published one. The others were chosen on 50 of the 150 seen classes of CUB, held out, by their
    class-mean hit@1 and the best harmonic mean, with attributes and with sentence vectors.
    """

    margin: float = Field(0.1, gt=0, description="by which the right class must score above the others")
    epochs: int = Field(30, ge=1, description="passes over the labelled inputs")
    learning_rate: float = base.tuned(1e-3, 1e-4, 1e-1, log=True, gt=0, description="of Adam")
    batch: int = Field(128, ge=1, description="inputs a step")
    weight_decay: float = base.tuned(3e-3, 0.0, 1e-2, ge=0, description="pull of the map towards zero")
    centre: bool = Field(True, description="take the mean of the seen class vectors from all of them")
    device: str = Field("cpu", description="where it is trained")


def middle_of(vectors: Array, centre: bool) -> Array:
    """Return what is taken from class vectors: their mean, or nothing. Shapes: (S, e) → (e,)."""
    return np.asarray(vectors.mean(axis=0) if centre else np.zeros(vectors.shape[1]), np.float32)


def placed(middle: Array) -> LinearStage:
    """Return the stage that centres class vectors and makes them unit length; one that is no vector stays none.

    Shapes: (n, e) → (n, e).
    """
    return own("class vector", None, unit_about(middle), -middle)


def places(vectors: Array, middle: Array) -> Array:
    """Return where classes of these vectors are. Shapes: (n, e), (e,) → (n, e)."""
    return unit_rows(applied(placed(middle), vectors.astype(np.float64)))
