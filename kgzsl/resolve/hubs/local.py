"""Local scaling."""

from __future__ import annotations

from kgzsl.resolve.hubs.columns import Columns
from kgzsl.resolve.hubs.cure import Level, Near
from kgzsl.resolve.hubs.inductive import Inductive
from kgzsl.resolve.hubs.scaled import Scaled, distances
from kgzsl.resolve.hubs.transductive import Transductive
from kgzsl.resolve.hubs.worth import Setting


class _LocalScaling(Scaled, Near):
    def level(self, columns: Columns, setting: Setting) -> Level:
        """See the base class."""
        return distances(columns, setting, self.nearest(columns, setting.reach).min(axis=0))


class LocalScaling(Inductive, _LocalScaling):
    r"""Divide distances by that of a class to the k-th nearest input.

    .. math:: \hat d(x, c) = d(x, c) / \sigma(c)^\lambda

    with :math:`\sigma(c)` the distance of the input of *other* seen classes that is k-th nearest to c. The published
    affinity :math:`\exp(-d(x, c)^2 / (\sigma(x) \sigma(c)))` ranks like :math:`\lambda = 1/2`: its root is taken, and
    :math:`\sigma(x)` is the same for all classes. What a distance is, see :class:`Scaled`.

    Shapes: (n, C) → (n, C). The ranking does not depend on scale and zero of scores.

    Source: Zelnik-Manor, Perona 2004, Self-Tuning Spectral Clustering, eq. 3; against hubs, Schnitzer, Flexer, Schedl,
    Widmer 2012.
    """

    name = "local-scaling"
    citation = "Zelnik-Manor, Perona 2004; Schnitzer, Flexer, Schedl, Widmer 2012"


class LocalScalingBatch(Transductive, _LocalScaling):
    """The same with the inputs of the batch in place of those of seen classes, as published.

    Source: Zelnik-Manor, Perona 2004, Self-Tuning Spectral Clustering, eq. 3.
    """

    name = "local-scaling-batch"
    citation = "Zelnik-Manor, Perona 2004; Schnitzer, Flexer, Schedl, Widmer 2012"
