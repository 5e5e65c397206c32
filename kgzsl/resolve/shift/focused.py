"""What the cures that change scores of unseen classes share."""

from __future__ import annotations

from kgzsl.resolve.query import Query
from kgzsl.resolve.shift.focus import Focus, breadth
from kgzsl.resolve.shift.guarded import Guarded


class Focused(Guarded):
    """Base of the cures that change scores, within a :class:`Focus`; safe is a broad batch unless one says else."""

    place = "batch"
    uses_references = True
    unsafe = "the inputs seem to be of too few of the candidates, so that their mean is no common ground"

    def prepared(self, query: Query) -> tuple[Focus, float]:
        """Return what may change, and how broad the batch is."""
        focus = Focus.of(query)
        enough = self.inputs((focus, 0.0)) >= self.options.least
        return focus, breadth(focus, query) if enough else 0.0

    def inputs(self, prepared: tuple[Focus, float]) -> int:
        """See the base class; none count where there is one class to choose."""
        focus, _ = prepared
        return len(focus.inputs) if len(focus.columns) > 1 else 0
