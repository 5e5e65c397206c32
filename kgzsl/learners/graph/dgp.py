"""DGP: dense graph propagation to descendants and from ancestors, weighted by distance."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from pydantic import Field

from kgzsl.errors import LearnerError
from kgzsl.learners import base
from kgzsl.learners.networks.base import NetworkLearner, NetworkOptions
from kgzsl.propagation.operators import FAR, AtDistance, Operator

if TYPE_CHECKING:
    from torch import nn


class DGPOptions(NetworkOptions):
    """Settings of the published model, but for the width, which is the one that the GCN was chosen with."""

    groups: int = Field(5, ge=1, description="distances with a weight of their own; the last holds all beyond")


class DGP(NetworkLearner):
    r"""Every class reads all its descendants, then all its ancestors, each distance with a learnt weight.

    .. math:: W = \sum_k \alpha^a_k D_k^{a\,-1} A^a_k\, \sigma\Big(\sum_k \alpha^d_k D_k^{d\,-1} A^d_k X \Theta_d\Big)
        \Theta_a, \quad \alpha = \mathrm{softmax}(w)

    A new leaf is read by all its ancestors, and they by all their descendants: near the root an update touches most
    of the graph.

    Shapes: vectors (N, e), seen rows (S, d) → bank (C, d).

    Source: Kampffmeyer et al. 2019, eq. 4 and 5.
    """

    name = "dgp"
    citation = "Kampffmeyer, Chen, Liang, Wang, Zhang, Xing 2019, Rethinking Knowledge Graph Propagation"
    reads = "vectors, hierarchy"
    Options: ClassVar[type[base.Options]] = DGPOptions

    def operators(self) -> list[tuple[Operator, ...]]:
        """See the base class; descendants first, then ancestors, in turn for more layers."""
        if self.options.layers < 2:
            raise LearnerError("dgp has a layer for descendants and one for ancestors", value=self.options.layers)
        most = self.options.groups - 1
        return [tuple(AtDistance(k, k if k < most else FAR, descendants=layer % 2 == 0) for k in range(most + 1))
                for layer in range(self.options.layers)]  # fmt: skip

    def modules(self, widths: Sequence[int]) -> list[nn.Module]:
        """See the base class."""
        from kgzsl.learners.networks.modules import Convolution

        return [Convolution(a, b, np.ones((self.options.groups, 1)), "softmax") for a, b in pairwise(widths)]
