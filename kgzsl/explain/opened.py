"""A score opened up: every part of a classifier traced, and taken back to the descriptions it was computed from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kgzsl.arrays import Array
from kgzsl.explain.setting import Setting
from kgzsl.explain.trace import Layer, Sweep, sweep, trace
from kgzsl.learners.linear import LinearPart


@dataclass(frozen=True, eq=False)
class OpenPart:
    """One part of a classifier.

    Args:
        part: its stages.
        layers: what they computed.
        functional: derivative of the score with respect to the rows of the last layer. Shape: (n, w).
        back: derivatives of the score with respect to everything before.
    """

    part: LinearPart
    layers: list[Layer]
    functional: Array
    back: Sweep

    @property
    def through_descriptions(self) -> float:
        """Part of the score that came in through descriptions: the sum over all paths."""
        first = self.layers[0]
        return float(np.einsum("nw,nw->", self.back.after[0].astype(np.float64), first.values))


@dataclass(frozen=True, eq=False)
class Opened:
    """One score: its parts, what no description has a part in, and how exact the split is."""

    score: float
    parts: list[OpenPart]
    baseline: tuple[tuple[str, float], ...]
    method: str

    @property
    def through_descriptions(self) -> float:
        """Sum over all paths."""
        return sum(part.through_descriptions for part in self.parts)

    @property
    def residual(self) -> float:
        """What is missing, relative to the magnitudes."""
        values = [value for _, value in self.baseline] + [part.through_descriptions for part in self.parts]
        return abs(self.score - sum(values)) / max(sum(map(abs, values)), abs(self.score), 1e-12)


def opened(setting: Setting, x: Array, iri: str) -> Opened | None:
    """Open a score up; None where the learner has no such split, or the classifier is given or empty.

    Args:
        setting: what is explained.
        x: one input. Shape: (d,).
        iri: the class.
    """
    bank, place = setting.propagation.bank, setting.propagation.bank.rows([iri])
    found = None if setting.given(iri) else setting.learner.linear(setting.space, iri)
    if found is None:
        return None
    z = bank.input_map(x[None])[0]
    snapshot = setting.snapshot
    traced, rows, values = [], [], []
    for part in found.parts:
        slots = np.array([snapshot.slot[name] for name in part.at], np.int64)
        layers = trace(part, snapshot, slots)
        ends = layers[-1].values[layers[-1].place(slots)]
        traced.append((layers, layers[-1].place(slots)))
        values.append(ends)
        rows.append(part.share * (part.readout.row(ends) if part.readout else ends[0]))
    length = float(np.linalg.norm(np.sum(rows, axis=0)))
    if not length:
        return None
    baseline, parts = [], []
    for part, (layers, at), ends in zip(found.parts, traced, values, strict=True):
        scale = part.share / length
        functional = np.zeros_like(layers[-1].values)
        if part.readout is None:
            functional[at] = scale * z
        else:
            derivative, name, value = part.readout.functional(ends, z)
            functional[at] = scale * derivative
            baseline.append((name, scale * value))
        back = sweep(layers, functional)
        parts.append(OpenPart(part, layers, functional, back))
        baseline += back.biases
    if bank.bias[place[0]]:
        baseline.append(("bias of the classifier", float(bank.bias[place[0]])))
    return Opened(float(bank.scores(x[None], place)[0, 0]), parts, _merged(baseline), found.method)


def _merged(terms: list[tuple[str, float]]) -> tuple[tuple[str, float], ...]:
    """Sum parts of one name: an ensemble has a bias of every layer several times."""
    total: dict[str, float] = {}
    for name, value in terms:
        total[name] = total.get(name, 0.0) + value
    return tuple(total.items())
