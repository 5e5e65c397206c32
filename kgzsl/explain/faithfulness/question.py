"""What every method is asked, and the shape of what it answers."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar, NamedTuple

import numpy as np

from kgzsl.arrays import Array
from kgzsl.explain.faithfulness.margins import Margins
from kgzsl.explain.setting import Setting
from kgzsl.graph.classgraph import Relation


@dataclass(frozen=True, eq=False)
class Question:
    """Which of some facts hold up the margin of a class over its rival?

    Args:
        setting: what is explained.
        x: the input. Shape: (d,).
        iri: of the class.
        rival: IRI of the class to compare with, chosen before anything is deleted.
        facts: to rank.
        margins: of the two classes.
        seed: of whatever is random, another one for each answer.
    """

    setting: Setting
    x: Array
    iri: str
    rival: str
    facts: tuple[Relation, ...]
    margins: Margins
    seed: int = 0

    def margin(self, removed: tuple[Relation, ...] = ()) -> float:
        """Return the margin of the input without some facts."""
        return self.margins(self.x, removed)

    @cached_property
    def unit(self) -> float:
        """Standard deviation of the input's scores over the candidates: margins of all learners are told in it."""
        return max(float(self.setting.scores(self.x[None])[0].std()), 1e-12)


class Ranking(NamedTuple):
    """What a method says of the facts.

    Args:
        values: importance of each fact, positive where it holds the margin up. Shape: (R,).
        order: which is deleted first, second, … Shape: (R,).
        outside: share of what the method sees that lies on facts which are not ranked; NaN where it sees no others.
    """

    values: Array
    order: Array
    outside: float = float("nan")


class Method(ABC):
    """A way to say which facts matter."""

    name: ClassVar[str]
    citation: ClassVar[str]

    def unavailable(self, setting: Setting) -> str | None:
        """Return why a learner cannot be explained so, or None where it can."""
        return None

    @abstractmethod
    def __call__(self, question: Question) -> Ranking:
        """Rank the facts of a question."""


def ranked(values: Array, seed: int, outside: float = float("nan")) -> Ranking:
    """Return facts by falling importance; ties in a random order, the same for all methods. Shape: (R,)."""
    ties = np.random.default_rng(seed).permutation(len(values))
    return Ranking(values, np.lexsort((ties, -values)), outside)
