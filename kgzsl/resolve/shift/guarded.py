"""What all cures of domain shift share: settings chosen on rehearsed batches, and declining where they would hurt."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
from pydantic import Field

from kgzsl.arrays import Array
from kgzsl.errors import AdjusterError
from kgzsl.resolve import adjuster
from kgzsl.resolve.query import Note, Query, Rehearsal
from kgzsl.resolve.shift.trials import MOST, Trial, trials

Settings = Mapping[str, float]


class GuardedOptions(adjuster.Options):
    """Settings of all cures of domain shift."""

    least: int = Field(10, ge=2, description="inputs that are needed")
    caution: float = Field(4.0, ge=1, description="what an accuracy lost weighs, in units of one gained")
    seed: int = Field(0, ge=0, description="of the batches that are rehearsed")
    fixed: dict[str, float] = Field({}, description="settings that are not chosen, by name")


@dataclass(frozen=True, eq=False)
class Attempt:
    """What a cure would make of a batch.

    Args:
        query: after it.
        safety: high where it tends to help, low where it tends to hurt.
        figures: what moved.
    """

    query: Query
    safety: float
    figures: dict[str, float]


class Guarded(adjuster.Adjuster):
    """Base of the cures of domain shift.

    Each setting is chosen in turn on batches drawn from the rehearsals: broad, thin, skewed, and of few classes. With
    it goes the least safety at which the cure pays, losses counted ``caution`` times; below it a batch is left as it
    is. Where it never pays, it always declines. See :func:`best_threshold`.
    """

    cures = "domain shift"
    transductive = True
    GRID: ClassVar[Mapping[str, tuple[float, ...]]] = {}
    """Setting → values that are tried; the first is where the search starts."""
    Options: ClassVar[type[adjuster.Options]] = GuardedOptions
    why: ClassVar[str]
    """Why so many inputs are needed."""
    unsafe: ClassVar[str]
    """What is said of a batch that is not safe."""
    rehearses: ClassVar[int] = MOST
    """Inputs of a rehearsed batch."""

    threshold: float = np.inf
    """Least safety at which the cure is applied; infinite where it never paid."""
    gain: float = 0.0
    """What it gained over the rehearsed batches, in accuracy."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        unknown = [name for name in self.options.fixed if name not in self.GRID]
        if unknown:
            raise AdjusterError(f"adjuster '{self.name}' has no setting '{unknown[0]}'", value=unknown[0],
                                fix=f"its settings are {', '.join(self.GRID)}")  # fmt: skip
        self.settings: dict[str, float] = {n: values[0] for n, values in self.GRID.items()} | self.options.fixed

    @abstractmethod
    def prepared(self, query: Query) -> Any:
        """Return what does not depend on settings."""

    @abstractmethod
    def inputs(self, prepared: Any) -> int:
        """Return how many inputs there are to go by."""

    @abstractmethod
    def attempt(self, query: Query, prepared: Any, settings: Settings) -> Attempt:
        """Return what the cure makes of a batch that is large enough."""

    def judged(self, trial: Trial, scores: Array) -> float:
        """Return the accuracy that counts. Shape: (n, C)."""
        return trial.right(scores)

    def fit(self, rehearsals: Sequence[Rehearsal], final: Query) -> Self:
        """See the base class."""
        found = trials(adjuster.required(self.name, rehearsals), self.options.seed, self.rehearses)
        ready = [(trial, prepared, self.judged(trial, trial.query.scores)) for trial in found
                 if self.inputs(prepared := self.prepared(trial.query)) >= self.options.least]  # fmt: skip
        best = self._judged(ready, self.settings)
        for name, values in self.GRID.items():
            for value in () if name in self.options.fixed else values[1:]:
                settings = self.settings | {name: value}
                tried = self._judged(ready, settings)
                if tried[0] > best[0]:
                    best, self.settings = tried, settings
        self.gain, self.threshold = best
        self.rehearsed([prepared for _, prepared, _ in ready])
        return self

    def __call__(self, query: Query) -> Query:
        """See the base class."""
        prepared = self.prepared(query)
        count = self.inputs(prepared)
        if said := self.refusal(count):
            return self._declined(query, said, {"inputs": count, "needed": self.options.least})
        if np.isposinf(self.threshold):
            return self._declined(query, "it gained nothing on seen classes that were hidden", {"inputs": count})
        found = self.attempt(query, prepared, self.settings)
        figures = {"inputs": float(count), "safety": found.safety, "needed": self.threshold} | found.figures
        if found.safety < self.threshold:
            text = f"{self.unsafe} ({found.safety:.2f} where {self.threshold:.2f} is needed)"
            return self._declined(query, text, figures)
        changed = int(figures["changed"])
        text = f"{changed} of {len(query.X)} answers changed{self.told(figures)}"
        return found.query.scored(found.query.scores, Note(self.name, text, False, figures))

    def rehearsed(self, prepared: Sequence[Any]) -> None:
        """Take note of the batches that were rehearsed; of what :meth:`prepared` gave for each."""

    def refusal(self, count: int) -> str | None:
        """Return why a batch of so many inputs is left alone, or None."""
        if count >= self.options.least:
            return None
        return f"{count} inputs to go by, and {self.options.least} are needed: {self.why}"

    def told(self, figures: Mapping[str, float]) -> str:
        """Return what else is said of what moved."""
        return ""

    def state(self) -> dict[str, Array]:
        """See the base class."""
        return {"settings": np.array(list(self.settings.values())), "guard": np.array([self.threshold, self.gain])}

    def restore(self, arrays: dict[str, Array]) -> Self:
        """See the base class."""
        self.settings = dict(zip(self.GRID, map(float, arrays["settings"]), strict=True))
        self.threshold, self.gain = (float(number) for number in arrays["guard"])
        return self

    def chosen(self) -> dict[str, float]:
        """See the base class; a strength of 0 where it never pays."""
        if np.isposinf(self.threshold):
            return {"strength": 0.0}
        return self.settings | {"threshold": self.threshold, "gain": self.gain}

    def _judged(self, ready: Sequence[tuple[Trial, Any, float]], settings: Settings) -> tuple[float, float]:
        """Return the mean gain over batches at the best threshold, and that threshold."""
        if not ready:
            return 0.0, float(np.inf)
        gains, safety = np.zeros(len(ready)), np.zeros(len(ready))
        for k, (trial, prepared, before) in enumerate(ready):
            found = self.attempt(trial.query, prepared, settings)
            gains[k], safety[k] = self.judged(trial, found.query.scores) - before, found.safety
        return best_threshold(gains, safety, self.options.caution)

    def _declined(self, query: Query, text: str, figures: dict[str, float]) -> Query:
        return query.scored(query.scores, Note(self.name, text, True, figures))


def best_threshold(gains: Array, safety: Array, caution: float) -> tuple[float, float]:
    """Return the mean gain when batches below a safety are left alone, and that safety.

    It is the one at which the sum of gains is largest, losses counted ``caution`` times: where to decline is chosen
    with care, what is gained elsewhere is counted as it is. A batch less safe than all at which it paid is never
    accepted; the safety is infinite where nothing is gained. Shapes: (t,), (t,).
    """
    order = np.argsort(-safety, kind="stable")
    gains, safety = gains[order], safety[order]
    total = np.where(gains < 0, caution * gains, gains).cumsum()
    last = np.append(safety[:-1] > safety[1:], True)
    at = int(np.where(last, total, -np.inf).argmax())
    if total[at] <= 0:
        return 0.0, float(np.inf)
    return float(gains[: at + 1].sum() / len(gains)), float(safety[at])


def moved(before: Array, after: Array) -> dict[str, float]:
    """Return how many answers changed, as a number and as a share. Shapes: (n, C) both."""
    changed = (before.argmax(axis=1) != after.argmax(axis=1)) if before.size else np.zeros(0, bool)
    return {"changed": float(changed.sum()), "share": float(changed.mean()) if len(changed) else 0.0}
