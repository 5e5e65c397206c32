"""Prototypes of unseen classes, refined by inputs without labels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar, Self

import numpy as np

from kgzsl.arrays import Array, softmax, unit_rows
from kgzsl.resolve.query import Query
from kgzsl.resolve.shift.focus import Focus, standard
from kgzsl.resolve.shift.focused import Focused
from kgzsl.resolve.shift.guarded import Attempt, Settings, moved

ITERATIONS = 5


class Prototypes(Focused):
    r"""Move classifiers of unseen classes to the inputs that they are the likely answers to.

    With inputs :math:`z` about the mean of the batch, and classifiers :math:`w_c`, all of unit length,

    .. math:: p_{nc} = \mathrm{softmax}_c \left( \frac{s_{nc}}{T} - \beta \log N_c \right), \quad
        N_c = \sum_n p_{nc}, \quad
        w_c' \propto \kappa w_c + \sum_n p_{nc} z_n, \quad
        s_{nc}' = s_{nc} + \frac{z_n \cdot (w_c' - w_c)}{u}

    where :math:`u` is the spread of :math:`z \cdot w_c`; five times over, the first :math:`s` being the scores about
    their means over the batch. Short of the whole mean, what is left of it would add up with the inputs of a class, and
    classes that are often the answer would become so ever more. The anchor :math:`\kappa` is worth so many inputs: a
    class without inputs keeps its classifier, and few inputs hardly move it. It grows with batches that are larger than
    those of the rehearsals, so that classifiers never move further than was rehearsed. Of seen classes nothing is
    moved; see :class:`Focus`.

    Shapes: scores (n, C) → (n, C); memory of :math:`n \cdot K` for K unseen candidates.

    Source: soft k-means on unlabelled inputs, Ren et al. 2018, Meta-Learning for Semi-Supervised Few-Shot
    Classification, eq. 3, with the classifier as a prior of its mean; the mean of the batch taken away as in Liu, Song,
    Qin 2020, Prototype Rectification for Few-Shot Learning, eq. 6.
    """

    name = "prototypes"
    citation = "Ren et al. 2018; Liu, Song, Qin 2020"
    GRID: ClassVar[Mapping[str, tuple[float, ...]]] = {
        "anchor": (4.0, 2.0, 8.0, 16.0, 64.0),
        "balance": (0.0, 0.5, 1.0),
        "temperature": (0.25, 0.15, 0.4),
    }
    why = "the mean of fewer tells more of what they are than of what they have in common"

    most: float = 0.0
    """Inputs a candidate in the largest batch that was rehearsed; above it the anchor grows with the batch."""

    def attempt(self, query: Query, prepared: tuple[Focus, float], settings: Settings) -> Attempt:
        """See the base class."""
        focus, safety = prepared
        often = len(focus.inputs) / len(focus.columns)
        anchor = settings["anchor"] * max(1.0, often / self.most) if self.most else settings["anchor"]
        scores, way = refined(*focus.centred(), focus.rows, {**settings, "anchor": anchor})
        changed = focus.changed(query, scores)
        figures = moved(query.scores, changed) | {"movement": way}
        return Attempt(query.scored(changed), safety, figures)

    def rehearsed(self, prepared: Sequence[tuple[Focus, float]]) -> None:
        """See the base class."""
        self.most = max((len(focus.inputs) / len(focus.columns) for focus, _ in prepared), default=0.0)

    def state(self) -> dict[str, Array]:
        """See the base class."""
        return super().state() | {"most": np.array([self.most])}

    def restore(self, arrays: dict[str, Array]) -> Self:
        """See the base class."""
        self.most = float(arrays["most"][0])
        return super().restore(arrays)

    def told(self, figures: Mapping[str, float]) -> str:
        """See the base class."""
        return f"; prototypes moved by {figures['movement']:.2f} of their length in the mean"


def refined(inputs: Array, start: Array, rows: Array, settings: Settings) -> tuple[Array, float]:
    """Return the scores by refined prototypes, and by how much these moved in the mean.

    Shapes: (m, d), (m, K), (K, d) → (m, K).
    """
    temperature, anchor, balance = settings["temperature"], settings["anchor"], settings["balance"]
    told = inputs @ rows.T
    _, unit = standard(told)
    scores, found, handicap = start, rows, np.zeros(len(rows), start.dtype)
    for _ in range(ITERATIONS):
        chances = softmax(scores / temperature - handicap)
        often = chances.sum(axis=0)
        handicap = balance * np.log((often + 1) / (len(inputs) + len(rows)))
        found = unit_rows(anchor * rows + chances.T @ inputs)
        scores, _ = standard(start + (inputs @ found.T - told) / np.float32(unit))
    way = np.linalg.norm(found - rows, axis=1).mean() if len(rows) else 0.0
    return np.asarray(scores - temperature * handicap), float(way)
