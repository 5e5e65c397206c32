"""DAP on attributes that classes take over from their neighbours in the graph where they state none."""

from __future__ import annotations

from typing import ClassVar, Self

import numpy as np
from scipy import sparse

from kgzsl.arrays import Array, unit_rows
from kgzsl.bank import ClassifierBank
from kgzsl.errors import LearnerError
from kgzsl.features import FeatureSet
from kgzsl.learners import base
from kgzsl.learners.attribute.dap import DAP, DAPOptions
from kgzsl.learners.attribute.presence import attribute_names, presence
from kgzsl.learners.chained import rowwise
from kgzsl.learners.described import require_attributes
from kgzsl.learners.examples import Examples, examples
from kgzsl.learners.linear import Linearised, LinearPart, LinearStage, Term, own, unit
from kgzsl.propagation.operators import Itself, Neighbours
from kgzsl.propagation.pipeline import Chain, Stage, stage_values
from kgzsl.semantics.space import ClassSpace


class PropagatedDAPOptions(DAPOptions):
    """Settings; hops and weight chosen on held-out seen animals with half of their attributes withheld."""

    hops: int = base.tuned(4, 1, 6, ge=1, le=8, description="steps over which attributes spread")
    weight: float = base.tuned(1.0, 0.25, 2.0, log=True, gt=0, description="of what neighbours say, beside one")


class PropagatedDAP(DAP):
    r"""DAP after attributes have spread over the relations of the recipe, into gaps alone.

    .. math:: v_{c,m}^{(k+1)} = v_{c,m}^{(k)} \;\text{ where it is not zero, else }\;
        w\, u\big(D^{-1} A\, v^{(k)}\big)_{c,m}

    u: rows of unit length. What a class states is never changed; what it does not state comes from the nearest concepts
    that state it. Zero counts as not stated: a strength of zero is taken over as well where neighbours have more, but
    present is only what then exceeds the mean of the seen classes. Seen classes take attributes over before attribute
    classifiers are fitted, so that both mean the same.

    Shapes: inputs (n, d), attributes (N, M) → bank (C, d + 1), the last column on a one.

    Source: Liu, Zhou, Long, Jiang, Zhang 2020, Attribute Propagation Network for Graph Zero-Shot Learning:
    there the propagation is learnt, with attention, and classes are found by a learnt metric; here it is fixed, and
    they are found by DAP.
    """

    name = "propagated-dap"
    family = "attribute-based"
    citation = "Liu, Zhou, Long, Jiang, Zhang 2020, Attribute Propagation Network for Graph Zero-Shot Learning"
    reads = "attributes, relations"
    Options: ClassVar[type[base.Options]] = PropagatedDAPOptions

    def fit(
        self,
        space: ClassSpace,
        seen: ClassifierBank,
        features: FeatureSet | None = None,
        seed: int = 0,
        progress: base.Progress | None = None,
    ) -> Self:
        """Spread attributes and fit a classifier for each; see the base class."""
        self._remember(space, seen)
        require_attributes(self, space)
        self.width = space.vectors.shape[1]
        strengths = stage_values(self._spread(), space, self.seen_ids, self.options.hops - 1)
        real = np.asarray(strengths.any(axis=1))
        if not real.any():
            concept = space.graph.concepts[self.seen_ids[0]]
            raise LearnerError("no seen class has an attribute, of its own or from the graph", value=self.seen_ids[:3],
                               file=concept.file or None, line=concept.line or None,
                               fix="state attributes of some, or use kernel, gcn or ppr")  # fmt: skip
        known = presence(strengths[real], attribute_names(space))
        return self.take_attributes(space, known, _of(real, examples(self, features)), progress)

    def chains(self) -> list[Chain]:
        """See the base class."""
        return [[*self._spread(), rowwise(self.rows_of, self.row_width())]]

    def linear(self, space: ClassSpace, iri: str) -> Linearised:
        """See the base class; exact at a fixed choice of gaps and fixed lengths."""
        same, none = np.eye(self.width, dtype=np.float32), np.zeros((self.width, self.width), np.float32)
        terms = Term(Itself(), np.hstack([same, none])), Term(Neighbours(loops=False), np.hstack([none, same]))
        step = [LinearStage("neighbours", terms, gate=self._gaps), own("attributes", np.vstack([same, same]))]
        stages = (own("description"), *step * self.options.hops, *self.stages())
        return Linearised((LinearPart(stages, (iri,)),), unit=self.cosine)

    def _spread(self) -> list[Stage]:
        return [Stage((Itself(), Neighbours(loops=False)), self._filled, self.width)] * self.options.hops

    def _filled(self, matrices: list[sparse.csr_array], values: Array) -> Array:
        mine, near = (matrix @ values for matrix in matrices)
        return np.asarray(np.where(mine != 0, mine, self.options.weight * unit_rows(near)), np.float32)

    def _gaps(self, rows: Array) -> Array:
        """Return what keeps own strengths, and of the neighbours' those that fill a gap. Shapes: (n, 2M) → same."""
        mine, near = np.hsplit(rows, 2)
        return np.hstack([np.ones_like(mine), (mine == 0) * self.options.weight * unit(near)])


def _of(real: Array, given: Examples) -> Examples:
    """Return the examples of some seen classes, which are numbered anew. Shape: (S,) bool."""
    kept = real[given.y]
    return Examples(given.X[kept], (np.cumsum(real) - 1)[given.y[kept]], given.center)
