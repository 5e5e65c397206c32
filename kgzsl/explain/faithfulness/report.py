"""The report: every measure of every method, with intervals over classes and beside the control."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from kgzsl.arrays import Array
from kgzsl.explain.faithfulness.catalogue import CONTROL
from kgzsl.metrics import Hit, by_class, interval


class Measure(NamedTuple):
    """What a column says, and whether more of it is better (+1), less (-1), or neither (0)."""

    name: str
    about: str
    better: int


MEASURES = (
    Measure("fidelity+", "margin lost when the first facts are deleted", 1),
    Measure("fidelity-", "margin lost when all facts but the first are deleted", -1),
    Measure("deletion", "mean margin lost along the curve of deletion", 1),
    Measure("insertion", "mean margin regained along the curve of insertion", 1),
    Measure("sparsity", "one less the share of the facts that hold 80 % of the importance", 0),
    Measure("stability", "rank correlation with the explanation of a slightly noisy input", 1),
    Measure("randomised", "rank correlation with the explanation of a learner in disorder", -1),
)
NAMES = tuple(measure.name for measure in MEASURES)


class Row(NamedTuple):
    """One method: its measures, and how each differs from the control on the same answers.

    Args:
        method: its name.
        measures: name → mean over classes with its interval; None where it could not be measured.
        over_control: the same of the paired differences.
        outside: share of what it sees that lies on facts which are not ranked; None where it sees no others.
        milliseconds: an answer, with the propagations that no other method had asked for before.
    """

    method: str
    measures: dict[str, Hit | None]
    over_control: dict[str, Hit | None]
    outside: float | None
    milliseconds: float


@dataclass(frozen=True, eq=False)
class Faithfulness:
    """How faithful explanations are: measures of several methods on the same answers, facts and margins.

    Args:
        learner: its name.
        classes: IRI of the explained class of each answer; intervals are bootstraps over these. Shape: (n,).
        rivals: IRI of the class that each is compared with. Shape: (n,).
        inputs: which inputs these are. Shape: (n,).
        answered: whether the explained class is the input's answer, or only its best unseen candidate. Shape: (n,).
        facts: number of facts that were ranked. Shape: (n,).
        margins: in standard deviations of the scores, before anything is deleted. Shape: (n,).
        values: method → measure → its value for each answer, NaN where it was not measured. Shapes: (n,).
        drops: method → margin lost at each of ``points``; NaN beyond the facts there are. Shapes: (n, P).
        points: numbers of facts deleted.
        top: number of facts of the two fidelities.
        milliseconds: method → of a ranking. Shapes: (n,).
        outside: method → share that lies on facts which are not ranked. Shapes: (n,).
        unavailable: method → why this learner cannot be explained so.
        skipped: inputs whose classes no fact reaches.
        noise: length of the noise relative to that of the input, for stability.
        seed: of everything random.
    """

    learner: str
    classes: Array
    rivals: Array
    inputs: Array
    answered: Array
    facts: Array
    margins: Array
    values: Mapping[str, Mapping[str, Array]]
    drops: Mapping[str, Array]
    points: tuple[int, ...]
    top: int
    milliseconds: Mapping[str, Array]
    outside: Mapping[str, Array]
    unavailable: Mapping[str, str]
    skipped: int
    noise: float
    seed: int

    def __len__(self) -> int:
        return len(self.classes)

    @cached_property
    def rows(self) -> tuple[Row, ...]:
        """One a method, in the order of the catalogue."""
        return tuple(self._row(name) for name in self.values)

    def difference(self, method: str, measure: str, other: str = CONTROL) -> Hit | None:
        """Return the paired difference of two methods, with its interval; None where both were never measured."""
        return self._interval(self.values[method][measure] - self.values[other][measure])

    def table(self) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
        """Return headers and rows of text; the last column is what deletion gains over the control."""
        shown = [(row, row.over_control["deletion"]) for row in self.rows]
        rows = [(row.method, *(told(row.measures[name]) for name in NAMES), told(gain)) for row, gain in shown]
        return ("method", *NAMES, f"deletion over {CONTROL}"), rows

    def as_json(self) -> dict[str, Any]:
        """Return everything but the single answers, as values that JSON has."""
        return {
            "learner": self.learner, "answers": len(self), "classes": len(set(self.classes)), "skipped": self.skipped,
            "answered": int(self.answered.sum()), "facts": float(self.facts.mean()), "top": self.top,
            "points": list(self.points), "noise": self.noise, "seed": self.seed,
            "margin": float(self.margins.mean()), "unavailable": dict(self.unavailable),
            "measures": {m.name: m.about for m in MEASURES},
            "methods": [self._row_as_json(row) for row in self.rows],
        }  # fmt: skip

    def _row_as_json(self, row: Row) -> dict[str, Any]:
        return {
            "method": row.method, "outside": row.outside, "milliseconds": round(row.milliseconds, 3),
            "drops": [_number(value) for value in _mean(self.drops[row.method])],
            "measures": {name: _as_json(hit) for name, hit in row.measures.items()},
            "over control": {name: _as_json(hit) for name, hit in row.over_control.items()},
        }  # fmt: skip

    def _row(self, name: str) -> Row:
        measures = {measure: self._interval(self.values[name][measure]) for measure in NAMES}
        over = {measure: self.difference(name, measure) for measure in NAMES}
        outside = self.outside[name][np.isfinite(self.outside[name])]
        return Row(name, measures, over, float(outside.mean()) if len(outside) else None,
                   float(self.milliseconds[name].mean()))  # fmt: skip

    def _interval(self, values: Array) -> Hit | None:
        """Return the mean over classes and its bootstrap interval over classes, of what was measured."""
        here = np.isfinite(values)
        return interval(by_class(values[here], self.classes[here]), self.seed) if here.any() else None


def told(hit: Hit | None) -> str:
    """Return a mean and its interval as text."""
    return "–" if hit is None else f"{hit.value:+.3f} [{hit.low:+.3f}, {hit.high:+.3f}]"


def _as_json(hit: Hit | None) -> dict[str, float] | None:
    return None if hit is None else {"value": hit.value, "low": hit.low, "high": hit.high}


def _mean(drops: Array) -> Array:
    """Return the mean of each column over what was measured. Shapes: (n, P) → (P,)."""
    here = np.isfinite(drops)
    return np.asarray(np.where(here, drops, 0).sum(axis=0) / np.where(here.any(axis=0), here.sum(axis=0), np.nan))


def _number(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
