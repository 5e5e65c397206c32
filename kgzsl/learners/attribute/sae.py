"""SAE: one matrix that maps inputs to descriptions, and by its transpose descriptions to inputs."""

from __future__ import annotations

from typing import ClassVar, Literal, Self

import numpy as np
from scipy import linalg

from kgzsl.arrays import Array
from kgzsl.bank import ClassifierBank, InputMap
from kgzsl.features import FeatureSet
from kgzsl.learners import base
from kgzsl.learners.described import require_described
from kgzsl.learners.examples import examples
from kgzsl.learners.linear import LinearStage, own
from kgzsl.learners.mapped import Mapped
from kgzsl.semantics.space import ClassSpace

ROUNDING = 1e-10


class SAEOptions(base.Options):
    """Settings; chosen on held-out seen birds (three class folds of the 150 of CUB), by H and T1."""

    lambda_: float = base.tuned(10.0, 1e-3, 1e3, log=True, gt=0, description="weight of encoding, beside decoding")
    direction: Literal["encode", "decode"] = base.choice(
        "decode", description="compare descriptions with encoded inputs, or inputs with decoded descriptions")


class SAE(Mapped):
    r"""A linear autoencoder whose code is the description, with tied weights; the solution of a Sylvester equation.

    .. math:: \min_W \|X - W^\top S\|^2 + \lambda \|W X - S\|^2 \;\Rightarrow\;
        S S^\top W + W (\lambda X X^\top) = (1 + \lambda) S X^\top

    The answer is the class nearest by cosine: of :math:`W x` to descriptions (``encode``), or of the input to
    :math:`W^\top s_c` (``decode``). Descriptions are centred by the mean over the inputs that it is fitted on, as
    inputs are. Where the equation has many solutions (fewer seen classes than attributes) the shortest is taken.

    Shapes: inputs (d, n), descriptions (e, n) → W (e, d); bank (C, e) or (C, d).

    Source: Kodirov, Xiang, Gong 2017, Semantic autoencoder for zero-shot learning, sec. 3.
    """

    name = "sae"
    family = "attribute-based"
    citation = "Kodirov, Xiang, Gong 2017, Semantic Autoencoder for Zero-Shot Learning"
    reads = "vectors"
    cosine = True
    Options: ClassVar[type[base.Options]] = SAEOptions

    def fit(
        self,
        space: ClassSpace,
        seen: ClassifierBank,
        features: FeatureSet | None = None,
        seed: int = 0,
        progress: base.Progress | None = None,
    ) -> Self:
        """Solve; see the base class."""
        at = self._remember(space, seen)
        require_described(self, space)
        given = examples(self, features)
        S = space.vectors[at][given.y].astype(np.float64)
        middle = S.mean(axis=0)
        W = autoencoder(given.X, S - middle, self.options.lambda_)
        if self.options.direction == "decode":
            return self.take(space, given.input_map(), middle=middle, map=W)
        encode = np.vstack([W.T, np.zeros(len(W))]).astype(np.float32)
        return self.take(space, InputMap(given.center, maps=(encode,), unit=True), middle=middle)

    def stages(self) -> list[LinearStage]:
        """See the base class."""
        centring = own("mean description", None, None, -self.fitted["middle"])
        return [centring, own("decoding", self.fitted["map"])] if "map" in self.fitted else [centring]

    def row_width(self) -> int:
        """See the base class."""
        return int(self.fitted["map"].shape[1]) if "map" in self.fitted else self.width


def autoencoder(X: Array, S: Array, lambda_: float) -> Array:
    """Return W of the Sylvester equation; both its matrices are symmetric, so their eigenvectors part it.

    The general method (Schur forms) has no answer where eigenvalues of both are zero; nothing is asked for there, and
    W has no part in it.

    Shapes: (n, d), (n, e) → (e, d).
    """
    X, S = X.astype(np.float64), S.astype(np.float64)
    of_codes, U = linalg.eigh(S.T @ S)
    of_inputs, V = linalg.eigh(lambda_ * (X.T @ X))
    sums = of_codes[:, None] + of_inputs
    right = (1 + lambda_) * (U.T @ (S.T @ X) @ V)
    real = sums > ROUNDING * sums.max()
    return np.asarray(U @ np.divide(right, sums, out=np.zeros_like(right), where=real) @ V.T)
