"""GAT: neighbours weighted by learnt attention."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, ClassVar

from pydantic import Field

from kgzsl.learners import base
from kgzsl.learners.networks.base import NetworkLearner, NetworkOptions
from kgzsl.propagation.operators import Itself, Neighbours, Operator

if TYPE_CHECKING:
    from torch import nn


class GATOptions(NetworkOptions):
    """Settings; those of the GCN but for the heads."""

    heads: int = Field(2, ge=1, description="attention heads, averaged")


class GAT(NetworkLearner):
    r"""Graph attention over the relations of the recipe, both ways, and each class itself.

    .. math:: h_i' = \sigma\Big(\sum_{j \in N(i)} \alpha_{ij} \Theta h_j\Big), \quad
        \alpha_{ij} = \mathrm{softmax}_j\, \mathrm{LeakyReLU}(a^\top [\Theta h_i \,\|\, \Theta h_j])

    Weights of edges are not read, only which there are. The operator is torch-geometric's GATConv.

    Shapes: vectors (N, e), seen rows (S, d) → bank (C, d).

    Source: Veličković et al. 2018, eq. 3 and 6.
    """

    name = "gat"
    citation = "Veličković, Cucurull, Casanova, Romero, Liò, Bengio 2018, Graph Attention Networks"
    reads = "vectors, relations"
    Options: ClassVar[type[base.Options]] = GATOptions

    def operators(self) -> list[tuple[Operator, ...]]:
        """See the base class."""
        return [(Neighbours(), Itself())] * self.options.layers

    def modules(self, widths: Sequence[int]) -> list[nn.Module]:
        """See the base class."""
        from kgzsl.learners.networks.attention import Attention

        return [Attention(a, b, self.options.heads) for a, b in pairwise(widths)]
