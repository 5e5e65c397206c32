"""Facts by what happens when they are deleted: one at a time, and greedily one after the other."""

from __future__ import annotations

import numpy as np

from kgzsl.explain.faithfulness.question import Method, Question, Ranking, ranked

GREEDY_STEPS = 3


class Occlusion(Method):
    """The margin lost by deleting one fact alone, exactly."""

    name = "occlusion"
    citation = "Zeiler & Fergus 2014, Visualizing and Understanding Convolutional Networks, for facts"

    def __call__(self, question: Question) -> Ranking:
        """See the base class."""
        whole = question.margin()
        values = np.array([whole - question.margin((fact,)) for fact in question.facts])
        return ranked(values, question.seed)


class Greedy(Method):
    """Delete next the fact whose deletion lowers the margin most: what any ranking can hope for.

    Each of the first three is the best of all that are left, found by trying them; the others follow by the margin
    that they would have cost in the third round. At one fact nothing is better; beyond, it is a bound that a search
    over sets could still better.
    """

    name = "greedy"
    citation = "greedy deletion; the ceiling"

    def __call__(self, question: Question) -> Ranking:
        """See the base class."""
        values, chosen = np.zeros(len(question.facts)), list[int]()
        for _ in range(min(GREEDY_STEPS, len(question.facts))):
            gone = tuple(question.facts[k] for k in chosen)
            before = question.margin(gone)
            left = [k for k in range(len(question.facts)) if k not in chosen]
            values[left] = [before - question.margin((*gone, question.facts[k])) for k in left]
            chosen.append(left[int(ranked(values[left], question.seed).order[0])])
        order = ranked(values, question.seed).order
        return Ranking(values, np.array(chosen + [int(k) for k in order if k not in chosen], np.int64))
