"""What one answer depends on, and what an update did."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from kgzsl.bank import ClassifierBank
from kgzsl.graph import ClassGraph
from kgzsl.learners.base import Propagation
from kgzsl.ontology import Ontology
from kgzsl.semantics.grounding import ungrounded
from kgzsl.semantics.space import ClassSpace


@dataclass(frozen=True, eq=False)
class State:
    """All that one answer depends on, from one reading of the ontology."""

    ontology: Ontology
    graph: ClassGraph
    space: ClassSpace
    propagation: Propagation

    @property
    def bank(self) -> ClassifierBank:
        """Classifiers of all classes."""
        return self.propagation.bank

    @cached_property
    def undescribed(self) -> frozenset[str]:
        """Classes without text or attributes of their own."""
        return frozenset(iri for iri, known in zip(self.graph.ids, self.space.described, strict=True) if not known)

    @cached_property
    def ungrounded(self) -> frozenset[str]:
        """Classes from which no relation of the recipe leads to a seen class."""
        return ungrounded(self.space, self.bank)

    @cached_property
    def blank(self) -> frozenset[str]:
        """Classes to which nothing could be propagated: their rows are zero, and they are no answers."""
        bare = (iri for iri, row in zip(self.bank.ids, self.space.class_rows, strict=True)
                if not self.space.described[row] and not self.space.vectors[row].any())  # fmt: skip
        doubtful = sorted(self.ungrounded.union(bare))
        there = np.asarray(self.bank.table[self.bank.rows(doubtful)].any(axis=1))
        return frozenset(iri for iri, filled in zip(doubtful, there, strict=True) if not filled)


@dataclass(frozen=True)
class Update:
    """What an update did: classes by IRI, and milliseconds of each stage."""

    changed: bool
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    before: str = ""
    after: str = ""
    milliseconds: dict[str, float] = field(default_factory=dict)

    @property
    def total(self) -> float:
        """Milliseconds of all stages."""
        return sum(self.milliseconds.values())
