"""Non-iterative contextual dissimilarity."""

from __future__ import annotations

from kgzsl.resolve.hubs.columns import Columns
from kgzsl.resolve.hubs.cure import Level, Near
from kgzsl.resolve.hubs.inductive import Inductive
from kgzsl.resolve.hubs.scaled import Scaled, distances
from kgzsl.resolve.hubs.transductive import Transductive
from kgzsl.resolve.hubs.worth import Setting


class _Nicdm(Scaled, Near):
    def level(self, columns: Columns, setting: Setting) -> Level:
        """See the base class."""
        return distances(columns, setting, self.nearest(columns, setting.reach).mean(axis=0))


class Nicdm(Inductive, _Nicdm):
    r"""Divide distances by the mean distance of a class to the inputs that it is nearest to.

    .. math:: \hat d(x, c) = d(x, c) / \mu(c)^\lambda, \quad \mu(c) = \frac{1}{k} \sum_{x' \in N_k(c)} d(x', c)

    with :math:`N_k(c)` the k inputs of *other* seen classes that are nearest to c. The published form is
    :math:`d(x, c) / \sqrt{\mu(x) \mu(c)}`, which ranks like :math:`\lambda = 1/2`: :math:`\mu(x)` is the same for all
    classes. What a distance is, see :class:`Scaled`.

    Shapes: (n, C) → (n, C). The ranking does not depend on scale and zero of scores.

    Source: Schnitzer, Flexer, Schedl, Widmer 2012, Local and Global Scaling Reduce Hubs in Space, eq. 2; Jégou,
    Harzallah, Schmid 2007, A Contextual Dissimilarity Measure.
    """

    name = "nicdm"
    citation = "Schnitzer, Flexer, Schedl, Widmer 2012; Jégou, Harzallah, Schmid 2007"


class NicdmBatch(Transductive, _Nicdm):
    """The same with the inputs of the batch in place of those of seen classes, as published.

    Source: Schnitzer, Flexer, Schedl, Widmer 2012, Local and Global Scaling Reduce Hubs in Space, eq. 2.
    """

    name = "nicdm-batch"
    citation = "Schnitzer, Flexer, Schedl, Widmer 2012; Jégou, Harzallah, Schmid 2007"
