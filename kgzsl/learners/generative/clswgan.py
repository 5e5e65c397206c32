"""f-CLSWGAN: a conditional Wasserstein GAN that generates inputs of classes from their descriptions."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from pydantic import Field

from kgzsl.arrays import Array
from kgzsl.bank import InputMap
from kgzsl.learners import base
from kgzsl.learners.examples import Examples
from kgzsl.learners.generative.generator import Generative, GenerativeOptions, noise
from kgzsl.learners.generative.heads import softmax_rows
from kgzsl.learners.generative.standard import components, standard

SLOPE = 0.2
JUDGE = 1e-4


class CLSWGANOptions(GenerativeOptions):
    """Settings; chosen on two folds of CUB's seen classes, 50 of them held out in each, by H of the row head."""

    shrinkage: float = base.tuned(0.1, 0.0, 1.0, ge=0, le=1, description="of the within-class covariance, for rows")
    components: int = Field(256, ge=1, description="principal components of inputs that are generated, at most")
    latent: int = Field(64, ge=1, description="width of the noise")
    hidden: int = Field(1024, ge=1, description="width of the hidden layers of generator and critic")
    epochs: int = Field(40, ge=1, description="passes over the inputs; more overfits the seen classes")
    batch: int = Field(128, ge=1)
    learning_rate: float = base.tuned(2e-4, 2e-5, 1e-3, log=True, gt=0)
    critic_steps: int = Field(5, ge=1, description="of the critic for each of the generator")
    penalty: float = Field(10.0, ge=0, description="on the critic's slope")
    classification: float = base.tuned(1.0, 1e-3, 10.0, log=True, ge=0, description="weight of the softmax's loss")


class CLSWGAN(Generative):
    r"""A generator that a critic cannot tell from the inputs of a class, and that a softmax of seen classes recognises.

    .. math::
        \min_G \max_D \; \mathbb{E}\, D(x, a) - \mathbb{E}\, D(\tilde x, a)
        - \lambda\, \mathbb{E} (\lVert \nabla_{\hat x} D(\hat x, a) \rVert_2 - 1)^2
        - \beta\, \mathbb{E} \log P(y | \tilde x), \quad \tilde x = G(z, a)

    Both networks have one hidden layer with leaky ReLU, as published. Otherwise than published: x are principal
    components of centred inputs of unit length (see :func:`kgzsl.learners.generative.standard.components`), so that
    the last layer of G is linear, where pooled activations have a ReLU; z is of a width of its own; 1,024 hidden units
    and β = 1, where 4,096 and 0.01 were published; and rows by discriminant analysis of what is generated are the
    default, where a softmax was fitted (``head = "softmax"``).

    Shapes: inputs (n, d) → x (n, k), descriptions a (C, e), noise z (m, l) → bank (C, k + 1).

    Source: Xian et al. 2018, Feature Generating Networks for Zero-Shot Learning, eq. 2-4 and sec. 3.2.
    """

    name = "clswgan"
    citation = "Xian et al. 2018, Feature Generating Networks for Zero-Shot Learning"
    Options: ClassVar[type[base.Options]] = CLSWGANOptions

    def learn(
        self, S: Array, given: Examples, seed: int, progress: base.Progress | None
    ) -> tuple[InputMap, dict[str, Array]]:
        """See the base class."""
        from kgzsl.learners.networks.wgan import Conditional, train_wgan

        options = self.options
        to = components(given.X, options.components)
        Z = given.X @ to[:-1] + to[-1]
        mean, scale = standard(S)
        judge = softmax_rows(Z, given.y, given.classes, JUDGE)
        first, last = train_wgan(self, Conditional(Z, given.y, (S - mean) * scale, judge), seed, progress)
        own = first[: S.shape[1]] * scale
        drawn = noise(options.per_class, options.latent, seed) @ first[S.shape[1] : -1] + first[-1] - mean @ own
        inputs = InputMap(given.center, maps=(to,), constant=True)
        return inputs, {"own": own, "drawn": drawn, "last": last}

    def means(self, vectors: Array) -> Array:
        """See the base class; the last layer is linear, so that it is enough to apply it to the mean."""
        drawn, last = self.fitted["drawn"], self.fitted["last"]
        own = vectors @ self.fitted["own"]
        hidden = np.stack([leaky(row + drawn).mean(axis=0) for row in own]) if len(own) else own
        return np.asarray(hidden @ last[:-1] + last[-1])

    def generated(self, vectors: Array) -> Array:
        """See the base class."""
        drawn, last = self.fitted["drawn"], self.fitted["last"]
        made = [leaky(row + drawn) @ last[:-1] + last[-1] for row in vectors @ self.fitted["own"]]
        return np.array(made, np.float32).reshape(len(vectors), len(drawn), last.shape[1])


def leaky(values: Array) -> Array:
    """Return the leaky ReLU."""
    return np.maximum(values, SLOPE * values)
