"""CompGCN: neighbours composed with learnt relation vectors, a matrix for each direction."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from kgzsl.learners import base
from kgzsl.learners.graph.rgcn import relational
from kgzsl.learners.networks.base import NetworkLearner, NetworkOptions
from kgzsl.propagation.operators import Itself, Operator

if TYPE_CHECKING:
    from torch import nn


class CompGCN(NetworkLearner):
    r"""Composition by subtraction, the form of TransE, in which the composition stays linear.

    .. math:: h_i' = \sigma\Big(\tfrac13 \sum_r D_r^{-1} \sum_j A_{r,ij} (h_j - z_r) W_{\mathrm{dir}(r)}
        + \tfrac13 (h_i - z_{\mathrm{loop}}) W_{\mathrm{loop}}\Big)

    Every layer has relation vectors z of its own instead of mapping those of the layer before.

    Shapes: vectors (N, e), seen rows (S, d) → bank (C, d).

    Source: Vashishth et al. 2020, eq. 3, with the composition of sec. 3.1 and its mean over three directions.
    """

    name = "compgcn"
    citation = (
        "Vashishth, Sanyal, Nitin, Talukdar 2020, Composition-based Multi-Relational Graph Convolutional Networks"
    )
    reads = "vectors, relation types"
    Options: ClassVar[type[base.Options]] = NetworkOptions

    def operators(self) -> list[tuple[Operator, ...]]:
        """See the base class."""
        return [(*relational(self.relations), Itself())] * self.options.layers

    def modules(self, widths: Sequence[int]) -> list[nn.Module]:
        """See the base class."""
        from kgzsl.learners.networks.modules import Convolution

        count = len(self.relations)
        shares = np.zeros((2 * count + 1, 3), np.float32)
        shares[0 : 2 * count : 2, 0] = shares[1 : 2 * count : 2, 1] = shares[-1, 2] = 1 / 3
        return [Convolution(a, b, shares, vectors=True) for a, b in pairwise(widths)]
