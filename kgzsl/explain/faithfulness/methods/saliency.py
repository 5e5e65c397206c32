"""Facts by the derivative of the margin with respect to their weights."""

from __future__ import annotations

import numpy as np

from kgzsl.explain.faithfulness.question import Method, Question, Ranking, ranked

STEP = 0.02
ROUNDING = 3e-7


class Saliency(Method):
    """Derivative of the margin by each stated weight, taken numerically through exact propagation.

    The weight is lowered by a fiftieth of itself, so that the derivative goes through everything that reads it, the
    normalisation of rows included, and means the same for every learner. Where a learner does not read weights (gat,
    dgp), or a row has a single edge whose weight its norm takes back out, it is zero: that is what a gradient says.
    """

    name = "saliency"
    citation = "Simonyan, Vedaldi, Zisserman 2014; for graphs Baldassarre & Azizpour 2019"

    def __call__(self, question: Question) -> Ranking:
        """See the base class."""
        whole = question.margin()
        values = np.zeros(len(question.facts))
        for k, fact in enumerate(question.facts):
            if fact.weight:
                lower = fact._replace(weight=fact.weight * (1 - STEP))
                change = whole - question.margins(question.x, (fact,), (lower,))
                values[k] = change / (STEP * fact.weight) if abs(change) > ROUNDING else 0.0
        return ranked(values, question.seed)
