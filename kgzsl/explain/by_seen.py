"""Contributions of seen classes: exact where a classifier is a sum of their rows."""

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
    found = setting.learner.coefficients(setting.space, [iri])
    if found is None:
        return None
    bank, graph = setting.propagation.bank, setting.graph
    score = float(bank.scores(x[None], bank.rows([iri]))[0, 0])
    values = found.values[0] * (found.rows @ bank.input_map(x[None])[0])
    order = np.argsort(-np.abs(values), kind="stable")
    parts = tuple(
        Contribution(graph.short(s), s, graph.label(s), float(values[k]), float(found.values[0, k]))
        for k, s in ((k, found.seen[k]) for k in order)
        if found.values[0, k] != 0
    )
    listed = float(values.sum())
    residual = abs(score - listed) / max(float(np.abs(values).sum()), 1e-12)
    return parts, Total("seen classes", EXACT, listed, 0.0, (), residual, len(parts))
