"""Automatic choice of adjusters: only those that help on rehearsals which they were not fitted on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from kgzsl.arrays import Array
from kgzsl.errors import AdjusterError
from kgzsl.metrics import balance
from kgzsl.resolve.adjuster import Adjuster, required
from kgzsl.resolve.catalogue import ADJUSTERS, adjuster_class, make_adjuster
from kgzsl.resolve.chain import Chain, fit_chain
from kgzsl.resolve.query import Query, Rehearsal

AUTO = "auto"
BETTER = 0.005
"""What an adjuster must add to the mean harmonic mean, and it must lower that of no rehearsal by as much."""


def choose_chain(
    rehearsals: Sequence[Rehearsal], final: Query, options: Mapping[str, Mapping[str, Any]] | None = None
) -> Chain:
    """Return a chain of inductive adjusters, at most one of a place.

    Calibrated stacking is the first to be tried. Then, again and again, the adjuster is taken that adds most to the
    harmonic mean of seen and unseen accuracy, by leaving one rehearsal out; until none adds :data:`BETTER`.

    Args:
        rehearsals: scored by the bank alone.
        final: the references scored by the real bank alone.
        options: of adjusters, by name.

    Raises:
        AdjusterError: no rehearsals.
    """
    useful = list(required(AUTO, rehearsals))
    names = [name for name in ADJUSTERS if _automatic(adjuster_class(name))]
    chosen: list[str] = []
    now = _left_out(chosen, useful, options)
    first = True
    while names:
        tried = ["calibrated-stacking"] if first and "calibrated-stacking" in names else names
        found = {name: _left_out([*chosen, name], useful, options) for name in tried}
        best = max(found, key=lambda name: float(found[name].mean()))
        gain = found[best] - now
        if gain.mean() >= BETTER and gain.min() > -BETTER:
            chosen, now = [*chosen, best], found[best]
            place = adjuster_class(best).place
            names = [name for name in names if adjuster_class(name).place != place]
        elif not first:
            break
        first = False
    return fit_chain(_made(chosen, options), rehearsals, final) if chosen else Chain(references=final.references)


def balance_of(rehearsal: Rehearsal) -> float:
    """Return the harmonic mean of seen and unseen class-mean accuracy."""
    return balance(rehearsal.query.scores, rehearsal.y, rehearsal.query.seen)


def _automatic(kind: type[Adjuster]) -> bool:
    return not kind.transductive and kind.place != "probabilities"


def _made(names: Sequence[str], options: Mapping[str, Mapping[str, Any]] | None) -> list[Adjuster]:
    return [make_adjuster(name, (options or {}).get(name)) for name in names]


def _left_out(
    names: Sequence[str], rehearsals: Sequence[Rehearsal], options: Mapping[str, Mapping[str, Any]] | None
) -> Array:
    """Return the balance of each rehearsal by adjusters that were fitted on the others. Shape: (R,)."""
    found = []
    for k, held in enumerate(rehearsals):
        others = [r for n, r in enumerate(rehearsals) if n != k] or [held]
        try:
            chain = fit_chain(_made(names, options), others, held.query) if names else Chain()
        except AdjusterError:
            return np.full(len(rehearsals), -1.0)
        found.append(balance_of(chain.rehearsed(held)))
    return np.array(found)
