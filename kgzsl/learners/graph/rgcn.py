"""RGCN: a matrix for each relation type and direction, as mixtures of a few bases."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from pydantic import Field

from kgzsl.learners import base
from kgzsl.learners.networks.base import NetworkLearner, NetworkOptions
from kgzsl.propagation.operators import Itself, Operator, Related

if TYPE_CHECKING:
    from torch import nn


class RGCNOptions(NetworkOptions):
    """Settings; those of the GCN but for the bases."""

    bases: int = Field(2, ge=1, description="matrices that relations share")


class RGCN(NetworkLearner):
    r"""Relational graph convolution with basis decomposition.

    .. math:: H' = \sigma\Big(\sum_b \sum_r c_{rb} D_r^{-1} A_r H V_b + H W_0\Big)

    r runs over the recipe's relations along and against them. Relations that were not there when it was fitted are
    not read.

    Shapes: vectors (N, e), seen rows (S, d) → bank (C, d).

    Source: Schlichtkrull et al. 2018, eq. 2 and 3.
    """

    name = "rgcn"
    citation = "Schlichtkrull, Kipf, Bloem, van den Berg, Titov, Welling 2018, Modeling Relational Data with GCNs"
    reads = "vectors, relation types"
    Options: ClassVar[type[base.Options]] = RGCNOptions

    def operators(self) -> list[tuple[Operator, ...]]:
        """See the base class."""
        return [(*relational(self.relations), Itself())] * self.options.layers

    def modules(self, widths: Sequence[int]) -> list[nn.Module]:
        """See the base class."""
        from kgzsl.learners.networks.modules import Convolution

        count, bases = 2 * len(self.relations), self.options.bases
        shares = np.zeros((count + 1, bases + 1), np.float32)
        shares[:count, :bases] = np.random.default_rng(0).uniform(0.5, 1.5, (count, bases)) / bases
        shares[count, bases] = 1.0
        return [Convolution(a, b, shares, "free") for a, b in pairwise(widths)]


def relational(relations: Sequence[str]) -> list[Operator]:
    """Return every relation along and against it."""
    return [Related(name, backward) for name in relations for backward in (False, True)]
