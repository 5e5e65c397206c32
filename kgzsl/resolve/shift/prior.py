"""How often classes occur in a batch, and what that says of each input."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import numpy as np

from kgzsl.arrays import Array, softmax
from kgzsl.resolve.query import Query
from kgzsl.resolve.shift.focus import Focus
from kgzsl.resolve.shift.focused import Focused
from kgzsl.resolve.shift.guarded import Attempt, Settings, moved

ROUNDS, NARROW = 50, 0.1


class ClassPrior(Focused):
    r"""Estimate how often each class occurs in the batch, and prefer frequent ones.

    .. math:: \pi_c \leftarrow \frac{a + \sum_n p_{nc}}{n + a K}, \quad
        p_{nc} \propto \pi_c e^{s_{nc} / T}, \quad s_{nc}' = s_{nc} + T \log K \pi_c

    :math:`s` in units of its spread; :math:`a` is what a class has before any input, and :math:`T` is chosen. Scores of
    classes that were never seen are no good chances, and the estimate makes hubs of hubs: so the cure is applied only
    where the batch looks like one of so few classes as it took to pay on rehearsed batches, by the perplexity of the
    estimate and by :func:`breadth`. Of seen classes nothing is moved; see :class:`Focus`.

    Shapes: scores (n, C) → (n, C).

    Source: Saerens, Latinne, Decaestecker 2002, Adjusting the Outputs of a Classifier to New a Priori Probabilities,
    eq. 2.9, with a Dirichlet prior.
    """

    name = "prior"
    citation = "Saerens, Latinne, Decaestecker 2002"
    GRID: ClassVar[Mapping[str, tuple[float, ...]]] = {
        "temperature": (0.25, 0.15, 0.4, 0.6),
        "smoothing": (1.0, 0.1, 5.0),
    }
    why = "how often classes occur cannot be told from fewer"
    unsafe = "the inputs seem to be of many classes, among which an estimate of how often each occurs favours hubs"

    def attempt(self, query: Query, prepared: tuple[Focus, float], settings: Settings) -> Attempt:
        """See the base class; safe is a prior of few classes, as a share of the candidates, in a narrow batch."""
        (focus, broad), temperature = prepared, settings["temperature"]
        prior = occurrence(focus.scores / temperature, settings["smoothing"])
        many = float(np.exp(-(prior * np.log(prior)).sum()))
        lift = temperature * np.log(len(prior) * prior)
        changed = focus.changed(query, focus.scores + lift.astype(focus.scores.dtype))
        figures = moved(query.scores, changed) | {"perplexity": many, "candidates": float(len(prior))}
        return Attempt(query.scored(changed), (1 - many / len(prior)) / max(broad, NARROW), figures)

    def told(self, figures: Mapping[str, float]) -> str:
        """See the base class."""
        return f": the inputs seem to be of {figures['perplexity']:.1f} of {int(figures['candidates'])} classes"


def occurrence(logits: Array, smoothing: float) -> Array:
    """Return the most likely share of each class, all above zero. Shapes: (m, K) → (K,)."""
    n, classes = logits.shape
    prior = np.full(classes, 1 / classes)
    for _ in range(ROUNDS):
        chances = softmax(logits + np.log(prior))
        prior = (chances.sum(axis=0) + smoothing) / (n + classes * smoothing)
    return np.asarray(prior / prior.sum())
