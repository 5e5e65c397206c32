"""GNN-LRP: relevance handed back over walks by the γ rule, for networks of plain convolutions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

import numpy as np
from scipy import sparse

from kgzsl.arrays import Array
from kgzsl.explain.facts import Flow, over_descriptions, over_steps, strongest
from kgzsl.explain.faithfulness.question import Method, Question, Ranking, ranked
from kgzsl.explain.opened import OpenPart, opened
from kgzsl.explain.setting import Setting
from kgzsl.explain.trace import Layer
from kgzsl.graph.classgraph import Relation
from kgzsl.learners.linear import Term
from kgzsl.propagation.pipeline import columns

GAMMA = 0.25
TINY = 1e-9


class GnnLrp(Method):
    r"""Relevance of the walks over a fact, for the class less for the rival.

    .. math:: R_i = \sum_j \frac{A_{ji} c_{ij}}{\sum_i A_{ji} c_{ij} + b} R_j, \quad
        c_{ij} = h_i W + \gamma (h_i W)^{\pm}

    where ± keeps the parts that have the sign of what they add up to. At γ = 0 it is the exact split that ``explain``
    shows; a larger γ lets the larger parts win. Summed over walks, which is one pass back.

    Source: Schnake et al. 2022, Higher-Order Explanations of Graph Neural Networks via Relevant Walks, eq. 8 and 9.
    """

    name = "gnn-lrp"
    citation = "Schnake, Eberle, Lederer, Nakajima, Schütt, Müller, Montavon 2022 (GNN-LRP), γ = 0.25"

    def __init__(self, gamma: float = GAMMA) -> None:
        self.gamma = gamma

    def unavailable(self, setting: Setting) -> str | None:
        """See the base class."""
        found = next((iri for iri in setting.propagation.bank.ids if not setting.given(iri)), None)
        linear = setting.learner.linear(setting.space, found) if found else None
        plain = linear is not None and all(
            part.readout is None and len(part.stages) > 1
            and not any(s.skip or s.attend or s.offset is not None or s.beside is not None for s in part.stages)
            for part in linear.parts
        )  # fmt: skip
        return None if plain else "its rule is there for networks of plain convolutions"

    def __call__(self, question: Question) -> Ranking:
        """See the base class."""
        values: dict[tuple[str, str, str], float] = defaultdict(float)
        for iri, sign in ((question.iri, 1.0), (question.rival, -1.0)):
            for fact, value in self.values(question.setting, question.x, iri).items():
                values[fact[:3]] += sign * value
        return ranked(np.array([values.get(fact[:3], 0.0) for fact in question.facts]), question.seed)

    def values(self, setting: Setting, x: Array, iri: str) -> dict[Relation, float]:
        """Return the relevance that goes over each fact to the score of a class. Shape: (d,)."""
        total: dict[Relation, float] = defaultdict(float)
        found = opened(setting, x, iri)
        for part in found.parts if found else ():
            flows, derivative = self._handed_back(part)
            for fact, value in over_steps(setting, flows):
                total[fact] += value
            for fact, value in over_descriptions(setting, part.descriptions, part.layers[0].reads, derivative):
                total[fact] += value
        return dict(total)

    def _handed_back(self, part: OpenPart) -> tuple[list[Flow], Array]:
        """Return what goes over each step, and relevance of descriptions as a derivative."""
        top = part.layers[-1]
        relevance = np.zeros_like(top.values, np.float64)
        relevance[top.place(part.at)] = part.functional * top.rows(part.at)
        flows: list[Flow] = []
        derivative = np.zeros(0)
        for number in range(len(part.layers) - 1, -1, -1):
            layer = part.layers[number]
            below = part.layers[number - 1] if number else part.descriptions
            read = below.at if isinstance(below, Layer) else layer.reads
            rows = below.rows(read).astype(np.float64)
            derivative = np.zeros_like(rows)
            for step in self._steps(layer, read, rows, relevance, derivative):
                flows += step
            relevance = derivative * rows
        return flows, derivative.astype(np.float32)

    def _steps(
        self, layer: Layer, read: Array, rows: Array, relevance: Array, derivative: Array
    ) -> Iterator[list[Flow]]:
        """Hand relevance back over every term; adds up the derivatives with respect to the rows that are read."""
        before = layer.linear + (layer.stage.bias if layer.stage.bias is not None else 0.0)
        up = before >= 0
        plus, minus = np.maximum(rows, 0), np.minimum(rows, 0)
        terms = [(columns(m, read, np.float64), t, *_signs(t, rows.shape[1]))
                 for m, t in zip(layer.matrices, layer.stage.terms, strict=True)]  # fmt: skip
        bigger, smaller = np.zeros_like(before), np.zeros_like(before)
        for matrix, term, high, low in terms:
            bigger = bigger + term.factor * (matrix @ (plus @ high + minus @ low))
            smaller = smaller + term.factor * (matrix @ (plus @ low + minus @ high))
        whole = before + self.gamma * np.where(up, bigger, smaller)
        share = np.divide(relevance, whole, out=np.zeros_like(relevance), where=np.abs(whole) > TINY)
        rising, falling = share * up, share * ~up
        for matrix, term, high, low in terms:
            straight = share @ (high + low).T
            of_plus = straight + self.gamma * (rising @ high.T + falling @ low.T)
            of_minus = straight + self.gamma * (rising @ low.T + falling @ high.T)
            matrix = term.factor * matrix
            back = sparse.csr_array(matrix.T)
            derivative += np.where(rows >= 0, back @ of_plus, back @ of_minus)
            entries = matrix.tocoo()
            at, to = entries.coords
            values = np.einsum("nw,nw->n", of_plus[at], plus[to]) + np.einsum("nw,nw->n", of_minus[at], minus[to])
            yield list(strongest(term.operator, layer.at[at], read[to], entries.data * values))


def _signs(term: Term, width: int) -> tuple[Array, Array]:
    """Return the positive and the negative part of a term's matrix."""
    weight = term.weight if term.weight is not None else np.eye(width)
    return np.maximum(weight, 0), np.minimum(weight, 0)
