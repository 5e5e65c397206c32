"""Contributions of seen classes: exact where a score is a sum over them."""

from __future__ import annotations

import numpy as np

from kgzsl.arrays import Array
from kgzsl.explain.explanation import EXACT, Contribution, Total
from kgzsl.explain.setting import Setting


def contributions(setting: Setting, x: Array, iri: str) -> tuple[tuple[Contribution, ...], Total] | None:
    """Return what each seen class adds to a score and how it adds up, or None where there is no such sum.

    Args:
        setting: what is explained.
        x: one input. Shape: (d,).
        iri: the class.
    """
    found = _by_coefficients(setting, x, iri) or _by_input(setting, x, iri)
    if found is None:
        return None
    seen, values, coefficients, baseline, magnitude = found
    graph = setting.graph
    order = [k for k in np.argsort(-np.abs(values), kind="stable") if coefficients[k] != 0]
    parts = tuple(
        Contribution(graph.short(seen[k]), seen[k], graph.label(seen[k]), float(values[k]), float(coefficients[k]))
        for k in order
    )
    listed, named = float(values.sum()), tuple((name, value) for name, value in baseline if value)
    size = magnitude + sum(abs(value) for _, value in named)
    residual = abs(setting.score(x, iri) - listed - sum(value for _, value in named)) / max(size, 1e-12)
    return parts, Total("seen classes", EXACT, listed, 0.0, named, residual, len(parts))


def walked(setting: Setting, x: Array, iri: str) -> tuple[Array, Array] | None:
    """Return chances of ending at each seen class, and what each adds for a chance of one; None without walks.

    Shapes: (S,), (S,).
    """
    chances = setting.learner.ends(setting.space, iri, setting.propagation)
    if chances is None:
        return None
    rows = setting.learner.rows
    length = float(np.linalg.norm(chances @ rows))
    z = setting.propagation.bank.input_map(x[None])[0]
    return chances, np.asarray(rows @ z, np.float64) / (length or 1.0)


Found = tuple[tuple[str, ...], Array, Array, list[tuple[str, float]], float]


def _by_coefficients(setting: Setting, x: Array, iri: str) -> Found | None:
    """A classifier that is a sum of seen rows, and of what a baseline is made of."""
    found = setting.learner.coefficients(setting.space, [iri])
    if found is None:
        return None
    bank = setting.propagation.bank
    z = bank.input_map(x[None])[0]
    values = found.values[0] * (found.rows @ z)
    baseline = [("bias of the classifier", float(bank.bias[bank.row[iri]]))]
    if found.base is not None:
        baseline.append((found.base_name, float(found.base[0] @ z)))
    magnitude = float(np.abs(found.values[0]) @ (np.abs(found.rows) @ np.abs(z)))
    return found.seen, values, found.values[0], baseline, magnitude


def _by_input(setting: Setting, x: Array, iri: str) -> Found | None:
    """An input that is a mixture of what seen classes mean (ConSE): its shares, times how well each fits."""
    bank = setting.propagation.bank
    shares = bank.input_map.shares(x[None])
    if shares is None or bank.input_map.anchors is None:
        return None
    values = shares[0] * (bank.input_map.anchors @ bank.weights[bank.row[iri]])
    row = np.abs(bank.weights[bank.row[iri]])
    return setting.learner.seen_ids, values, shares[0], [], float(shares[0] @ (np.abs(bank.input_map.anchors) @ row))
