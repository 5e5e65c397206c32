"""Several adjusters, one after the other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from kgzsl.arrays import Array, packed, unpacked
from kgzsl.bank import ClassifierBank
from kgzsl.errors import AdjusterError
from kgzsl.resolve.adjuster import PLACES, Adjuster
from kgzsl.resolve.catalogue import make_adjuster
from kgzsl.resolve.query import Query, References, Rehearsal


@dataclass(frozen=True, eq=False)
class Chain:
    """Adjusters in the order of their places, fitted; and what inductive ones measure against.

    Args:
        adjusters: applied one after the other.
        references: inputs of seen classes.
    """

    adjusters: tuple[Adjuster, ...] = ()
    references: References = field(default_factory=References)

    @property
    def transductive(self) -> bool:
        """Whether an answer depends on what else is asked."""
        return any(adjuster.transductive for adjuster in self.adjusters)

    def named(self, name: str) -> Adjuster | None:
        """Return the adjuster of this name, or None."""
        return next((a for a in self.adjusters if a.name == name), None)

    def steps(self, query: Query) -> list[tuple[str, Query]]:
        """Return the query after each adjuster, by name."""
        found = []
        for adjuster in self.adjusters:
            query = adjuster(query)
            found.append((adjuster.name, query))
        return found

    def __call__(self, query: Query) -> Query:
        """Return the query after all adjusters."""
        for adjuster in self.adjusters:
            query = adjuster(query)
        return query

    @property
    def probable(self) -> bool:
        """Whether the scores that it gives are log-probabilities."""
        return any(adjuster.place == PLACES[-1] for adjuster in self.adjusters)

    def rehearsed(self, rehearsal: Rehearsal) -> Rehearsal:
        """Return a rehearsal after all adjusters."""
        return replace(rehearsal, query=self(rehearsal.query))

    def offsets(self, bank: ClassifierBank, rows: Array) -> Array | None:
        """Return what the whole chain adds to each candidate's score; None where it is not as simple. (C,) → (C,)"""
        found = self.each(bank, rows)
        return None if found is None else sum((offsets for _, offsets in found), np.zeros(len(rows)))

    def each(self, bank: ClassifierBank, rows: Array) -> list[tuple[str, Array]] | None:
        """Return what each adjuster adds to each candidate's score, by name; None where one is not as simple."""
        every = []
        for adjuster in self.adjusters:
            found = adjuster.offsets(bank, rows, self.references)
            if found is None:
                return None
            every.append((adjuster.name, found))
        return every

    def simple(self) -> Chain:
        """Return the chain less what is not a number added to each class: what explanations can be held to."""
        probe = tuple(a for a in self.adjusters if type(a).offsets is not Adjuster.offsets)
        return replace(self, adjusters=probe)

    def described(self) -> list[dict[str, Any]]:
        """Return what a bundle's manifest says of it."""
        return [{"name": a.name, "options": dict(a.options)} for a in self.adjusters]

    def arrays(self) -> dict[str, Array]:
        """Return what a bundle keeps of it."""
        found = {f"{k}.{name}": a for k, one in enumerate(self.adjusters) for name, a in one.state().items()}
        if any(a.uses_references for a in self.adjusters):
            found |= {"references": self.references.X, "labels": packed(self.references.labels)}
        return found

    @classmethod
    def restored(cls, described: Sequence[Mapping[str, Any]], arrays: Mapping[str, Array]) -> Chain:
        """Return the chain of which :meth:`described` and :meth:`arrays` told."""
        made = []
        for k, about in enumerate(described):
            own = {n.partition(".")[2]: a for n, a in arrays.items() if n.partition(".")[0] == str(k)}
            made.append(make_adjuster(about["name"], about["options"]).restore(own))
        labels = unpacked(arrays["labels"]) if "labels" in arrays else ()
        return cls(tuple(made), References(arrays.get("references"), labels))


def fit_chain(adjusters: Sequence[Adjuster], rehearsals: Sequence[Rehearsal], final: Query) -> Chain:
    """Fit adjusters one after the other, each on what those before it give.

    Args:
        adjusters: in any order, at most one of a name.
        rehearsals: scored by the bank alone.
        final: the references scored by the real bank alone.

    Raises:
        AdjusterError: two of a name, or one that cannot be fitted.
    """
    ordered = sorted(adjusters, key=lambda a: PLACES.index(a.place))
    for k, one in enumerate(ordered):
        if one.name in {other.name for other in ordered[:k]}:
            raise AdjusterError(f"the adjuster '{one.name}' is named twice", value=one.name)
    for adjuster in ordered:
        adjuster.fit(rehearsals, final)
        rehearsals = [replace(r, query=adjuster(r.query)) for r in rehearsals]
        final = adjuster(final) if len(final.X) else final
    return Chain(tuple(ordered), final.references)
