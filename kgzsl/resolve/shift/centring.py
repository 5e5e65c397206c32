"""The mean of a batch brought to that of seen inputs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import numpy as np

from kgzsl.arrays import Array
from kgzsl.resolve.shift.alignment import Alignment, Cloud
from kgzsl.resolve.shift.guarded import Settings


class AlignCentring(Alignment):
    r"""Move a batch so that its mean comes nearer to that of inputs of seen classes.

    .. math:: x' = x - \alpha \frac{n}{n + a} (\bar x - \bar x_{\mathrm{seen}})

    :math:`\alpha` and the shrinkage :math:`a`, in inputs, are chosen.

    Shapes: inputs (n, d) → (n, d).

    Source: the first moment of Sun, Feng, Saenko 2016, Return of Frustratingly Easy Domain Adaptation; the mean of few
    inputs shrunk as by James and Stein 1961.
    """

    name = "align-centring"
    citation = "Sun, Feng, Saenko 2016; James, Stein 1961"
    GRID: ClassVar[Mapping[str, tuple[float, ...]]] = {
        "strength": (1.0, 0.25, 0.5, 0.75),
        "shrinkage": (0.0, 8.0, 32.0),
    }

    def aligned(self, own: Cloud, references: Cloud, settings: Settings) -> Array:
        """See the base class."""
        n = len(own.X)
        share = settings["strength"] * n / (n + settings["shrinkage"])
        return np.asarray(own.X - np.float32(share) * (own.mean - references.mean))
