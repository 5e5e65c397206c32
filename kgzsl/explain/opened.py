"""A score opened up: every part of a classifier traced, and taken back to the descriptions it was computed from."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from kgzsl.arrays import Array
from kgzsl.explain.descriptions import Descriptions
from kgzsl.explain.setting import Setting
from kgzsl.explain.trace import Layer, Sweep, back, sweep, trace
from kgzsl.learners.linear import LinearPart


@dataclass(frozen=True, eq=False)
class OpenPart:
    """One part of a classifier.

    Args:
        part: its stages.
        descriptions: what its first stage gives.
        layers: what the stages above them computed.
        at: slots of the rows that it is read at. Shape: (n,).
        functional: derivative of the score with respect to these rows. Shape: (n, w).
        swept: derivatives of the score with respect to everything above descriptions.
    """

    part: LinearPart
    descriptions: Descriptions
    layers: list[Layer]
    at: Array
    functional: Array
    swept: Sweep

    @property
    def through_descriptions(self) -> float:
        """Part of the score that came in through descriptions: the sum over all paths."""
        if not self.layers:
            return float(np.einsum("nw,nw->", self.functional.astype(np.float64), self.descriptions.rows(self.at)))
        return float(np.einsum("nw,nw->", self.swept.before[0].astype(np.float64), self.layers[0].linear))

    @property
    def magnitude(self) -> float:
        """Sum of the magnitudes of all products that make up what came in through descriptions."""
        if not self.layers:
            return float(np.abs(self.functional * self.descriptions.rows(self.at)).sum())
        return float(np.abs(self.swept.before[0] * self.layers[0].linear).sum())

    @cached_property
    def described(self) -> tuple[Array, Array]:
        """Slots of the descriptions that count, and the derivative with respect to each. Shapes: (k,), (k, e)."""
        if not self.layers:
            return self.at, self.functional
        read = self.layers[0].reads
        return read, back(self.layers[0], self.swept.before[0], read)


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
        named = [value for _, value in self.baseline]
        size = sum(map(abs, named)) + sum(part.magnitude for part in self.parts)
        return abs(self.score - sum(named) - self.through_descriptions) / max(size, 1e-12)


def opened(setting: Setting, x: Array, iri: str) -> Opened | None:
    """Open a score up; None where the learner has no such split, or the classifier is given or empty.

    Args:
        setting: what is explained.
        x: one input. Shape: (d,).
        iri: the class.
    """
    bank = setting.propagation.bank
    found = None if setting.given(iri) else setting.learner.linear(setting.space, iri)
    if found is None:
        return None
    z = bank.input_map(x[None])[0]
    traced = [_traced(setting, number, part) for number, part in enumerate(found.parts)]
    rows = [_row(part, ends) for part, (_, ends) in zip(found.parts, traced, strict=True)]
    length = float(np.linalg.norm(sum(rows))) if found.unit else 1.0
    if not length:
        return None
    baseline: list[tuple[str, float]] = []
    parts = []
    for part, (open_part, ends) in zip(found.parts, traced, strict=True):
        scale = part.share / length
        functional = scale * z[None]
        if part.readout is not None:
            derivative, name, value = part.readout.functional(ends, z)
            functional = scale * derivative
            baseline.append((name, scale * value))
        swept = sweep(open_part.layers, functional)
        parts.append(replace(open_part, functional=functional, swept=swept))
        baseline += swept.biases
    bias = float(bank.bias[bank.row[iri]])
    baseline += [("bias of the classifier", bias)] if bias else []
    return Opened(setting.score(x, iri), parts, _merged(baseline), found.method)


def _traced(setting: Setting, number: int, part: LinearPart) -> tuple[OpenPart, Array]:
    """Return a part with all but its derivatives, and the rows that it is read at."""
    first, *stages = part.stages
    snapshot = setting.snapshot
    at = np.array([snapshot.slot[name] for name in part.at], np.int64)
    descriptions = Descriptions(first, snapshot, setting.propagation)
    layers = trace(stages, descriptions, at, setting.remembered(number))
    ends = layers[-1].rows(at) if layers else descriptions.rows(at)
    return OpenPart(part, descriptions, layers, at, np.zeros(0), Sweep([], [])), ends


def _row(part: LinearPart, ends: Array) -> Array:
    return np.asarray(part.share * (part.readout.row(ends) if part.readout else ends[0]))


def _merged(terms: list[tuple[str, float]]) -> tuple[tuple[str, float], ...]:
    """Sum parts of one name: an ensemble has a bias of every layer several times."""
    total: dict[str, float] = {}
    for name, value in terms:
        total[name] = total.get(name, 0.0) + value
    return tuple(total.items())
