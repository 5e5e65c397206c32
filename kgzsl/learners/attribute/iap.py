"""IAP: seen classes are predicted from inputs, attributes from seen classes, and classes from attributes."""

from __future__ import annotations

from typing import ClassVar, Literal, Self

import numpy as np

from kgzsl.bank import ClassifierBank, InputMap
from kgzsl.features import FeatureSet
from kgzsl.learners import base
from kgzsl.learners.attribute.presence import presence_of, presence_stage
from kgzsl.learners.described import require_attributes, require_described
from kgzsl.learners.embedding.lengths import for_lengths
from kgzsl.learners.linear import LinearStage, own
from kgzsl.learners.mapped import Mapped
from kgzsl.semantics.space import ClassSpace


class IAPOptions(base.Options):
    """Settings; chosen on held-out seen birds (three class folds of the 150 of CUB)."""

    prior: Literal["classes", "even"] = base.choice("classes", description="of attributes: share of classes, or half")


class IAP(Mapped):
    r"""Chances of attributes through the layer of seen classes, and for each class their product.

    .. math:: p(a_m | x) = \sum_k p(y_k | x)\, a_m^{y_k}, \quad
        p(z | x) \propto \prod_m \frac{p(a_m^z | x)}{p(a_m^z)}

    Up to what is the same for all classes, the logarithm is linear in the log-odds of attributes: these are what inputs
    are mapped to, and a row holds a one for each attribute that the class has. Its last column takes the prior log-odds
    of these attributes off. Presence is decided as in DAP. Where there are labelled inputs, they say whether the layer
    reads inputs as they are or by unit length.

    Shapes: layer (S, d + 1), attributes (S, M) → bank (C, M + 1), the last column on a one.

    Source: Lampert, Nickisch, Harmeling 2009, and 2014, Attribute-based classification for zero-shot visual object
    categorization: indirect attribute prediction.
    """

    name = "iap"
    family = "attribute-based"
    citation = "Lampert, Nickisch, Harmeling 2009, Learning to Detect Unseen Object Classes by Attribute Transfer"
    reads = "attributes"
    learns_from = "rows"
    Options: ClassVar[type[base.Options]] = IAPOptions

    def fit(
        self,
        space: ClassSpace,
        seen: ClassifierBank,
        features: FeatureSet | None = None,
        seed: int = 0,
        progress: base.Progress | None = None,
    ) -> Self:
        """Remember the layer with its bias, and the attributes of seen classes; see the base class."""
        at = self._remember(space, seen)
        require_attributes(self, space)
        require_described(self, space)
        known, of = presence_of(space, at), seen.rows(self.seen_ids)
        layer = np.column_stack([seen.weights[of], seen.bias[of]]).astype(np.float32)
        layer = for_lengths(layer, self.seen_ids, features)
        inputs = InputMap(layer=layer, anchors=known.has.astype(np.float32), top=len(layer), odds=True, constant=True)
        prior = np.where(known.telling, -known.log_odds(self.options.prior == "even"), 0)
        return self.take(space, inputs, cuts=known.cuts, map=np.column_stack([np.diag(known.telling * 1.0), prior]))

    def stages(self) -> list[LinearStage]:
        """See the base class."""
        return [presence_stage(self.fitted["cuts"]), own("attributes", self.fitted["map"])]

    def row_width(self) -> int:
        """See the base class."""
        return int(self.fitted["map"].shape[1])
