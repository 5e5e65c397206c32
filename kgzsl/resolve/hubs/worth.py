"""What scores are worth on a rehearsal: how often they are right, and how few hubs they have."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple
from weakref import WeakKeyDictionary

import numpy as np

from kgzsl.arrays import Array
from kgzsl.metrics import alike, by_class, harmonic, hub_report, ranks
from kgzsl.resolve.query import Query, Rehearsal

K = 10
_KNOWN: WeakKeyDictionary[Query, dict[tuple[object, ...], Worth]] = WeakKeyDictionary()


class Setting(NamedTuple):
    """What a cure may be set to.

    Args:
        strength: how much of the levels is undone.
        reach: how far around a class its level looks.
        apart: 1 where levels count from what is typical of seen or unseen classes, 0 where all are levelled alike.
        own: 1 where inputs of a class count for its level too, 0 where only those of others do.
    """

    strength: float
    reach: float
    apart: float = 1.0
    own: float = 0.0


@dataclass(frozen=True)
class Worth:
    """How good scores are, and how unevenly classes are answered.

    Args:
        hit: class-mean hit@1 of inputs of hidden classes among hidden ones, and of the others among the others; their
            mean, in which a bias between the groups does not count.
        balance: harmonic mean of the class-mean hit@1 of both among all candidates.
        share: of all top-k lists, the part that the ten most frequent classes hold; each class of inputs counts alike.
    """

    hit: float
    balance: float
    share: float

    @classmethod
    def of(cls, rehearsal: Rehearsal, scores: Array) -> Worth:
        """Return what these scores are worth. Shape: (n, C)."""
        known, own, y = rehearsal.query.seen, rehearsal.of_seen, rehearsal.y
        everything = np.ones(len(known), bool)
        k = min(K, scores.shape[1] - 1)
        return cls((_hit(scores, y, ~own, ~known) + _hit(scores, y, own, known)) / 2,
                   harmonic(_hit(scores, y, ~own, everything), _hit(scores, y, own, everything)),
                   hub_report(scores, k, weights=alike(y)).share if k > 0 else 0.0)  # fmt: skip


def best_setting(worths: Sequence[Sequence[Worth]], settings: Sequence[Setting], used: bool = False) -> Setting:
    """Return the setting with the fewest hubs among those that cost nothing.

    What costs nothing is at least as good as the first setting, which leaves scores alone, by the means over rehearsals
    of both accuracies.

    Args:
        worths: of each rehearsal, of each setting.
        settings: the first of them leaves scores alone.
        used: the first is out of the question; where all others cost something, the one that costs least is taken.
    """
    hit, balance, share = (np.array([[getattr(one, name) for one in each] for each in worths]).mean(axis=0)
                           for name in ("hit", "balance", "share"))  # fmt: skip
    cost = np.maximum(hit[0] - hit, 0) + np.maximum(balance[0] - balance, 0)
    allowed = np.arange(1 if used else 0, len(settings))
    free = allowed[cost[allowed] <= cost[allowed].min()]
    return settings[int(free[np.argmin(share[free])])]


def remembered(query: Query, cure: str, setting: Setting, found: Callable[[], Worth]) -> Worth:
    """Return the worth of a setting, found once for a query: choosing among adjusters fits the same ones often."""
    known = _KNOWN.setdefault(query, {})
    key = (cure, *setting)
    if key not in known:
        known[key] = found()
    return known[key]


def _hit(scores: Array, y: Array, inputs: Array, candidates: Array) -> float:
    """Return the class-mean hit@1 of some inputs among some candidates, which hold their classes."""
    column = np.cumsum(candidates) - 1
    right = ranks(scores[np.ix_(inputs, candidates)], column[y[inputs]]) == 0
    return float(by_class(right, y[inputs]).mean())
