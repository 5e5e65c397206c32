"""Edits on trial: each set of them is propagated once, exactly, and only what it changed is scored again."""

from __future__ import annotations

import math
import time
from collections.abc import Iterable

import numpy as np

from kgzsl.arrays import Array
from kgzsl.bank import ClassifierBank, InputMap
from kgzsl.explain.explanation import Edit
from kgzsl.explain.setting import Setting
from kgzsl.graph.classgraph import SUBCLASS
from kgzsl.learners.base import Propagation
from kgzsl.resolve.candidates import by_policy

WITHOUT, WITH = "without", "with"
LEAVES = "seen and leaves"
FEW = 8
"""Inputs up to which scoring all candidates takes less than finding out which rows changed."""

Edits = frozenset[Edit]


def ordered(edits: Iterable[Edit]) -> tuple[Edit, ...]:
    """Return edits in the one order in which they are applied and shown: what goes first, then what comes."""
    return tuple(sorted(edits, key=lambda edit: (edit.action == WITH, edit.fact[:3], edit.fact.weight)))


def propagated(setting: Setting, edits: Iterable[Edit]) -> Propagation:
    """Return the propagation after some edits, made together."""
    steps = ordered(edits)
    return setting.edited([e.fact for e in steps if e.action == WITHOUT], [e.fact for e in steps if e.action == WITH])


def freed(setting: Setting, edits: Iterable[Edit]) -> tuple[str, ...]:
    """Return classes that edits leave with nothing below them, and so make candidates where leaves are candidates."""
    graph, bank, steps = setting.graph, setting.propagation.bank, tuple(edits)
    gone = {e.fact[:3] for e in steps if e.action == WITHOUT and e.fact.relation == SUBCLASS}
    gone -= {e.fact[:3] for e in steps if e.action == WITH}
    kept = {e.fact.target for e in steps if e.action == WITH and e.fact.relation == SUBCLASS}
    bare = [iri for iri in sorted({target for *_, target in gone} - kept)
            if all(edge[:3] in gone for edge in graph.into(iri, SUBCLASS))]  # fmt: skip
    bare = [iri for iri in bare if iri in bank.row and not bank.seen[bank.row[iri]] and iri not in setting.candidates]
    return tuple(iri for iri in bare if not graph.concepts[iri].deprecated) if bare and _takes_leaves(setting) else ()


def rescored(setting: Setting, X: Array, before: Array, edits: Iterable[Edit]) -> Array:
    """Return adjusted scores after some edits, computed anew only for candidates whose rows changed.

    Those that the edits make candidates come last. Shapes: (n, d), (n, C) → (n, C + those).

    Args:
        setting: what gave ``before``.
        X: inputs.
        before: scores of the candidates before.
        edits: made together.
    """
    steps = ordered(edits)
    after, more = propagated(setting, steps), freed(setting, steps)
    columns = _changed(setting, after.bank) if len(X) > FEW else None
    if columns is None:
        return setting.scores(X, [*setting.candidates, *more], after)
    scores = np.concatenate([before, setting.scores(X, more, after)], axis=1) if more else before.copy()
    if len(columns):
        scores[:, columns] = setting.scores(X, [setting.candidates[k] for k in columns], after)
    return scores


class Trials:
    """Tries sets of edits on some inputs, each set once, until a budget is spent.

    Args:
        setting: what is edited.
        X: inputs. Shape: (n, d).
        most: how many propagations may be made.
        seconds: how long all of it may take, from the first call of ``start``; bounds the wait, and which sets are
            tried depends on it only where it is reached before ``most``.
    """

    def __init__(self, setting: Setting, X: Array, most: int, seconds: float) -> None:
        self.setting, self.X, self.most, self.seconds = setting, X, most, seconds
        self.before = setting.scores(X)
        self.made = 0
        self._end = math.inf
        self._known: dict[Edits, Array] = {frozenset(): self.before}

    def start(self) -> None:
        """Let the clock run, unless it does."""
        self._end = min(self._end, time.monotonic() + self.seconds)

    @property
    def spent(self) -> str:
        """What is used up, in words; empty while neither is."""
        if self.made >= self.most:
            return f"{self.made} propagations"
        return f"{self.seconds:g} seconds" if time.monotonic() >= self._end else ""

    def scores(self, edits: Edits) -> Array | None:
        """Return what :func:`rescored` gives for these edits, or None when the budget is spent."""
        if edits not in self._known:
            if self.spent:
                return None
            self.made += 1
            self._known[edits] = rescored(self.setting, self.X, self.before, edits)
        return self._known[edits]


def answer(setting: Setting, edits: Iterable[Edit], scores: Array) -> str:
    """Return the IRI that answers an input after some edits. Shape: (C + those that they make candidates,)."""
    return (*setting.candidates, *freed(setting, edits))[int(scores.argmax())]


def _takes_leaves(setting: Setting) -> bool:
    """Say whether the candidates are the seen classes and all leaves, those without any classifier left out."""
    bank = setting.propagation.bank
    seen = [bank.ids[k] for k in np.flatnonzero(bank.seen)]
    rows = bank.rows(by_policy(setting.graph, seen, LEAVES))
    there = rows[bank.seen[rows] | bank.table[rows].any(axis=1)]
    return {bank.ids[k] for k in there} <= set(setting.candidates)


def _changed(setting: Setting, bank: ClassifierBank) -> Array | None:
    """Return the places of candidates whose classifiers changed; None where all must be scored again."""
    old = setting.propagation.bank
    if not _same(old.input_map, bank.input_map) or old.table.shape[1] != bank.table.shape[1]:
        return None
    was, now = old.rows(setting.candidates), bank.rows(setting.candidates)
    moved = (old.table[was] != bank.table[now]).any(axis=1) | (old.bias[was] != bank.bias[now])
    return np.flatnonzero(moved | (old.seen[was] != bank.seen[now]))


def _same(one: InputMap, other: InputMap) -> bool:
    arrays = ((one.center, other.center), (one.layer, other.layer), (one.anchors, other.anchors))
    return (one.normalise, one.top) == (other.normalise, other.top) and all(
        a is b or (a is not None and b is not None and np.array_equal(a, b)) for a, b in arrays
    )
