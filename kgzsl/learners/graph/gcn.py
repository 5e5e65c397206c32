"""GCN: regress the seen classifiers from descriptions smoothed over the class graph."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np
from pydantic import Field

from kgzsl.learners import base
from kgzsl.learners.networks.base import NetworkLearner, NetworkOptions, uniform
from kgzsl.propagation.operators import Neighbours, Operator, Parents

if TYPE_CHECKING:
    from torch import nn


class GCNOptions(NetworkOptions):
    """Settings; chosen on held-out seen classes, see docs/accuracy.md."""

    normalisation: Literal["row", "symmetric", "parents"] = Field(
        "row", description="D⁻¹A, D^-½ A D^-½, or a child reads its parents only, which keeps every edit local"
    )


class GCN(NetworkLearner):
    r"""Graph convolutional regression of classifier weights.

    .. math:: H_{l+1} = \sigma(\hat A H_l \Theta_l + b_l) + [l > 0] H_l, \quad \hat A = D^{-1}(A + A^\top + I)

    trained to give the L2-normalised rows of the seen classifiers; stops at the epoch that ranks the inputs of
    held-out seen classes best (their own rows stand in for inputs when no features are given). The added H_l is there
    from three layers on: without it six layers do not optimise (He et al. 2016).

    Shapes: vectors (N, e), seen rows (S, d) → bank (C, d).

    Source: Kipf & Welling 2017, eq. 2; Wang, Ye, Gupta 2018 (GCNZ), sec. 3.2.
    """

    name = "gcn"
    citation = "Kipf & Welling 2017; Wang, Ye, Gupta 2018, Zero-shot Recognition via Semantic Embeddings and KGs"
    reads = "vectors, relations"
    Options: ClassVar[type[base.Options]] = GCNOptions

    @property
    def skip(self) -> bool:  # type: ignore[override]
        """Whether hidden layers add their input."""
        return bool(self.options.layers > 2)

    def operators(self) -> list[tuple[Operator, ...]]:
        """See the base class."""
        kind = self.options.normalisation
        return uniform(self, Parents() if kind == "parents" else Neighbours(symmetric=kind == "symmetric"))

    def modules(self, widths: Sequence[int]) -> list[nn.Module]:
        """See the base class."""
        from kgzsl.learners.networks.modules import Convolution

        return [Convolution(a, b, np.ones((1, 1))) for a, b in pairwise(widths)]
