"""What is measured of a ranking: curves of deletion and insertion, fidelity, sparsity, and agreement of rankings.

Margins are told in standard deviations of the input's scores over the candidates.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from kgzsl.arrays import Array
from kgzsl.explain.faithfulness.question import Question, Ranking

POINTS = (1, 3, 6, 12)
TOP = 3
SHARE = 0.8
FEWEST = 3


class Curves(NamedTuple):
    """Margins at numbers of facts: of the first of them deleted, and of all but the first of them deleted.

    Args:
        numbers: of facts, from 0 to the last point or to all facts there are. Shape: (P,).
        deleted: margin lost. Shape: (P,), 0 first.
        inserted: margin regained on that without any of the facts. Shape: (P,), 0 first.
        kept: margin lost when all but the first are deleted. Shape: (P,).
    """

    numbers: Array
    deleted: Array
    inserted: Array
    kept: Array


def curves(question: Question, ranking: Ranking, points: tuple[int, ...] = POINTS) -> Curves:
    """Delete facts in the order of a ranking, and put them back in that order, propagating each time."""
    total = len(question.facts)
    last = min(max(points), total)
    numbers = np.array(sorted({0, last, *(p for p in points if p < last)}), np.int64)
    facts = [question.facts[k] for k in ranking.order]
    whole, unit = question.margin(), question.unit
    deleted = np.array([(whole - question.margin(tuple(facts[:m]))) / unit for m in numbers])
    kept = np.array([(whole - question.margin(tuple(facts[m:]))) / unit for m in numbers])
    return Curves(numbers, deleted, kept[0] - kept, kept)


def area(numbers: Array, values: Array) -> float:
    """Return the mean height of a curve over the share of facts, by trapezia: 1 for a curve that is 1 from 0 on.

    Source: Samek et al. 2017 (mean over the steps of a perturbation); Petsiuk, Das, Saenko 2018 (area).
    """
    if len(numbers) < 2:
        return float(values[0])
    heights = (values[1:] + values[:-1]) / 2
    return float(heights @ np.diff(numbers) / (numbers[-1] - numbers[0]))


def at(curve: Curves, values: Array, number: int) -> float:
    """Return the value of a curve where that many facts, or all there are, were taken."""
    return float(values[int(np.searchsorted(curve.numbers, min(number, curve.numbers[-1])))])


def sparsity(values: Array, share: float = SHARE) -> float:
    """Return one less the part of the facts, largest first, that hold a share of all importance; 1 for none at all.

    Source: Yuan, Yu, Gui, Ji 2023, here with a share of importance in place of a size chosen beforehand.
    """
    sizes = np.sort(np.abs(values))[::-1]
    total = sizes.sum()
    if not total:
        return 1.0
    needed = int(np.searchsorted(np.cumsum(sizes), share * total * (1 - 1e-12))) + 1
    return 1.0 - needed / len(values)


def agreement(one: Array, other: Array) -> float:
    """Return Spearman's rank correlation over the facts of which either says anything.

    Facts that both leave at zero are not counted: that a network cannot read them is no agreement on what it learnt.
    NaN with fewer than three facts left, and where either says the same of all.
    """
    here = (np.round(one, 12) != 0) | (np.round(other, 12) != 0)
    a, b = _ranks(one[here]), _ranks(other[here])
    if len(a) < FEWEST or np.ptp(a) == 0 or np.ptp(b) == 0:
        return float("nan")
    return float(np.corrcoef(a, b)[0, 1])


def _ranks(values: Array) -> Array:
    """Return ranks, equal values sharing their mean."""
    _, place, counts = np.unique(np.round(values, 12), return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    return np.asarray((last - (counts - 1) / 2)[place])
