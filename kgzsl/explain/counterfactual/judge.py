"""What edits do to the answers of a labelled set, and which are worth trying on it."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import numpy as np

from kgzsl.arrays import Array
from kgzsl.explain.counterfactual.repairs import ADD, FEW, MOVE, Repair, repairs, touched
from kgzsl.explain.counterfactual.search import LEAST, margins
from kgzsl.explain.counterfactual.trials import rescored
from kgzsl.explain.setting import Setting
from kgzsl.graph.classgraph import SUBCLASS
from kgzsl.learners.networks.interrupts import Interrupts

PAIRS = 60
"""Pairs of confused classes that are looked at, the most frequent first."""
Progress = Callable[[str, int, int], None]


class Tried(NamedTuple):
    """An edit, wrong answers that it makes right, right ones that it makes wrong, and the mean gain of the margin."""

    option: Repair
    mended: int
    broken: int
    gain: float

    @property
    def net(self) -> int:
        """Answers that it makes right, less those that it makes wrong."""
        return self.mended - self.broken


class Judge:
    """Answers a labelled set after each of many edits.

    Args:
        setting: what answers.
        X: inputs. Shape: (n, d).
        places: of their right classes among the candidates. Shape: (n,).
    """

    def __init__(self, setting: Setting, X: Array, places: Array) -> None:
        self.setting, self.X, self.places = setting, X, places
        self.before = setting.scores(X)
        self.margins = margins(self.before, places)
        self.answers = self.before.argmax(axis=1)
        self.right = self.answers == places
        labelled = {setting.candidates[k] for k in places}
        self._unlabelled = set(setting.candidates) - labelled
        self._leaves = {
            iri for iri in labelled - set(setting.learner.seen_ids) if not setting.graph.into(iri, SUBCLASS)
        }

    def options(self, right: bool, stop: Interrupts | None = None, progress: Progress | None = None) -> list[Repair]:
        """Return the edits to try, those that most errors ask for first.

        Args:
            right: look where right answers are in doubt, too.
            stop: ends it early.
            progress: called with (stage, done, total).
        """
        votes: dict[frozenset[object], float] = {}
        options: dict[frozenset[object], Repair] = {}
        pairs = self._confused(right)
        for done, (true, other, rows) in enumerate(pairs, 1):
            if stop and stop.pressed:
                break
            typical = self.X[self.places == self.setting.candidates.index(true)].mean(axis=0)
            found = repairs(self.setting, self.X[rows].mean(axis=0), true, other, typical, FEW)
            for rank, option in enumerate(filter(self._judged, found), 1):
                key = frozenset(option.edits)
                options.setdefault(key, option)
                votes[key] = votes.get(key, 0.0) + len(rows) / rank
            if progress:
                progress("confused classes", done, len(pairs))
        return [options[key] for key in sorted(votes, key=lambda key: -votes[key])]

    def _judged(self, option: Repair) -> bool:
        """Say whether inputs are there to tell what an edit does to the class that it describes anew.

        Nor may a class of which inputs are labelled get another below it and so cease to be a candidate.
        """
        above = option.edits[-1].fact.target if option.kind in (ADD, MOVE) else None
        return above not in self._leaves and all(edit.fact.source not in self._unlabelled for edit in option.edits)

    def tried(
        self, options: Sequence[Repair], stop: Interrupts, progress: Progress | None, seconds: float
    ) -> tuple[list[Tried], bool]:
        """Return what each edit does, and whether time ran out."""
        found: list[Tried] = []
        end = time.monotonic() + seconds
        for done, option in enumerate(options, 1):
            if stop.pressed or time.monotonic() >= end:
                return found, not stop.pressed
            scores = rescored(self.setting, self.X, self.before, option.edits)
            now = scores.argmax(axis=1) == self.places
            gain = float((margins(scores, self.places) - self.margins).mean())
            found.append(Tried(option, int((now & ~self.right).sum()), int((self.right & ~now).sum()), gain))
            if progress:
                progress("edits tried", done, len(options))
        return found, False

    def _confused(self, right: bool) -> list[tuple[str, str, list[int]]]:
        """Return pairs of a right class and what answers instead, the most frequent first, with their inputs.

        Where right answers count too, the runner-up stands for what might have answered.
        """
        ids, pairs = self.setting.candidates, Counter[tuple[int, int]]()
        rows: dict[tuple[int, int], list[int]] = {}
        for k, (true, other) in enumerate(self._rivals(right)):
            if other >= 0:
                pairs[true, other] += 1
                rows.setdefault((true, other), []).append(k)
        frequent = sorted(pairs, key=lambda pair: (-pairs[pair], pair))[:PAIRS]
        return [(ids[true], ids[other], rows[true, other]) for true, other in frequent]

    def _rivals(self, right: bool) -> Iterator[tuple[int, int]]:
        """Yield for each input the place of the right class and of what it is confused with, −1 for nothing."""
        others = self.before.copy()
        others[np.arange(len(others)), self.places] = -np.inf
        second = others.argmax(axis=1)
        for k, true in enumerate(self.places):
            wrong = not self.right[k]
            yield int(true), int(second[k]) if wrong or right else -1


def best(found: Sequence[Tried], right: bool = False) -> list[Tried]:
    """Return what helps: what mends most, net of what it breaks, first; then in the order in which it was tried.

    That order is how likely an edit is. On injected faults it names the fault more often than the gain of the margin,
    which is largest for edits that happen to fit the inputs (docs/repair.md). Of edits of the same facts only the best
    are returned.

    Args:
        found: in the order in which they were tried.
        right: keep what moves no margin the right way, too, so long as it breaks no more than it mends.
    """
    kept = [one for one in found if one.net > 0 or (one.net == 0 if right else one.gain > LEAST)]
    kept.sort(key=lambda one: -one.net)
    of = {one.option: one for one in kept}
    return [of[option] for option in distinct([one.option for one in kept])]


def distinct(options: Sequence[Repair]) -> list[Repair]:
    """Return of the edits of the same facts the first alone."""
    first: dict[object, Repair] = {}
    for option in options:
        first.setdefault(touched(option), option)
    return list(first.values())
