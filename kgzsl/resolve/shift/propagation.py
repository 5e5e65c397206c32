"""Label propagation over a batch of inputs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from pydantic import Field

from kgzsl.arrays import Array, softmax
from kgzsl.resolve.query import Query
from kgzsl.resolve.shift.focus import Focus, standard
from kgzsl.resolve.shift.focused import Focused
from kgzsl.resolve.shift.guarded import Attempt, GuardedOptions, Settings, moved

if TYPE_CHECKING:
    from scipy.sparse import csr_array

ROUNDS, SHARPNESS, TINY, CHUNK = 30, 3, 1e-9, 1024


class LabelPropagationOptions(GuardedOptions):
    """Settings of label propagation."""

    most: int = Field(50_000, ge=2, description="inputs that neighbours are looked for among; above, it declines")


class LabelPropagation(Focused):
    r"""Let inputs that are near to each other agree.

    .. math:: F = (1 - \alpha) (I - \alpha D^{-1/2} A D^{-1/2})^{-1} Y, \quad
        Y = \mathrm{softmax}(s / T), \quad s' = T (\log F - \beta \log \textstyle\sum_n F_n)

    :math:`A` joins each input to its k nearest, by the third power of the cosine about a share of the mean of the
    batch; :math:`\alpha` is how much of a label comes from neighbours, :math:`\beta` takes off what a class has of the
    whole batch. The series of powers is cut after 30 terms. Of seen classes nothing is moved; see :class:`Focus`.

    Shapes: scores (n, C) → (n, C). Neighbours are found in chunks: n² multiplications, memory of n · k.

    Source: Zhou, Bousquet, Lal, Weston, Schölkopf 2004, Learning with Local and Global Consistency, sec. 2; over
    zero-shot scores Fu, Hospedales, Xiang, Gong 2015, Transductive Multi-View Zero-Shot Learning, sec. 4.
    """

    name = "label-propagation"
    citation = "Zhou et al. 2004; Fu, Hospedales, Xiang, Gong 2015"
    Options = LabelPropagationOptions
    GRID: ClassVar[Mapping[str, tuple[float, ...]]] = {
        "strength": (0.8, 0.3, 0.5, 0.9),
        "balance": (0.0, 0.5, 1.0),
        "neighbours": (5, 3, 10),
        "temperature": (0.25, 0.5),
        "centring": (1.0, 0.5, 0.0),
    }
    why = "among fewer the nearest is seldom of the same class"

    def attempt(self, query: Query, prepared: tuple[Focus, float], settings: Settings) -> Attempt:
        """See the base class."""
        focus, safety = prepared
        inputs, start = focus.centred(settings["centring"])
        scores = propagated(inputs, start, settings)
        changed = focus.changed(query, scores)
        return Attempt(query.scored(changed), safety, moved(query.scores, changed))

    def refusal(self, count: int) -> str | None:
        """See the base class; finding neighbours costs the square of the inputs."""
        if count > self.options.most:
            return f"{count} inputs, and neighbours are looked for among {self.options.most} at most: ask in batches"
        return super().refusal(count)

    def told(self, figures: Mapping[str, float]) -> str:
        """See the base class."""
        return f", by {int(self.settings['neighbours'])} neighbours each"


def propagated(inputs: Array, start: Array, settings: Settings) -> Array:
    """Return scores after labels were propagated over inputs of unit length. Shapes: (m, d), (m, K) → (m, K)."""
    temperature, alpha = settings["temperature"], np.float32(settings["strength"])
    joined = neighbours(inputs, int(settings["neighbours"]))
    own = softmax(start / temperature).astype(np.float32)
    labels = own
    for _ in range(ROUNDS):
        labels = alpha * (joined @ labels) + (1 - alpha) * own
    often = np.log(labels.sum(axis=0) + TINY)
    scores, _ = standard(temperature * (np.log(labels + TINY) - settings["balance"] * often))
    return scores


def neighbours(inputs: Array, k: int) -> csr_array:
    """Return the symmetrically normalised graph of nearest inputs, sparse. Shapes: (m, d) → (m, m)."""
    from scipy import sparse

    m, k = len(inputs), min(k, len(inputs) - 1)
    near, weight = np.zeros((m, k), np.int64), np.zeros((m, k), np.float32)
    for at in range(0, m, CHUNK):
        cosines = inputs[at : at + CHUNK] @ inputs.T
        rows = np.arange(len(cosines))
        cosines[rows, at + rows] = -np.inf
        near[at : at + CHUNK] = np.argpartition(-cosines, k - 1, axis=1)[:, :k]
        weight[at : at + CHUNK] = np.take_along_axis(cosines, near[at : at + CHUNK], axis=1)
    weight = np.maximum(weight, 0) ** SHARPNESS
    graph = sparse.csr_array((weight.ravel(), (np.repeat(np.arange(m), k), near.ravel())), shape=(m, m))
    graph = graph.maximum(graph.T)
    degree = np.asarray(graph.sum(axis=1)).ravel()
    root = sparse.diags_array(np.divide(1, np.sqrt(degree), out=np.zeros_like(degree), where=degree > 0))
    return sparse.csr_array(root @ graph @ root)
