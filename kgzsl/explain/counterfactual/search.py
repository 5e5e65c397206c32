"""The smallest sets of edits that reach a goal: all of one and two, then a beam of larger ones."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import combinations
from typing import NamedTuple

import numpy as np

from kgzsl.arrays import Array
from kgzsl.explain.counterfactual.trials import Edits, Trials, ordered
from kgzsl.explain.explanation import Edit

EXHAUSTIVE = 2
LARGEST = 5
WIDTH = 8
LEAST = 1e-7
"""Change of a margin below which an edit is taken to do nothing: rounding of float32."""


class Goal(NamedTuple):
    """What the first input is to be answered, or no longer to be answered, and by which margin it is judged.

    Args:
        place: of the class among the candidates.
        wins: whether it is to become the answer, or to cease to be.
    """

    place: int
    wins: bool

    def reached(self, scores: Array) -> bool:
        """Say whether it is. Shape: (C,)."""
        return (int(scores.argmax()) == self.place) == self.wins

    def margin(self, scores: Array) -> float:
        """Return the score of the class less that of the best other. Shape: (C,)."""
        return float(margins(scores[None], np.array([self.place]))[0])

    def gain(self, before: Array, after: Array) -> float:
        """Return by how much the margin moves the right way. Shapes: (C,) each."""
        change = self.margin(after) - self.margin(before)
        return change if self.wins else -change


class Found(NamedTuple):
    """What a search found.

    Args:
        sets: smallest first, of one size those that move the margin most first; where none reaches the goal, the one
            that comes nearest, if any moves the margin at all.
        reached: whether they reach the goal.
        complete: size up to which every set was tried.
        spent: the budget that cut it short, in words; empty where none did.
    """

    sets: tuple[tuple[Edit, ...], ...]
    reached: bool
    complete: int
    spent: str


def margins(scores: Array, places: Array) -> Array:
    """Return each input's score at its place less the best of the others. Shapes: (n, C), (n,) → (n,)."""
    rows, others = np.arange(len(scores)), scores.copy()
    others[rows, places] = -np.inf
    return np.asarray(scores[rows, places] - others.max(axis=1))


def smallest(trials: Trials, goal: Goal, considered: Sequence[Edit], most: int) -> Found:
    """Search the smallest sets of the considered edits that reach the goal for the first input.

    Args:
        trials: within whose budget; time counts only once every single edit was tried.
        goal: what is to be reached.
        considered: single edits, the most promising first.
        most: how many sets of the smallest size to return.
    """
    return _Search(trials, goal, considered, most).found()


class _Search:
    def __init__(self, trials: Trials, goal: Goal, considered: Sequence[Edit], most: int) -> None:
        self.trials, self.goal, self.considered, self.most = trials, goal, tuple(considered), most
        self.before = trials.before[0]
        self.gains: dict[Edits, float] = {}
        self.hits: list[Edits] = []
        self.stopped = False

    def found(self) -> Found:
        complete = 0
        sets: Iterable[Edits] = [frozenset([edit]) for edit in self.considered]
        for size in range(1, min(LARGEST, len(self.considered)) + 1):
            self._try(sets, size)
            self.trials.start()
            complete = size if size <= EXHAUSTIVE and not self.stopped and not self.hits else complete
            if self.hits or self.stopped or not self._bears():
                break
            sets = self._pairs() if size < EXHAUSTIVE else self._grown(size)
        hits = sorted({self._pruned(edits) for edits in self.hits}, key=self._rank)
        if hits:
            return Found(tuple(ordered(s) for s in hits[: self.most]), True, complete, self._spent())
        best = sorted(self.gains, key=lambda edits: (-self.gains[edits], len(edits), ordered(edits)))[:1]
        near = tuple(ordered(edits) for edits in best if self.gains[edits] > LEAST)
        return Found(near, False, complete, self._spent())

    def _spent(self) -> str:
        return self.trials.spent if self.stopped else ""

    def _try(self, sets: Iterable[Edits], size: int) -> None:
        """Try sets in their order; of pairs and larger ones only until enough are found."""
        for edits in sets:
            self._gain(edits)
            if self.stopped or (size > 1 and len(self.hits) >= self.most):
                return

    def _gain(self, edits: Edits) -> None:
        scores = self.trials.scores(edits)
        if scores is None:
            self.stopped = True
            return
        self.gains[edits] = self.goal.gain(self.before, scores[0])
        if self.goal.reached(scores[0]):
            self.hits.append(edits)

    def _bears(self) -> bool:
        return any(abs(gain) > LEAST for gain in self.gains.values())

    def _pairs(self) -> list[Edits]:
        """All pairs, those first whose members move the margin most."""
        single = {edit: self.gains[frozenset([edit])] for edit in self.considered}
        pairs = [frozenset(pair) for pair in combinations(self.considered, EXHAUSTIVE)]
        return sorted(pairs, key=lambda pair: (-sum(single[edit] for edit in pair), ordered(pair)))

    def _grown(self, size: int) -> list[Edits]:
        """The best sets of a size with one edit more."""
        kept = sorted((s for s in self.gains if len(s) == size), key=self._rank)[:WIDTH]
        useful = [edit for edit in self.considered if self._matters(edit)]
        grown = dict.fromkeys(edits | {edit} for edits in kept for edit in useful if edit not in edits)
        return list(grown)

    def _matters(self, edit: Edit) -> bool:
        """Say whether an edit moved the margin, alone or beside another: those that never did are left out of more."""
        return any(abs(gain - self.gains.get(edits - {edit}, 0.0)) > LEAST for edits, gain in self.gains.items()
                   if edit in edits and len(edits) <= EXHAUSTIVE)  # fmt: skip

    def _pruned(self, edits: Edits) -> Edits:
        """Leave out what is not needed, so that no part of a set reaches the goal without the rest of it."""
        for edit in ordered(edits) if len(edits) > EXHAUSTIVE else ():
            scores = self.trials.scores(edits - {edit})
            if scores is not None and self.goal.reached(scores[0]):
                self.gains[edits - {edit}] = self.goal.gain(self.before, scores[0])
                return self._pruned(edits - {edit})
        return edits

    def _rank(self, edits: Edits) -> tuple[int, float, tuple[Edit, ...]]:
        return len(edits), -self.gains[edits], ordered(edits)
