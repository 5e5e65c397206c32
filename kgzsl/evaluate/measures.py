"""From tallies to the figures of one task by one set of scores."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from kgzsl.arrays import Array
from kgzsl.evaluate.kinship import folded
from kgzsl.evaluate.outcome import Balance, Bin, ClassRow, Hits, Hub, Hubness, Reliability, Scored
from kgzsl.evaluate.statistics import (
    Figure,
    class_means,
    harmonics,
    of_two,
    over,
    over_both,
    over_classes,
    over_inputs,
)  # fmt: skip
from kgzsl.evaluate.tally import OFTEN, Tally
from kgzsl.evaluate.view import View
from kgzsl.metrics import class_weights, reliability, seen_unseen_curve
from kgzsl.metrics.hierarchical import hierarchical_precision

REST = "in no stratum"
NAMED = 10
"""How many hubs are named, and hold the hub share."""
CURVE = 200
"""Points of a curve that are kept."""
ROOM = 30_000_000
"""Numbers that are held at a time."""


def scored(name: str, view: View, tally: Tally, notes: tuple[str, ...] = (), seed: int = 0) -> Scored:
    """Return all figures.

    Args:
        name: ``plain`` or ``adjusted``.
        view: the task.
        tally: of its inputs.
        notes: what adjusters had to say.
        seed: of the intervals.
    """
    balanced = balance(view, tally, seed) if view.task.generalised else None
    if balanced and balanced.ausuc is None:
        notes = (*notes, "no seen–unseen curve: inputs of one kind alone, or too many classes and inputs to hold")
    answers, truths = view.names(tally.top[:, 0]), view.names(tally.y)
    return Scored(
        name, tuple(hits(tally, k, seed) for k in view.task.ks), lenient(view, tally, answers, truths, seed),
        precision(view, tally), strata(view, tally, seed), tuple(classes(view, tally)), packed_bits(tally.right),
        balanced, tuple(reliabilities(view, tally)),
        hubness(view, tally), folded(view.field.kinship, view.field.graph, answers, truths, tally.right),
        milliseconds=tally.milliseconds, notes=notes,
    )  # fmt: skip


def hits(tally: Tally, k: int, seed: int = 0) -> Hits:
    """Return hit@k with its three intervals; with k candidates or fewer every answer is right."""
    right = (tally.rank < k).astype(float)
    return Hits(k, over_classes(right, tally.y, seed), over_both(right, tally.y, seed), over_inputs(right, seed))


def lenient(view: View, tally: Tally, answers: list[str], truths: list[str], seed: int = 0) -> Figure:
    """Return class-mean hit@1 that counts descendants of the true class as right."""
    below = [view.field.kinship.is_below(answer, truth) for answer, truth in zip(answers, truths, strict=True)]
    return over_classes((tally.right | np.array(below, bool)).astype(float), tally.y, seed)


def strata(view: View, tally: Tally, seed: int = 0) -> dict[str, Figure]:
    """Return class-mean hit@1 of each stratum, and of the unseen classes that are in none where there are strata."""
    groups = {name: frozenset(iris) for name, iris in view.field.problem.strata.items()}
    if not groups:
        return {}
    inside = frozenset[str]().union(*groups.values())
    groups[REST] = frozenset(view.task.classes) - inside - view.field.seen
    there = np.unique(tally.y)
    means = class_means(tally.right, tally.y)
    names = view.names(there)
    inside_of = {name: np.array([iri in group for iri in names], bool) for name, group in groups.items()}
    return {name: over(means[at], seed) for name, at in inside_of.items() if at.any()}


def classes(view: View, tally: Tally) -> Iterator[ClassRow]:
    """Yield one row a class that has inputs, in the order of the candidates."""
    there, counts = np.unique(tally.y, return_counts=True)
    shares = np.array([class_means(tally.rank < k, tally.y) for k in view.task.ks]).T
    for column, count, row in zip(there, counts, shares, strict=True):
        iri = view.task.candidates[column]
        steps, near = view.field.nearest(iri)
        yield ClassRow(iri, view.field.graph.label(iri), bool(view.seen[column]), int(count),
                       tuple(map(float, row)), steps, near)  # fmt: skip


def balance(view: View, tally: Tally, seed: int = 0) -> Balance:
    """Return U, S, H and the seen–unseen curve."""
    right, y, own = tally.right.astype(float), tally.y, view.own
    unseen, seen = class_means(right[~own], y[~own]), class_means(right[own], y[own])
    both = of_two(unseen, seen, harmonics, seed)
    area, best, points = _curve(view, tally)
    return Balance(over(unseen, seed), over(seen, seed), both, area, best, points)


def _curve(view: View, tally: Tally) -> tuple[float | None, float | None, tuple[tuple[float, float, float], ...]]:
    """Scores of rivals are put into two columns: the curve needs no more of them than the highest of each kind."""
    own, (there, place) = view.own, np.unique(tally.y, return_inverse=True)
    if own.all() or not own.any() or len(own) * (len(there) + 2) > ROOM:
        return None, None, ()
    scores = np.full((len(own), len(there) + 2), -np.inf)
    scores[np.arange(len(own)), place] = tally.own
    scores[:, -2], scores[:, -1] = tally.rival_seen, tally.rival_unseen
    curve = seen_unseen_curve(scores, place, np.append(view.seen[there], [True, False]))
    at = np.unique(np.linspace(0, len(curve.gammas) - 1, CURVE).round().astype(int))
    points = zip(curve.gammas[at], curve.unseen[at], curve.seen[at], strict=True)
    return curve.area, curve.best.harmonic, tuple((float(g), float(u), float(s)) for g, u, s in points)


def reliabilities(view: View, tally: Tally) -> Iterator[Reliability]:
    """Yield calibration of all inputs, and of unseen and of seen ones apart where there are both; classes alike."""
    yield _reliability("all", tally)
    own = view.own
    if own.any() and not own.all():
        yield _reliability("unseen", tally.take(~own))
        yield _reliability("seen", tally.take(own))


def _reliability(of: str, tally: Tally) -> Reliability:
    weights = class_weights(tally.y)
    found = reliability(np.clip(tally.confidence, 0, 1), tally.right, weights=weights)
    bins = zip(found.count, found.confidence, found.accuracy, strict=True)
    finite = np.isfinite(tally.nll)
    nll = float(np.average(tally.nll[finite], weights=weights[finite])) if finite.any() else 0.0
    return Reliability(of, found.ece, found.debiased_ece, nll, float(np.average(tally.brier, weights=weights)),
                       tuple(Bin(int(n), float(c), float(a)) for n, c, a in bins), int((~finite).sum()))  # fmt: skip


def hubness(view: View, tally: Tally) -> Hubness | None:
    """Return how unevenly candidates are among the first answers; None with no more candidates than answers.

    Source: Radovanović, Nanopoulos, Ivanović 2010, Hubs in Space.
    """
    often = tally.often
    if not len(often):
        return None
    order = np.argsort(-often, kind="stable")[:NAMED]
    named = tuple(Hub(view.field.graph.label(view.task.candidates[c]), view.task.candidates[c], float(often[c]))
                  for c in order if often[c] > 0)  # fmt: skip
    centred = often - often.mean()
    spread = float(centred.std())
    skewness = float((centred**3).mean()) / spread**3 if spread > 1e-12 else 0.0
    return Hubness(OFTEN, skewness, float(often[order].sum() / often.sum()), float((often == 0).mean()), named)


def precision(view: View, tally: Tally) -> tuple[tuple[int, float], ...]:
    """Return class-mean hierarchical precision at each k, by steps in the hierarchy in either direction."""
    there, place = np.unique(tally.y, return_inverse=True)
    ks = [k for k in view.task.ks if k <= tally.top.shape[1]]
    found = np.zeros((len(tally.y), len(ks)))
    size = max(1, ROOM // len(view.task.candidates))
    for start in range(0, len(there), size):
        steps = view.field.steps(view.names(there[start : start + size]), view.task.candidates)
        at = (place >= start) & (place < start + size)
        for column, k in enumerate(ks):
            found[at, column] = hierarchical_precision(tally.top[at], place[at] - start, steps, k)
    return tuple((k, float(class_means(found[:, column], tally.y).mean())) for column, k in enumerate(ks))


def packed_bits(right: Array) -> str:
    """Return truth values as bits in hexadecimal. Shape: (n,) bool."""
    return bytes(np.packbits(np.asarray(right, bool))).hex()


def unpacked_bits(text: str, count: int) -> Array:
    """Take back what :func:`packed_bits` gave. Shape: (count,) bool."""
    return np.unpackbits(np.frombuffer(bytes.fromhex(text), np.uint8), count=count).astype(bool)
