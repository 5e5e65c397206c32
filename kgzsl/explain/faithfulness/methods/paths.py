"""Facts by what the paths over them add to the score."""

from __future__ import annotations

import numpy as np

from kgzsl.explain.facts import fact_values
from kgzsl.explain.faithfulness.question import Method, Question, Ranking, ranked


class Paths(Method):
    """The sum of the paths over a fact to the class, less that to the rival: what ``explain`` shows."""

    name = "paths"
    citation = "sums over walks, as of Schnake et al. 2022 (GNN-LRP); see docs/explanations.md"

    def __call__(self, question: Question) -> Ranking:
        """See the base class."""
        values: dict[tuple[str, str, str], float] = {}
        for iri, sign in ((question.iri, 1.0), (question.rival, -1.0)):
            for fact, value in fact_values(question.setting, question.x, iri).items():
                values[fact[:3]] = values.get(fact[:3], 0.0) + sign * value
        here = np.array([values.get(fact[:3], 0.0) for fact in question.facts])
        total = sum(map(abs, values.values()))
        outside = 1 - float(np.abs(here).sum()) / total if total else 0.0
        return ranked(here, question.seed, outside)
