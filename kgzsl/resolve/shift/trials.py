"""Batches drawn from rehearsals: broad ones, thin ones, skewed ones, and ones that hold few of the classes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product

import numpy as np

from kgzsl.arrays import Array
from kgzsl.metrics import by_class, ranks
from kgzsl.resolve.query import Query, Rehearsal

MOST, DRAWS = 768, 3
"""Inputs of a trial, and trials of each mix: enough to tell, few enough to try many settings."""


@dataclass(frozen=True)
class Mix:
    """How a batch is drawn.

    Args:
        name: for people.
        share: of the classes that are in it.
        each: inputs a class at most.
        skewed: the k-th class has a k-th of the inputs of the first (Zipf's law).
        classes: how many are in it, instead of a share.
    """

    name: str
    share: float = 1.0
    each: int = 1000
    skewed: bool = False
    classes: int = 0


MIXES = (
    Mix("all"), Mix("five a class", each=5), Mix("one a class", each=1), Mix("half of the classes", share=0.5),
    Mix("skewed", skewed=True), Mix("a tenth of the classes", share=0.1), Mix("two classes", classes=2),
    Mix("one class", classes=1),
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class Trial:
    """A batch with known answers.

    Args:
        query: the batch.
        y: column of each input's class. Shape: (n,).
        mix: name of how it was drawn.
    """

    query: Query
    y: Array
    mix: str

    def right(self, scores: Array) -> float:
        """Return class-mean hit@1 of the inputs of unseen classes. Shape: (n, C)."""
        hidden = ~self.query.seen[self.y]
        return float(by_class(ranks(scores[hidden], self.y[hidden]) == 0, self.y[hidden]).mean())

    def right_of_kind(self, scores: Array) -> float:
        """Return class-mean hit@1 where seen classes compete with seen ones alone, unseen with unseen. Shape: (n, C).

        What comes before the cure of the bias to seen classes is not judged by that bias.
        """
        other = self.query.seen[None, :] != self.query.seen[self.y][:, None]
        return float(by_class(ranks(np.where(other, -np.inf, scores), self.y) == 0, self.y).mean())


def trials(rehearsals: Sequence[Rehearsal], seed: int = 0, most: int = MOST) -> list[Trial]:
    """Return batches drawn from rehearsals, of each mix ``DRAWS`` a frame: hidden classes alone, and with seen ones.

    Args:
        rehearsals: what they are drawn from.
        seed: of what is drawn.
        most: inputs of a batch.
    """
    found = []
    for k, rehearsal in enumerate(rehearsals):
        for j, framed in enumerate(_frames(rehearsal)):
            for i, (mix, draw) in enumerate(product(MIXES, range(DRAWS))):
                at = drawn(framed.y, framed.of_seen, mix, np.random.default_rng([seed, k, j, i, draw]), most)
                found.append(Trial(framed.query.take(at), framed.y[at], mix.name))
    return found


def drawn(y: Array, of_seen: Array, mix: Mix, rng: np.random.Generator, limit: int = MOST) -> Array:
    """Return the rows of a batch, sorted; classes of both kinds are drawn alike. Shapes: (n,), (n,) → (m,)."""
    rows: list[Array] = []
    for kind in (~of_seen, of_seen):
        classes = rng.permutation(np.unique(y[kind]))
        count = mix.classes or max(1, round(mix.share * len(classes)))
        for place, c in enumerate(classes[:count]):
            own = rng.permutation(np.flatnonzero(y == c))
            most = min(mix.each, len(own))
            rows.append(own[: max(1, round(most / (place + 1))) if mix.skewed else most])
    at = np.concatenate(rows)
    return np.sort(rng.permutation(at)[:limit])


def _frames(rehearsal: Rehearsal) -> Iterator[Rehearsal]:
    """Yield hidden classes among themselves, among all that play unseen, and everything."""
    query, y = rehearsal.query, rehearsal.y
    hidden, shown = np.flatnonzero(~rehearsal.of_seen), np.unique(y[~rehearsal.of_seen])
    unseen = np.flatnonzero(~query.seen)
    if len(shown) > 1:
        yield _among(rehearsal, hidden, shown)
    if len(shown) < len(unseen):
        yield _among(rehearsal, hidden, unseen)
    yield rehearsal


def _among(rehearsal: Rehearsal, at: Array, columns: Array) -> Rehearsal:
    query = rehearsal.query
    scores = query.scores[np.ix_(at, columns)]
    part = replace(query, rows=query.rows[columns], X=query.X[at], scores=scores)
    return Rehearsal(part, np.searchsorted(columns, rehearsal.y[at]))
