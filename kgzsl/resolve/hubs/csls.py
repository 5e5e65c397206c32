"""Cross-domain similarity local scaling."""

from __future__ import annotations

import numpy as np

from kgzsl.arrays import Array
from kgzsl.resolve.hubs.columns import Columns
from kgzsl.resolve.hubs.cure import Near, Taken
from kgzsl.resolve.hubs.inductive import InductiveOffsets
from kgzsl.resolve.hubs.transductive import Transductive


class _Csls(Taken, Near):
    def nearness(self, columns: Columns, reach: float) -> Array:
        """See the base class."""
        return np.asarray(self.nearest(columns, reach).mean(axis=0))


class Csls(InductiveOffsets, _Csls):
    r"""Take from each class what it scores on average for the inputs that it is nearest to.

    .. math:: \hat s(x, c) = s(x, c) - \lambda r(c), \quad r(c) = \frac{1}{k} \sum_{x' \in N_k(c)} s(x', c)

    with :math:`N_k(c)` the k inputs of *other* seen classes that score highest for c. The published form is
    :math:`2 s(x, c) - r(x) - r(c)`, which ranks like :math:`\lambda = 1/2`: r(x) is the same for all classes.

    Shapes: (n, C) → (n, C). The ranking does not depend on the scale of scores.

    Source: Conneau, Lample, Ranzato, Denoyer, Jégou 2018, Word Translation Without Parallel Data, sec. 2.3.
    """

    name = "csls"
    citation = "Conneau, Lample, Ranzato, Denoyer, Jégou 2018"


class CslsBatch(Transductive, _Csls):
    """The same with the inputs of the batch in place of those of seen classes, as published.

    Source: Conneau, Lample, Ranzato, Denoyer, Jégou 2018, Word Translation Without Parallel Data, sec. 2.3.
    """

    name = "csls-batch"
    citation = "Conneau, Lample, Ranzato, Denoyer, Jégou 2018"
