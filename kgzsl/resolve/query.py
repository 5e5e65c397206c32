"""What is being answered: inputs, the classes they may be, and their scores so far."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from kgzsl.arrays import Array
from kgzsl.bank import ClassifierBank


class References:
    """Inputs of seen classes that inductive adjusters measure candidates against; no bank was fitted on them.

    Args:
        X: (m, d); without rows where there are none.
        labels: IRIs of their classes. Length: m.
    """

    def __init__(self, X: Array | None = None, labels: Sequence[str] = ()) -> None:
        self.X = np.zeros((0, 0), np.float32) if X is None else np.asarray(X, np.float32)
        self.labels = tuple(labels)
        self._last: tuple[ClassifierBank, bytes, Array] | None = None

    def __len__(self) -> int:
        return len(self.X)

    def scores(self, bank: ClassifierBank, rows: Array) -> Array:
        """Return what these inputs score for candidates; remembered for the last bank and rows. Shape: (m, C)."""
        key, last = rows.tobytes(), self._last
        if last is None or last[0] is not bank or last[1] != key:
            last = self._last = bank, key, bank.scores(self.X, rows)
        return last[2]


@dataclass(frozen=True, eq=False)
class Note:
    """What an adjuster says of a whole batch.

    Args:
        adjuster: its name.
        text: one sentence for people.
        declined: whether it left the scores as they were, because changing them might hurt.
        figures: numbers behind the sentence.
    """

    adjuster: str
    text: str
    declined: bool = False
    figures: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Query:
    """Inputs, candidates and scores.

    Args:
        bank: classifiers.
        rows: of the candidates in the bank. Shape: (C,).
        X: inputs. Shape: (n, d).
        scores: after the adjusters so far. Shape: (n, C).
        references: inputs of seen classes.
        notes: what adjusters said so far.
    """

    bank: ClassifierBank
    rows: Array
    X: Array
    scores: Array
    references: References = field(default_factory=References)
    notes: tuple[Note, ...] = ()

    @classmethod
    def of(cls, bank: ClassifierBank, rows: Array, X: Array, references: References | None = None) -> Query:
        """Return the query with the bank's own scores. Shapes: (C,), (n, d)."""
        return cls(bank, rows, X, bank.scores(X, rows), references or References())

    @cached_property
    def seen(self) -> Array:
        """Which candidates are seen classes. Shape: (C,) bool."""
        return np.asarray(self.bank.seen[self.rows], bool)

    @cached_property
    def ids(self) -> tuple[str, ...]:
        """IRIs of the candidates."""
        return tuple(self.bank.ids[row] for row in self.rows)

    def scored(self, scores: Array, *notes: Note) -> Query:
        """Return the query with other scores, and with what is said of them."""
        return replace(self, scores=np.asarray(scores), notes=(*self.notes, *notes))

    def given(self, X: Array, *notes: Note) -> Query:
        """Return the query with other inputs, scored by the bank. Shape: (n, d)."""
        return replace(self, X=X, scores=self.bank.scores(X, self.rows), notes=(*self.notes, *notes))

    def take(self, at: Array) -> Query:
        """Return the query of some inputs."""
        return replace(self, X=self.X[at], scores=self.scores[at])


@dataclass(frozen=True, eq=False)
class Rehearsal:
    """A zero-shot query with known answers, made of seen classes alone: some were hidden and play unseen.

    Its bank comes from a learner that was fitted without the hidden classes; the candidates have seen and unseen
    classes in the ratio of the real ones, real unseen classes among them where hidden ones are too few. Inputs are
    labelled ones of seen classes that nothing was fitted on.

    Args:
        query: what an engine would be asked.
        y: column of each input's class. Shape: (n,).
    """

    query: Query
    y: Array

    @property
    def of_seen(self) -> Array:
        """Which inputs are of classes that were not hidden. Shape: (n,) bool."""
        return np.asarray(self.query.seen[self.y])
