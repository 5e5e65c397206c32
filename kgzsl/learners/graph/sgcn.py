"""SGCN: a graph network with a single hidden layer, random-walk normalised."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from kgzsl.learners import base
from kgzsl.learners.graph.gcn import GCN, GCNOptions


class SGCNOptions(GCNOptions):
    """Settings of the published model."""

    hidden: int = Field(2048, ge=1, description="width between layers")
    decay: float = Field(0.0, ge=0, lt=1, description="share of the next ancestor in an input vector")


class SGCN(GCN):
    r"""Two layers without anything else: few hops keep a class from being averaged away.

    .. math:: W = D^{-1} A\, \sigma(D^{-1} A X \Theta_1) \Theta_2

    Shapes: vectors (N, e), seen rows (S, d) → bank (C, d).

    Source: Kampffmeyer et al. 2019, Rethinking Knowledge Graph Propagation for Zero-Shot Learning, eq. 2 and 3.
    """

    name = "sgcn"
    citation = "Kampffmeyer, Chen, Liang, Wang, Zhang, Xing 2019, Rethinking Knowledge Graph Propagation"
    reads = "vectors, relations"
    Options: ClassVar[type[base.Options]] = SGCNOptions
