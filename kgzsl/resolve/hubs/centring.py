"""Centring."""

from __future__ import annotations

from kgzsl.arrays import Array
from kgzsl.resolve.hubs.columns import Columns
from kgzsl.resolve.hubs.cure import Taken
from kgzsl.resolve.hubs.inductive import InductiveOffsets
from kgzsl.resolve.hubs.transductive import Transductive


class _Centring(Taken):
    def nearness(self, columns: Columns, reach: float) -> Array:
        """See the base class."""
        return columns.mean()


class Centring(InductiveOffsets, _Centring):
    r"""Move the origin to the mean of inputs: what a class scores for all inputs alike says nothing of one.

    .. math:: \hat s(x, c) = \langle x - \lambda \bar x, w_c \rangle + b_c - \lambda b_c
        = s(x, c) - \lambda \frac{1}{m} \sum_{x'} s(x', c)

    over m inputs x' of *other* seen classes. Inputs are centred as the classifiers read them, after the bank's map.
    That class vectors are centred too takes the same from all scores of an input.

    Shapes: (n, C) → (n, C). The ranking does not depend on the scale of scores.

    Source: Suzuki, Hara, Shimbo, Saerens, Fukumizu 2013, Centering Similarity Measures to Reduce Hubs, sec. 4; Hara,
    Suzuki, Shimbo, Kobayashi, Fukumizu, Radovanović 2015, Localized Centering.
    """

    name = "centring"
    citation = "Suzuki, Hara, Shimbo, Saerens, Fukumizu 2013; Hara et al. 2015"


class CentringBatch(Transductive, _Centring):
    """The same with the inputs of the batch in place of those of seen classes, as published.

    Source: Suzuki, Hara, Shimbo, Saerens, Fukumizu 2013, Centering Similarity Measures to Reduce Hubs, sec. 4.
    """

    name = "centring-batch"
    citation = "Suzuki, Hara, Shimbo, Saerens, Fukumizu 2013; Hara et al. 2015"
