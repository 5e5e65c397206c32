"""The covariance of a batch brought to that of seen inputs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import numpy as np
from pydantic import Field

from kgzsl.arrays import Array
from kgzsl.resolve.shift.alignment import Alignment, Cloud
from kgzsl.resolve.shift.guarded import GuardedOptions, Settings


class CoralOptions(GuardedOptions):
    """Settings of CORAL."""

    least: int = Field(30, ge=3, description="inputs that are needed")


class Coral(Alignment):
    r"""Move a batch so that its mean and covariance come nearer to those of inputs of seen classes.

    .. math:: x' = x + \alpha (\bar x_{\mathrm{seen}} + C_{\mathrm{seen}}^{1/2} C^{-1/2} (x - \bar x) - x), \quad
        C \leftarrow (1 - \rho) C + \rho \frac{\mathrm{tr}\, C}{d} I

    :math:`\alpha` and the shrinkage :math:`\rho` are chosen.

    Shapes: inputs (n, d) → (n, d); memory of n · d, as covariances are used by their principal axes.

    Source: Sun, Feng, Saenko 2016, Return of Frustratingly Easy Domain Adaptation, eq. 5, with inputs of seen classes
    as the side that is kept; shrinkage as in Ledoit, Wolf 2004.
    """

    name = "coral"
    citation = "Sun, Feng, Saenko 2016; Ledoit, Wolf 2004"
    Options = CoralOptions
    GRID: ClassVar[Mapping[str, tuple[float, ...]]] = {"strength": (1.0, 0.25, 0.5), "shrinkage": (0.5, 0.1, 0.9)}
    rehearses = 256
    why = "a covariance of fewer is that of what they are"

    def aligned(self, own: Cloud, references: Cloud, settings: Settings) -> Array:
        """See the base class."""
        shrinkage, strength = settings["shrinkage"], np.float32(settings["strength"])
        white = powered(own, own.X - own.mean, shrinkage, -0.5)
        coloured = powered(references, white, shrinkage, 0.5) + references.mean
        return np.asarray(own.X + strength * (coloured - own.X))


def powered(cloud: Cloud, X: Array, shrinkage: float, power: float) -> Array:
    """Return rows times a power of the shrunk covariance of a cloud. Shapes: (n, d) → (n, d).

    Along the axes that the cloud does not reach the shrunk variance is the same, so these are never written down.
    """
    variances, axes = cloud.axes
    rest = shrinkage * float(variances.sum()) / cloud.X.shape[1]
    if not rest > 0:
        return X
    along = ((1 - shrinkage) * variances + rest) ** power
    return np.asarray(rest**power * X + ((X @ axes.T) * (along - rest**power)) @ axes, X.dtype)
