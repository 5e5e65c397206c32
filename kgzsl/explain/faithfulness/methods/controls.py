"""Controls: rankings that never look at the learner."""

from __future__ import annotations

import numpy as np

from kgzsl.explain.faithfulness.question import Method, Question, Ranking, ranked
from kgzsl.graph.classgraph import Relation

WALKS, STEPS = 10, 4


class Random(Method):
    """Facts in a random order."""

    name = "random"
    citation = "control"

    def __call__(self, question: Question) -> Ranking:
        """See the base class."""
        values = np.random.default_rng(question.seed).random(len(question.facts))
        return ranked(values, question.seed)


class RandomPath(Method):
    """Facts along random paths: it knows where the classes are in the graph, and nothing of the learner.

    Ten walks (as many paths as an explanation lists) of up to four steps from the class count for, ten from the rival
    against. A walk takes facts in either direction, and none that it has taken before.
    """

    name = "random path"
    citation = "control"

    def __call__(self, question: Question) -> Ranking:
        """See the base class."""
        rng, values = np.random.default_rng(question.seed), np.zeros(len(question.facts))
        touching: dict[str, list[int]] = {}
        for k, fact in enumerate(question.facts):
            for end in {fact.source, fact.target}:
                touching.setdefault(end, []).append(k)
        given = question.setting.learner.seen_row
        for start, sign in ((question.iri, 1.0), (question.rival, -1.0)):
            for _ in range(WALKS if start not in given else 0):
                taken = _walk(question.facts, touching, start, rng)
                values[taken] += sign / WALKS
        return ranked(values, question.seed)


def _walk(
    facts: tuple[Relation, ...], touching: dict[str, list[int]], here: str, rng: np.random.Generator
) -> list[int]:
    taken: list[int] = []
    for _ in range(STEPS):
        ways = [k for k in touching.get(here, []) if k not in taken]
        if not ways:
            break
        k = ways[int(rng.integers(len(ways)))]
        taken.append(k)
        here = facts[k].target if facts[k].source == here else facts[k].source
    return taken
