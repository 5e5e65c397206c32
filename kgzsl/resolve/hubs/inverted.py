"""Inverted softmax."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from pydantic import Field

from kgzsl.arrays import Array
from kgzsl.options import Options
from kgzsl.resolve.hubs.columns import Columns
from kgzsl.resolve.hubs.cure import CureOptions, Taken
from kgzsl.resolve.hubs.inductive import InductiveOffsets
from kgzsl.resolve.hubs.transductive import Transductive


class InvertedOptions(CureOptions):
    """Settings of the inverted softmax."""

    temperature: float | None = Field(None, gt=0, description="in units of the spread of scores over classes: the "
                                      "higher, the more inputs count; chosen on rehearsals unless given")  # fmt: skip


class _InvertedSoftmax(Taken):
    Options: ClassVar[type[Options]] = InvertedOptions
    reaches = (0.5, 1.0, 2.0)

    @property
    def tried(self) -> Sequence[float]:
        """The temperatures to choose among."""
        return self.reaches if self.options.temperature is None else (self.options.temperature,)

    def nearness(self, columns: Columns, reach: float) -> Array:
        """See the base class."""
        return columns.soft(reach * columns.spread)

    def chosen(self) -> dict[str, float]:
        """See the base class."""
        return {**super().chosen(), "temperature": self.setting.reach}


class InvertedSoftmax(InductiveOffsets, _InvertedSoftmax):
    r"""Normalise the softmax over inputs instead of classes: how likely an input is for a class.

    .. math:: \hat s(x, c) = s(x, c) - \lambda t \log \frac{1}{m} \sum_{x'} e^{s(x', c) / t}

    over m inputs x' of *other* seen classes; at :math:`\lambda = 1` it ranks as published. The temperature t is in
    units of the spread of scores over classes.

    Shapes: (n, C) → (n, C). The ranking does not depend on the scale of scores.

    Source: Smith, Turban, Hamblin, Hammerla 2017, Offline Bilingual Word Vectors, Orthogonal Transformations and the
    Inverted Softmax, eq. 12.
    """

    name = "inverted-softmax"
    citation = "Smith, Turban, Hamblin, Hammerla 2017"


class InvertedSoftmaxBatch(Transductive, _InvertedSoftmax):
    """The same with the inputs of the batch in place of those of seen classes, as published.

    Source: Smith, Turban, Hamblin, Hammerla 2017, Offline Bilingual Word Vectors, eq. 12.
    """

    name = "inverted-softmax-batch"
    citation = "Smith, Turban, Hamblin, Hammerla 2017"
