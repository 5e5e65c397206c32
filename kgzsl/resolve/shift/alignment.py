"""Inputs of a batch brought to where inputs of seen classes are."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from kgzsl.arrays import Array
from kgzsl.resolve.query import Query, References
from kgzsl.resolve.shift.focus import margin, scatter, standard, variety
from kgzsl.resolve.shift.guarded import Attempt, Guarded, Settings, moved
from kgzsl.resolve.shift.trials import Trial


@dataclass(frozen=True, eq=False)
class Cloud:
    """Inputs by their mean and their scatter about it.

    Args:
        X: (n, d).
    """

    X: Array

    @cached_property
    def mean(self) -> Array:
        """Their mean. Shape: (d,)."""
        return np.asarray(self.X.mean(axis=0))

    @cached_property
    def axes(self) -> tuple[Array, Array]:
        """Variances along principal axes, and these axes. Shapes: (r,), (r, d)."""
        from scipy import linalg

        _, lengths, axes = linalg.svd(self.X - self.mean, full_matrices=False, check_finite=False)
        real = lengths > lengths.max(initial=0.0) * 1e-6
        return lengths[real] ** 2 / max(len(self.X) - 1, 1), axes[real]


class Alignment(Guarded):
    """Base of alignments of inputs: what they have to give way to is not judged by the bias to seen classes.

    Safe is a batch that scatters like the references, whose answers vary, and lead by as much as before or more.
    """

    place = "features"
    uses_references = True
    why = "the moments of fewer are those of what they are"
    unsafe = "the inputs scatter less, or their best answers would lead by less, than where it helped"

    _last: tuple[References, Cloud] | None = None

    def prepared(self, query: Query) -> Any:
        """See the base class."""
        last = self._last
        if last is None or last[0] is not query.references:
            last = self._last = query.references, Cloud(query.references.X)
        return Cloud(query.X), last[1]

    def inputs(self, prepared: tuple[Cloud, Cloud]) -> int:
        """See the base class; none count without references to align them with."""
        own, references = prepared
        return len(own.X) if len(references.X) >= self.options.least else 0

    @abstractmethod
    def aligned(self, own: Cloud, references: Cloud, settings: Settings) -> Array:
        """Return the inputs where they are brought. Shape: (n, d)."""

    def attempt(self, query: Query, prepared: tuple[Cloud, Cloud], settings: Settings) -> Attempt:
        """See the base class."""
        own, references = prepared
        found = query.given(self.aligned(own, references, settings).astype(query.X.dtype))
        way = np.linalg.norm(found.X - query.X, axis=1).mean() / (np.linalg.norm(query.X, axis=1).mean() or 1.0)
        figures = moved(query.scores, found.scores) | {"movement": float(way)}
        return Attempt(found, self._safety(query, found, references), figures)

    def judged(self, trial: Trial, scores: Array) -> float:
        """See the base class."""
        return trial.right_of_kind(scores)

    def told(self, figures: Any) -> str:
        """See the base class."""
        return f"; inputs moved by {100 * figures['movement']:.0f} % of their length in the mean"

    def _safety(self, query: Query, found: Query, references: Cloud) -> float:
        usual = scatter(query.bank.input_map(references.X))
        share = min(1.0, scatter(query.bank.input_map(query.X)) / usual) if usual > 0 else 1.0
        share *= variety(standard(query.scores)[0])
        groups = [g for g in (np.flatnonzero(query.seen), np.flatnonzero(~query.seen)) if len(g) > 1]
        leads = [(margin(standard(found.scores[:, g])[0]), margin(standard(query.scores[:, g])[0])) for g in groups]
        return share * float(np.mean([after / before for after, before in leads if before > 0] or [0.0]))
