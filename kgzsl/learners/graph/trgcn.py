"""TrGCN: neighbours read one another through a transformer before they are pooled."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, ClassVar

from pydantic import Field

from kgzsl.learners import base
from kgzsl.learners.linear import GRADIENTS, Linearised
from kgzsl.learners.networks.base import NetworkLearner, NetworkOptions, uniform
from kgzsl.propagation.operators import Neighbours, Operator

if TYPE_CHECKING:
    from torch import nn

    from kgzsl.semantics.space import ClassSpace


class TrGCNOptions(NetworkOptions):
    """Settings; those of the GCN but for the transformer."""

    projection: int = Field(128, ge=1, description="width in which neighbours attend to one another")
    heads: int = Field(2, ge=1, description="attention heads; must divide the projection")


class TrGCN(NetworkLearner):
    r"""Transformer graph convolution.

    .. math:: a_i = \mathrm{mean}_{j \in N(i)}\, W_p\, \mathrm{Transformer}(\{W_l h_j : j \in N(i)\}), \quad
        h_i' = \sigma(W a_i)

    Reads all neighbours instead of a sample of fifty, so that a classifier is no matter of chance; a node with n of
    them costs n².

    Shapes: vectors (N, e), seen rows (S, d) → bank (C, d).

    Source: Nayak & Bach 2020 (ZSL-KG), sec. 4.2.
    """

    name = "trgcn"
    citation = "Nayak & Bach 2020, Zero-Shot Learning with Common Sense Knowledge Graphs"
    reads = "vectors, relations"
    explains = ("estimated paths",)
    Options: ClassVar[type[base.Options]] = TrGCNOptions

    def operators(self) -> list[tuple[Operator, ...]]:
        """See the base class."""
        return uniform(self, Neighbours())

    def linear(self, space: ClassSpace, iri: str) -> Linearised:
        """See the base class; an estimate, as neighbours multiply one another in a transformer."""
        from kgzsl.learners.networks.readout import readouts

        return Linearised(tuple(readouts(self, space, iri)), GRADIENTS)

    def modules(self, widths: Sequence[int]) -> list[nn.Module]:
        """See the base class."""
        from kgzsl.learners.networks.attention import NeighbourTransformer

        return [NeighbourTransformer(a, b, self.options.projection, self.options.heads) for a, b in pairwise(widths)]
