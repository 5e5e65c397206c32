"""DeViSE: a linear map of inputs to class vectors, trained to rank the right class first."""

from __future__ import annotations

from typing import ClassVar, Self

import numpy as np

from kgzsl.bank import ClassifierBank, InputMap
from kgzsl.features import FeatureSet
from kgzsl.learners import base
from kgzsl.learners.embedding.embedded import Embedded, RankedOptions, middle_of, places
from kgzsl.learners.examples import examples
from kgzsl.semantics.space import ClassSpace


class DeViSE(Embedded):
    r"""Every wrong class whose vector comes too near to the mapped input is pushed away.

    .. math:: \min_M \sum_i \sum_{j \ne y_i} \max(0, m - t_{y_i} \cdot x_i M + t_j \cdot x_i M), \quad
        f_c(x) = \cos(x M, t_c)

    t: class vectors of unit length. Published with a sum that is cut at the first wrong class that comes too near, in
    random order, for speed; here it is whole. Published with Adagrad and then with the image network trained on;
    here with Adam, and inputs are as they are given.

    Shapes: inputs (n, d), class vectors t (S, e) → M (d, e), bank (C, e).

    Source: Frome et al. 2013, eq. 1.
    """

    name = "devise"
    family = "embedding-based"
    citation = "Frome et al. 2013, DeViSE: A Deep Visual-Semantic Embedding Model"
    reads = "vectors"
    Options: ClassVar[type[base.Options]] = RankedOptions

    def fit(
        self,
        space: ClassSpace,
        seen: ClassifierBank,
        features: FeatureSet | None = None,
        seed: int = 0,
        progress: base.Progress | None = None,
    ) -> Self:
        """Train; see the base class."""
        from kgzsl.learners.networks.hinge import hinge_rank, ranked_map

        at = self._remember(space, seen)
        given = examples(self, features)
        middle = middle_of(space.vectors[at], self.options.centre)
        map_ = ranked_map(self, given.X, given.y, places(space.vectors[at], middle), hinge_rank, seed, progress)
        whole = np.vstack([map_, np.zeros((1, map_.shape[1]), np.float32)])
        return self.take(space, InputMap(given.center, maps=(whole,), unit=True), middle=middle)
