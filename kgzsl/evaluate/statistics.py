"""How sure a figure is: intervals by bootstrap, paired comparisons, several seeds, several comparisons at once."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from kgzsl.arrays import Array
from kgzsl.evaluate.resampling import blocks_of, held, nested, resampled

DRAWS, LEVEL = 2000, 95
EXACT = 12
"""Up to so many differences every change of signs is counted; beyond, signs are drawn."""
FLIPS = 9999
ONE_CLASS, ONE_INPUT, ONE_SEED, EMPTY = "one class: no interval", "one input: no interval", "one seed", "nothing there"


@dataclass(frozen=True)
class Figure:
    """A number with its 95 % interval.

    Args:
        value: of all there is; None where there is nothing.
        low: 2.5th percentile.
        high: 97.5th percentile.
        note: why the interval is the number itself, where it is.
    """

    value: float | None
    low: float | None
    high: float | None
    note: str = ""

    def __str__(self) -> str:
        if self.value is None or self.low is None or self.high is None:
            return "–"
        return f"{100 * self.value:.1f} [{100 * self.low:.1f}, {100 * self.high:.1f}]"


NONE = Figure(None, None, None, EMPTY)


@dataclass(frozen=True)
class Paired:
    """How much better one is than another on the same inputs.

    Args:
        difference: of class means, with its interval over classes.
        p: chance of a difference as large where the two are alike, two-sided: signs of the classes' differences are
            flipped.
        classes: how many there are.
        better: of how many classes the first is better.
        worse: of how many it is worse.
    """

    difference: Figure
    p: float
    classes: int
    better: int
    worse: int


@dataclass(frozen=True)
class Spread:
    """A figure over seeds: mean, standard deviation (of a sample), and the 95 % interval of the mean by Student's t."""

    mean: float
    deviation: float
    low: float
    high: float
    seeds: int
    note: str = ""


def over_classes(values: Array, y: Array, seed: int = 0, draws: int = DRAWS) -> Figure:
    """Return the class mean and its interval over classes. Shapes: (n,), (n,)."""
    return over(class_means(values, y), seed, draws) if len(y) else NONE


def over(per_class: Array, seed: int = 0, draws: int = DRAWS, note: str = ONE_CLASS) -> Figure:
    """Return the mean and its percentile interval (Efron, Tibshirani 1993, ch. 13). Shape: (C,)."""
    count = len(per_class)
    if not count:
        return NONE
    value = float(np.mean(per_class))
    if count == 1:
        return Figure(value, value, value, note)
    return _figure(value, resampled(per_class, draws, np.random.default_rng(seed)))


def over_inputs(values: Array, seed: int = 0, draws: int = DRAWS) -> Figure:
    """Return the mean over inputs, whatever their classes, and its interval over inputs. Shape: (n,)."""
    if not len(values):
        return NONE
    value = float(np.mean(values))
    if len(values) == 1:
        return Figure(value, value, value, ONE_INPUT)
    return _figure(value, resampled(values, draws, np.random.default_rng(seed)))


def over_both(values: Array, y: Array, seed: int = 0, draws: int = DRAWS) -> Figure:
    """Return the class mean and its interval over classes drawn anew and, in each, inputs drawn anew.

    It counts that a class of few inputs is measured badly, which an interval over classes counts only as far as it
    makes classes differ. Shapes: (n,), (n,).

    Source: Davison, Hinkley 1997, Bootstrap Methods and their Application, section 3.8.
    """
    classes, place, counts = np.unique(y, return_inverse=True, return_counts=True)
    if not len(classes):
        return NONE
    order, ends = np.argsort(place, kind="stable"), np.cumsum(counts)
    groups = Counter(held(values[order[end - count : end]]) for end, count in zip(ends, counts, strict=True))
    rng = np.random.default_rng(seed)
    drawn = np.concatenate([nested(groups, size, rng) for size in blocks_of(draws, len(groups))])
    note = ONE_CLASS.replace("no interval", "its inputs alone are drawn") if len(classes) == 1 else ""
    return _figure(float(class_means(values, y).mean()), drawn, note)


def class_means(values: Array, y: Array) -> Array:
    """Return the mean of each class that has inputs, sorted by class. Shapes: (n,), (n,) → (C,)."""
    _, place, counts = np.unique(y, return_inverse=True, return_counts=True)
    return np.asarray(np.bincount(place, weights=np.asarray(values, float)) / counts)


def of_two(
    first: Array, second: Array, measure: Callable[[Array, Array], Array], seed: int = 0, draws: int = DRAWS
) -> Figure:
    """Return a measure of two class means, such as their harmonic mean, with its interval over both sets of classes.

    Args:
        first: of each class, such as the unseen ones. Shape: (U,).
        second: of each other class. Shape: (S,).
        measure: of means; called with arrays. Shapes: (draws,), (draws,) → (draws,).
        seed: of the draws.
        draws: how many.
    """
    if not len(first) or not len(second):
        return NONE
    rng = np.random.default_rng(seed)
    means = [resampled(one, draws, rng) for one in (first, second)]
    value = float(measure(np.array([first.mean()]), np.array([second.mean()]))[0])
    return _figure(value, measure(*means), ONE_CLASS if len(first) == len(second) == 1 else "")


def harmonics(unseen: Array, seen: Array) -> Array:
    """Return harmonic means; 0 where both are. Shapes: (n,), (n,) → (n,)."""
    total = unseen + seen
    return np.asarray(np.divide(2 * unseen * seen, total, out=np.zeros_like(total, dtype=float), where=total > 0))


def paired(first: Array, second: Array, y: Array, seed: int = 0, draws: int = DRAWS) -> Paired:
    """Compare two on the same inputs, class by class.

    Args:
        first: what each input counts for the one, such as whether it is answered rightly. Shape: (n,).
        second: the same for the other. Shape: (n,).
        y: class of each input. Shape: (n,).
        seed: of what is drawn.
        draws: of the interval.
    """
    assert len(first) == len(second) == len(y)
    if not len(y):
        return Paired(NONE, 1.0, 0, 0, 0)
    return paired_classes(class_means(np.asarray(first, float) - np.asarray(second, float), y), seed, draws)


def paired_classes(differences: Array, seed: int = 0, draws: int = DRAWS) -> Paired:
    """Return the same from the difference of each class. Shape: (C,)."""
    if not len(differences):
        return Paired(NONE, 1.0, 0, 0, 0)
    return Paired(over(differences, seed, draws), sign_flip(differences, seed), len(differences),
                  int((differences > 0).sum()), int((differences < 0).sum()))  # fmt: skip


def sign_flip(differences: Array, seed: int = 0) -> float:
    """Return the chance of a mean at least as far from zero when each difference has either sign alike. Shape: (C,).

    Source: Fisher 1935, The Design of Experiments, section 21; with the observed one among those drawn, Phipson, Smyth
    2010, Permutation P-values should never be zero.
    """
    differences = np.asarray(differences, float)
    differences = differences[differences != 0]
    count = len(differences)
    if not count:
        return 1.0
    observed = abs(differences.sum()) * (1 - 1e-12)
    if count <= EXACT:
        signs = 1 - 2 * ((np.arange(2**count)[:, None] >> np.arange(count)) & 1)
        return float((np.abs(signs @ differences) >= observed).mean())
    rng, reached = np.random.default_rng(seed), 0
    for start in range(0, FLIPS, 500):
        signs = 1 - 2 * rng.integers(2, size=(min(500, FLIPS - start), count))
        reached += int((np.abs(signs @ differences) >= observed).sum())
    return (1 + reached) / (1 + FLIPS)


def holm(ps: Sequence[float]) -> list[float]:
    """Return p values that hold for all comparisons together (Holm 1979, A Simple Sequentially Rejective Procedure)."""
    found, largest = [0.0] * len(ps), 0.0
    for rank, place in enumerate(sorted(range(len(ps)), key=lambda k: ps[k])):
        largest = max(largest, min(1.0, (len(ps) - rank) * ps[place]))
        found[place] = largest
    return found


def across_seeds(values: Sequence[float]) -> Spread:
    """Return mean, deviation and interval of one figure over seeds; of one seed the figure itself."""
    mean = float(np.mean(values))
    if len(values) == 1:
        return Spread(mean, 0.0, mean, mean, 1, ONE_SEED)
    from scipy.stats import t

    deviation = float(np.std(values, ddof=1))
    reach = float(t.ppf(0.5 + LEVEL / 200, len(values) - 1)) * deviation / math.sqrt(len(values))
    return Spread(mean, deviation, mean - reach, mean + reach, len(values))


def _figure(value: float, draws: Array, note: str = "") -> Figure:
    low, high = np.percentile(draws, [50 - LEVEL / 2, 50 + LEVEL / 2])
    return Figure(value, float(low), float(high), note)
