"""Draws of the bootstrap, by how often each value is drawn: exact, and cheap where few values differ."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from kgzsl.arrays import Array

ROOM = 4_000_000
"""Numbers that are held at a time."""
Held = tuple[tuple[float, ...], tuple[int, ...]]
"""Values, and how often each is there."""


def held(values: Array) -> Held:
    """Return which values a class has, and how often each."""
    unique, counts = np.unique(np.asarray(values, float), return_counts=True)
    return tuple(map(float, unique)), tuple(map(int, counts))


def nested(groups: Mapping[Held, int], draws: int, rng: np.random.Generator) -> Array:
    """Return class means of classes drawn anew and inputs drawn anew in each.

    Classes that hold the same are drawn together, since they cannot be told apart; of those drawn m times, m times as
    many inputs are drawn. Values, their numbers → how many classes hold them; → (draws,).
    """
    classes = sum(groups.values())
    often = rng.multinomial(classes, np.array(list(groups.values())) / classes, size=draws)
    total = np.zeros(draws)
    for place, (values, counts) in enumerate(groups):
        size = sum(counts)
        total += rng.multinomial(often[:, place] * size, np.array(counts) / size) @ np.array(values) / size
    return total / classes


def resampled(values: Array, draws: int, rng: np.random.Generator) -> Array:
    """Return means of as many values drawn from these, with replacement. Shapes: (n,) → (draws,)."""
    unique, counts = np.unique(np.asarray(values, float), return_counts=True)
    drawn = [rng.multinomial(len(values), counts / counts.sum(), size=size) @ unique
             for size in blocks_of(draws, len(unique))]  # fmt: skip
    return np.concatenate(drawn) / len(values) if drawn else np.zeros(0)


def blocks_of(draws: int, width: int) -> list[int]:
    """Return sizes that add up to ``draws``, each of few enough to hold in memory."""
    size = max(1, ROOM // max(width, 1))
    return [min(size, draws - start) for start in range(0, draws, size)]
