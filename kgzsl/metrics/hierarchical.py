"""Answers judged by a hierarchy: how far from the truth they are, and how much they say."""

from __future__ import annotations

import numpy as np

from kgzsl.arrays import Array
from kgzsl.metrics.counting import by_class


def hierarchical_precision(answers: Array, y: Array, distances: Array, k: int | None = None) -> Array:
    """Return of each input the share of its k answers that are near the truth.

    Near are the candidates within the smallest distance of the truth that holds at least k of them, ties among them.

    Args:
        answers: columns of candidates, the best first. Shape: (n, K).
        y: row in ``distances`` of each input's class. Shape: (n,).
        distances: from classes to candidates, such as steps in the hierarchy. Shape: (T, C).
        k: how many answers count; all of them by default.

    Returns:
        Shares. Shape: (n,).

    Source: Frome, Corrado, Shlens, Bengio, Dean, Ranzato, Mikolov 2013, DeViSE, appendix (hierarchical precision at k).
    """
    answers = answers[:, :k]
    size = answers.shape[1]
    assert 0 < size <= distances.shape[1]
    radius = np.partition(distances, size - 1, axis=1)[:, size - 1]
    return np.asarray((distances[y[:, None], answers] <= radius[y, None]).mean(axis=1))


def meeting_height(answers: Array, y: Array, heights: Array) -> float:
    """Return the class-mean height at which answers meet the truth: 0 where all are right.

    Args:
        answers: column of each input's answer. Shape: (n,).
        y: row in ``heights`` of each input's class. Shape: (n,).
        heights: of lowest common ancestors. Shape: (T, C).

    Source: Deng, Berg, Li, Fei-Fei 2010, What Does Classifying More Than 10,000 Image Categories Tell Us?
    """
    return float(by_class(heights[y, answers].astype(float), y).mean())


def accuracy_information(right: Array, bits: Array, y: Array) -> tuple[Array, Array]:
    """Return class-mean accuracy and class-mean information of what is said at each of several thresholds.

    What is wrong informs of nothing: its bits do not count.

    Args:
        right: whether what is said is true. Shape: (n, T).
        bits: what it says. Shape: (n, T).
        y: class of each input. Shape: (n,).

    Returns:
        Accuracies and bits. Shapes: (T,), (T,).

    Source: Deng, Krause, Berg, Fei-Fei 2012, Hedging Your Bets, section 3.
    """
    right = np.asarray(right, float)
    pair = np.stack([right, right * bits], axis=2)
    means = np.array([pair[y == c].mean(axis=0) for c in np.unique(y)]).mean(axis=0)
    return means[:, 0], means[:, 1]


def auroc(known: Array, unknown: Array, weights: tuple[Array, Array] | None = None) -> float:
    """Return the chance that a known input scores above an unknown one, ties half.

    Args:
        known: scores of inputs whose class is a candidate. Shape: (n,).
        unknown: scores of the others. Shape: (m,).
        weights: of both, to count classes rather than inputs. Shapes: (n,), (m,).

    Raises:
        ValueError: none of one kind.
    """
    if not (len(known) and len(unknown)):
        raise ValueError("there are inputs of one kind alone")
    of_known, of_unknown = weights if weights is not None else (np.ones(len(known)), np.ones(len(unknown)))
    order = np.argsort(unknown, kind="stable")  # scikit-learn checks its arguments for longer than this takes
    sums, places = np.concatenate([[0.0], np.cumsum(of_unknown[order])]), unknown[order]
    beaten = sums[np.searchsorted(places, known, "left")] + sums[np.searchsorted(places, known, "right")]
    return float((of_known * beaten).sum() / (2 * of_known.sum() * sums[-1]))
