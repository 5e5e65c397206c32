"""Rehearsals: zero-shot queries made of seen classes, on which adjusters and deciders are chosen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from kgzsl.arrays import Array
from kgzsl.bank import ClassifierBank
from kgzsl.folds import share
from kgzsl.learners.base import Learner
from kgzsl.resolve.query import Query, References, Rehearsal
from kgzsl.semantics.space import ClassSpace

FOLDS, FEWEST, MOST = 3, 2, 512


@dataclass(frozen=True, eq=False)
class Calibration:
    """Labelled inputs of seen classes, and learners that were not given the classifiers of some of them.

    Args:
        learners: each without another fold of the labelled classes.
        X: inputs that none of them was fitted on. Shape: (n, d).
        labels: IRIs of seen classes. Length: n.
        seed: of what is drawn.
    """

    learners: tuple[Learner, ...]
    X: Array
    labels: tuple[str, ...]
    seed: int = 0

    def rehearsals(self, space: ClassSpace, bank: ClassifierBank, candidates: Sequence[str]) -> list[Rehearsal]:
        """Return one rehearsal a learner.

        Args:
            space: what classes are described by now.
            bank: of the learner that answers, which says which candidates are seen and how many are not.
            candidates: IRIs.
        """
        made = (self._rehearsal(learner.classifiers(space), bank, candidates, k)
                for k, learner in enumerate(self.learners))  # fmt: skip
        return [one for one in made if one is not None]

    def references(self) -> References:
        """Return inputs of all labelled classes that adjusters may measure against; not those of rehearsals."""
        kept, _ = share(self.labels, 0.5, self.seed)
        return _references(self.X, self.labels, kept, self.seed)

    def _rehearsal(
        self, without: ClassifierBank, bank: ClassifierBank, candidates: Sequence[str], fold: int
    ) -> Rehearsal | None:
        labels = np.array(self.labels, dtype=object)
        real, left = bank.seen[bank.rows(candidates)], without.seen[without.rows(candidates)]
        there = set(self.labels)
        hidden = [c for c, was, still in zip(candidates, real, left, strict=True) if was and not still and c in there]
        others = [c for c, still in zip(candidates, left, strict=True) if not still and c not in set(hidden)]
        if len(hidden) < FEWEST or not left.any():
            return None
        play = set(_playing(hidden, others, real, int(left.sum()), np.random.default_rng([self.seed, fold])))
        ids = [c for c, still in zip(candidates, left, strict=True) if still or c in play]
        column = {iri: k for k, iri in enumerate(ids)}
        known = {c for c, still in zip(candidates, left, strict=True) if still}
        reference, rest = share(self.labels, 0.5, self.seed)
        own = np.array([label in known for label in labels], bool)
        shown = np.array([label in play for label in labels], bool)
        at = np.union1d(np.flatnonzero(shown), rest[own[rest]])
        kept = _references(self.X, self.labels, reference[own[reference]], self.seed)
        y = np.array([column[label] for label in labels[at]], np.int64)
        return Rehearsal(Query.of(without, without.rows(ids), self.X[at], kept), y)


def _playing(
    hidden: Sequence[str], others: Sequence[str], real: Array, left: int, rng: np.random.Generator
) -> list[str]:
    """Return the classes that play unseen: so many that their ratio to seen ones is that of the real candidates."""
    unseen = int((~real).sum())
    due = len(hidden) if not unseen else max(FEWEST, round(left * unseen / int(real.sum())))
    if due <= len(hidden):
        return [str(c) for c in rng.permutation(sorted(hidden))[:due]]
    return [*hidden, *(str(c) for c in rng.permutation(sorted(others))[: due - len(hidden)])]


def _references(X: Array, labels: Sequence[str], at: Array, seed: int) -> References:
    """Return at most ``MOST`` of these inputs, as many of each class as can be."""
    groups: dict[str, list[int]] = {}
    for row in np.random.default_rng(seed).permutation(at):
        groups.setdefault(labels[row], []).append(int(row))
    turns = sorted((turn, rows[turn]) for rows in groups.values() for turn in range(len(rows)))
    chosen = np.array(sorted(row for _, row in turns[:MOST]), np.int64)
    return References(X[chosen], [labels[row] for row in chosen])
