"""The whole explanation of one score."""

from __future__ import annotations

from kgzsl.arrays import Array
from kgzsl.explain.by_seen import contributions
from kgzsl.explain.explanation import Explanation
from kgzsl.explain.setting import Setting

PATHS = 10


def explain(
    setting: Setting, x: Array, iri: str, against: str | None = None, paths: int = PATHS, counterfactuals: bool = True
) -> Explanation:
    """Explain the score of one input for one class.

    Args:
        setting: what is explained.
        x: one input. Shape: (d,).
        iri: the class.
        against: IRI of the class to compare with; the best other candidate if None.
        paths: how many to list.
        counterfactuals: whether to search edits that change the answer, which takes longest.
    """
    bank, graph = setting.propagation.bank, setting.graph
    row = bank.rows([iri])
    score = float(bank.scores(x[None], row)[0, 0])
    seen = contributions(setting, x, iri)
    return Explanation(
        graph.short(iri), iri, graph.label(iri), score, setting.learner.name, bool(bank.seen[row[0]]),
        seen[0] if seen else None, seen[1] if seen else None, None, None,
        graph_hash=graph.hash, bundle=setting.bundle,
    )  # fmt: skip
