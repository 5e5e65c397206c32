"""DAP: attributes are predicted from inputs, and classes from attributes."""

from __future__ import annotations

from typing import ClassVar, Literal, Self

import numpy as np

from kgzsl.arrays import Array
from kgzsl.bank import ClassifierBank, InputMap
from kgzsl.features import FeatureSet
from kgzsl.learners import base
from kgzsl.learners.attribute.presence import Presence, presence_of, presence_stage
from kgzsl.learners.described import require_attributes, require_described
from kgzsl.learners.examples import Examples, examples
from kgzsl.learners.linear import LinearStage, own
from kgzsl.learners.mapped import Mapped
from kgzsl.semantics.space import ClassSpace

MOST = 1000


class DAPOptions(base.Options):
    """Settings; chosen on held-out seen birds (three class folds of the 150 of CUB), by H and T1."""

    ridge: float = base.tuned(0.1, 0.01, 100.0, log=True, gt=0, description="penalty of the attribute classifiers")
    prior: Literal["classes", "even"] = base.choice("classes", description="of attributes: share of classes, or half")


class DAP(Mapped):
    r"""Attribute classifiers, and for each class the product of what they say of its attributes.

    .. math:: p(z | x) \propto \prod_m \frac{p(a_m^z | x)}{p(a_m^z)}, \quad
        p(a_m = 1 | x) = \sigma(\beta_m \cdot x + b_m)

    Up to what is the same for all classes its logarithm is linear in the input, and that is the bank:

    .. math:: w_z = \sum_m a_m^z \beta_m, \quad
        b_z = \sum_m a_m^z \Big(b_m - \log \frac{p(a_m)}{1 - p(a_m)}\Big)

    An attribute is present (:math:`a_m^z = 1`) where its strength, as a share of the length of the class's attribute
    vector, exceeds the mean of the seen classes; an attribute without degrees, wherever it is stated.

    Shapes: inputs (n, d), attributes (S, M) → bank (C, d + 1), the last column on a one.

    Source: Lampert, Nickisch, Harmeling 2009, and 2014, Attribute-based classification for zero-shot visual
    object categorization: direct attribute prediction.
    """

    name = "dap"
    family = "attribute-based"
    citation = "Lampert, Nickisch, Harmeling 2009, Learning to Detect Unseen Object Classes by Attribute Transfer"
    reads = "attributes"
    Options: ClassVar[type[base.Options]] = DAPOptions

    def fit(
        self,
        space: ClassSpace,
        seen: ClassifierBank,
        features: FeatureSet | None = None,
        seed: int = 0,
        progress: base.Progress | None = None,
    ) -> Self:
        """Fit a classifier for every attribute; see the base class."""
        at = self._remember(space, seen)
        require_attributes(self, space)
        require_described(self, space)
        return self.take_attributes(space, presence_of(space, at), examples(self, features), progress)

    def take_attributes(
        self, space: ClassSpace, known: Presence, given: Examples, progress: base.Progress | None
    ) -> Self:  # fmt: skip
        """Fit on examples of classes that have these attributes."""
        map_ = classifiers(given, known, self.options.ridge, progress)
        map_[:, -1] -= known.log_odds(self.options.prior == "even")
        return self.take(space, InputMap(given.center, constant=True), cuts=known.cuts, map=map_)

    def stages(self) -> list[LinearStage]:
        """See the base class."""
        return [presence_stage(self.fitted["cuts"]), own("attribute classifiers", self.fitted["map"])]

    def row_width(self) -> int:
        """See the base class."""
        return int(self.fitted["map"].shape[1])


def classifiers(given: Examples, known: Presence, ridge: float, progress: base.Progress | None) -> Array:
    """Return weights and intercept of a classifier for each attribute; zeros for those that tell nothing.

    Shape: (M, d + 1).
    """
    from sklearn.linear_model import LogisticRegression

    rows = np.zeros((len(known.telling), given.X.shape[1] + 1))
    telling = np.flatnonzero(known.telling)
    for number, m in enumerate(telling):
        model = LogisticRegression(C=1 / ridge, max_iter=MOST).fit(given.X, known.has[given.y, m])
        rows[m] = np.append(model.coef_[0], model.intercept_)
        if progress:
            progress("attribute classifiers", number + 1, len(telling))
    return rows
