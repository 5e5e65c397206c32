"""The contract of every decider: from probabilities of candidates to what is said of an input."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self

from kgzsl.arrays import Array
from kgzsl.errors import AdjusterError
from kgzsl.options import Options as Options
from kgzsl.options import validated
from kgzsl.resolve.query import Query, Rehearsal

if TYPE_CHECKING:
    from kgzsl.graph.classgraph import ClassGraph

Kind = Literal["class", "ancestor", "set", "labels", "none"]


@dataclass(frozen=True)
class Decision:
    """What is said of one input.

    Args:
        kind: ``class`` (a candidate), ``ancestor`` (something broader), ``set`` (one of several candidates),
            ``labels`` (several classes that hold at once) or ``none`` (none of the candidates).
        ids: short ids of what is said; of ``none`` the nearest ancestor, where there is one.
        iris: the same as IRIs.
        labels: the same for people.
        probability: that it is right, as far as the rehearsals tell.
        information: bits that it says, of log2 of the number of candidates.
        reason: one sentence for people.
    """

    kind: Kind
    ids: tuple[str, ...]
    iris: tuple[str, ...]
    labels: tuple[str, ...]
    probability: float
    information: float = 0.0
    reason: str = ""


class Decider(ABC):
    """Base of all deciders."""

    name: ClassVar[str]
    citation: ClassVar[str]
    Options: ClassVar[type[Options]] = Options

    def __init__(self, **options: Any) -> None:
        self.options: Any = validated(f"decider '{self.name}'", type(self).Options, options, AdjusterError)

    def fit(self, rehearsals: Sequence[Rehearsal], graph: ClassGraph) -> Self:
        """Calibrate on rehearsals, whose scores are log-probabilities of candidates.

        Raises:
            AdjusterError: it must be calibrated and there are no rehearsals.
        """
        return self

    @abstractmethod
    def decide(self, query: Query, graph: ClassGraph) -> list[Decision]:
        """Return one decision an input; the scores of the query are log-probabilities. Shape: (n, C)."""

    def state(self) -> dict[str, Array]:
        """Return what was calibrated, as arrays for a bundle; nothing but arrays."""
        return {}

    def restore(self, arrays: dict[str, Array]) -> Self:
        """Take back what :meth:`state` gave."""
        assert not arrays
        return self
