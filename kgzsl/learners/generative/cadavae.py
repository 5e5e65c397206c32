"""CADA-VAE: two autoencoders with one latent space, in which classes are told apart."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from pydantic import Field

from kgzsl.arrays import Array
from kgzsl.bank import InputMap
from kgzsl.learners import base
from kgzsl.learners.examples import Examples
from kgzsl.learners.generative.generator import Generative, GenerativeOptions, noise
from kgzsl.learners.generative.standard import components, standard


class CADAVAEOptions(GenerativeOptions):
    """Settings; chosen on two folds of CUB's seen classes, 50 of them held out in each, by H of the row head."""

    shrinkage: float = base.tuned(0.5, 0.0, 1.0, ge=0, le=1, description="of the within-class covariance, for rows")
    components: int = Field(512, ge=1, description="principal components of inputs that are encoded, at most")
    latent: int = Field(64, ge=1, description="width of a code")
    hidden: int = Field(1560, ge=1, description="width of the encoder of inputs")
    decoder: int = Field(1660, ge=1, description="width of the decoder of inputs")
    class_hidden: int = Field(1450, ge=1, description="width of the encoder of class vectors")
    class_decoder: int = Field(665, ge=1, description="width of the decoder of class vectors")
    epochs: int = Field(10, ge=1, description="passes over the inputs; more overfits the seen classes")
    batch: int = Field(100, ge=1)
    learning_rate: float = base.tuned(1e-3, 2e-5, 5e-3, log=True, gt=0)
    warm_up: float = Field(0.1, gt=0, description="stretch of the schedules: 0.1 is ten times sooner")


class CADAVAE(Generative):
    r"""Autoencoders of inputs and of class vectors that can read each other's codes; classes are codes.

    .. math::
        L = \sum_i \lVert x^i - D_i(E_i(x^i)) \rVert_1 + \beta\, \mathrm{KL}_i
        + \gamma \sum_{i \ne j} \lVert x^j - D_j(E_i(x^i)) \rVert_1
        + \delta \left(\lVert \mu_1 - \mu_2 \rVert^2 + \lVert \sigma_1 - \sigma_2 \rVert^2\right)^{1/2}

    The bank reads mean codes of inputs; what is generated for a class are draws from the code of its vector. Widths of
    the networks, losses and the schedules of β, γ and δ are the published ones. Otherwise than published: inputs are
    principal components (see :func:`kgzsl.learners.generative.standard.components`) of centred inputs of unit length,
    and class vectors are centred and of unit variance; with these, 10 epochs of a higher learning rate do better than
    100, and schedules run ten times sooner (``warm_up``); rows by discriminant analysis are the default, where a
    softmax was fitted (``head = "softmax"``).

    Shapes: inputs (n, d) → codes (n, l), descriptions (C, e) → codes (C, l) → bank (C, l + 1).

    Source: Schönfeld et al. 2019, Generalized Zero- and Few-Shot Learning via Aligned Variational Autoencoders, eq. 1
    to 6.
    """

    name = "cadavae"
    citation = "Schönfeld et al. 2019, Generalized Zero- and Few-Shot Learning via Aligned Variational Autoencoders"
    Options: ClassVar[type[base.Options]] = CADAVAEOptions

    def learn(
        self, S: Array, given: Examples, seed: int, progress: base.Progress | None
    ) -> tuple[InputMap, dict[str, Array]]:
        """See the base class."""
        from kgzsl.learners.networks.aligned import Pairs, train_aligned

        options = self.options
        to = components(given.X, options.components)
        mean, scale = standard(S)
        pairs = Pairs(given.X @ to[:-1] + to[-1], given.y, (S - mean) * scale)
        kept = train_aligned(self, pairs, seed, progress)
        first, code = kept["inputs0"], kept["inputs1"][:, : options.latent]
        first = np.vstack([to[:-1] @ first[:-1], (to[-1] @ first[:-1] + first[-1])[None]])
        own = kept["classes0"][:-1] * scale
        own = np.vstack([own, (kept["classes0"][-1] - mean @ own)[None]])
        inputs = InputMap(given.center, maps=(first, code), constant=True)
        return inputs, {"own": own, "code": kept["classes1"], "noise": noise(options.per_class, options.latent, seed)}

    def means(self, vectors: Array) -> Array:
        """See the base class."""
        mean, deviation = self._codes(vectors)
        return np.asarray(mean + deviation * self.fitted["noise"].mean(axis=0, dtype=np.float64))

    def generated(self, vectors: Array) -> Array:
        """See the base class."""
        mean, deviation = self._codes(vectors)
        return np.asarray(mean[:, None] + deviation[:, None] * self.fitted["noise"], np.float32)

    def _codes(self, vectors: Array) -> tuple[Array, Array]:
        """Return means and deviations of codes. Shapes: (n, e) → (n, l) each."""
        own, code = self.fitted["own"], self.fitted["code"]
        both = np.maximum(vectors @ own[:-1] + own[-1], 0) @ code[:-1] + code[-1]
        mean, spread = np.split(both, 2, axis=1)
        return mean, np.exp(spread / 2)
