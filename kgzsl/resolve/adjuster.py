"""The contract of every adjuster: a change of scores against a known ill, chosen on seen classes alone."""

from __future__ import annotations

from abc import ABC
from collections.abc import Sequence
from typing import Any, ClassVar, Self

from kgzsl.arrays import Array
from kgzsl.bank import ClassifierBank
from kgzsl.errors import AdjusterError
from kgzsl.options import Options as Options
from kgzsl.options import validated
from kgzsl.resolve.query import Query, References, Rehearsal

PLACES = ("features", "hubs", "bias", "batch", "probabilities")
"""In which order adjusters of a chain are applied, whatever order they are named in."""


class Adjuster(ABC):
    """Base of all adjusters. One needs either :meth:`offsets` or ``__call__``.

    ``cures`` is the ill it is for: ``bias to seen classes``, ``hubness``, ``domain shift`` or ``miscalibration``.
    ``place`` is one of :data:`PLACES`. ``transductive`` says that it reads the whole batch of inputs, so that an answer
    depends on what else is asked. ``uses_references`` says that it reads inputs of seen classes at query time.
    """

    name: ClassVar[str]
    cures: ClassVar[str]
    place: ClassVar[str]
    citation: ClassVar[str]
    transductive: ClassVar[bool] = False
    uses_references: ClassVar[bool] = False
    Options: ClassVar[type[Options]] = Options

    def __init__(self, **options: Any) -> None:
        self.options: Any = validated(f"adjuster '{self.name}'", type(self).Options, options, AdjusterError)

    def fit(self, rehearsals: Sequence[Rehearsal], final: Query) -> Self:
        """Choose what is to be chosen.

        Args:
            rehearsals: scored by the adjusters before this one; without any there is nothing to choose by.
            final: the references scored by the real bank among the real candidates, after the adjusters before this
                one: for scales, never for labels.

        Raises:
            AdjusterError: it must choose and there are no rehearsals, or none that tells.
        """
        return self

    def offsets(self, bank: ClassifierBank, rows: Array, references: References) -> Array | None:
        """Return what is added to each candidate's score, whatever the input; None where it is not as simple.

        Shapes: (C,) → (C,).
        """
        return None

    def __call__(self, query: Query) -> Query:
        """Return the query with other scores, or other inputs. Shapes stay."""
        found = self.offsets(query.bank, query.rows, query.references)
        assert found is not None
        return query.scored(query.scores + found.astype(query.scores.dtype))

    def state(self) -> dict[str, Array]:
        """Return what was chosen, as arrays for a bundle; nothing but arrays."""
        return {}

    def restore(self, arrays: dict[str, Array]) -> Self:
        """Take back what :meth:`state` gave."""
        assert not arrays
        return self

    def chosen(self) -> dict[str, float]:
        """Return what was chosen as numbers for people."""
        return {}


def required(owner: str, rehearsals: Sequence[Rehearsal]) -> Sequence[Rehearsal]:
    """Return the rehearsals that have inputs of hidden and of other classes.

    Raises:
        AdjusterError: there are none.
    """
    found = [r for r in rehearsals if len(r.y) and r.of_seen.any() and not r.of_seen.all()]
    if not found:
        raise AdjusterError(f"'{owner}' is chosen on seen classes that are hidden, and there are none to hide",
                            fix="train with labelled inputs of four or more seen classes ([validation] in the recipe)")
    return found
