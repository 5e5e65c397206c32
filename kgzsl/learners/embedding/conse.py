"""ConSE: inputs become convex combinations of the vectors of seen classes."""

from __future__ import annotations

from typing import ClassVar, Self

import numpy as np
from pydantic import Field

from kgzsl.arrays import Array
from kgzsl.bank import ClassifierBank, InputMap
from kgzsl.features import FeatureSet
from kgzsl.learners import base
from kgzsl.learners.embedding.lengths import for_lengths
from kgzsl.learners.linear import Linearised, LinearPart, own
from kgzsl.semantics.space import ClassSpace


class ConSEOptions(base.Options):
    """Settings."""

    top: int = Field(10, ge=1, description="how many seen classes an input is made of")


class ConSE(base.Learner):
    r""":math:`f(x) = \frac1Z \sum_{t \le T} p(s_t | x)\, v_{s_t}`, then the nearest class vector by cosine.

    Shapes: inputs (n, d) → (n, e); bank (C, e). Source: Norouzi et al. 2014, eq. 2.
    """

    name = "conse"
    family = "embedding-based"
    citation = "Norouzi et al. 2014, Zero-Shot Learning by Convex Combination of Semantic Embeddings"
    reads = "vectors"
    explains = ("inputs",)
    Options: ClassVar[type[base.Options]] = ConSEOptions

    def fit(
        self,
        space: ClassSpace,
        seen: ClassifierBank,
        features: FeatureSet | None = None,
        seed: int = 0,
        progress: base.Progress | None = None,
    ) -> Self:
        """Remember the layer with its bias, and the seen vectors; see the base class."""
        self.anchors = space.vectors[self._remember(space, seen)]
        at = seen.rows(self.seen_ids)
        layer = np.column_stack([seen.weights[at], seen.bias[at]]).astype(np.float32)
        self.layer = for_lengths(layer, self.seen_ids, features)
        return self

    def propagate(self, space: ClassSpace, previous: base.Propagation | None = None) -> base.Propagation:
        """See the base class; every class, seen or not, is its vector."""
        self._check_width(space, self.anchors.shape[1])
        known = set(self.seen_ids)
        seen = np.array([iri in known for iri in space.graph.class_ids])
        inputs = InputMap(layer=self.layer, anchors=self.anchors, top=self.options.top)
        bank = ClassifierBank(space.graph.class_ids, space.vectors[space.class_rows], np.zeros(len(seen), np.float32),
                              seen, inputs, "cosine", self.backbone)  # fmt: skip
        return base.Propagation(bank, {})

    def given(self, iri: str) -> bool:
        """See the base class; every class is its description."""
        return False

    def linear(self, space: ClassSpace, iri: str) -> Linearised:
        """See the base class: a class is its own description, and nothing else has a part."""
        return Linearised((LinearPart((own("description"),), (iri,)),))

    def _arrays(self) -> dict[str, Array]:
        return {"anchors": self.anchors, "layer": self.layer}

    def _set_arrays(self, arrays: dict[str, Array]) -> None:
        self.anchors, self.layer = arrays["anchors"], arrays["layer"]
