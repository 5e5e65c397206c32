"""What one answer depends on, and what an update did."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from kgzsl.bank import ClassifierBank
from kgzsl.checks import refuse_errors
from kgzsl.errors import ShrunkError
from kgzsl.graph import ClassGraph, build_graph
from kgzsl.graph.recipe import Recipe
from kgzsl.learners.base import Learner, Propagation
from kgzsl.ontology import Ontology
from kgzsl.semantics.grounding import ungrounded
from kgzsl.semantics.space import ClassSpace, build_space
from kgzsl.timing import Clock

SHRUNK = 0.5


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


def next_state(
    old: State, ontology: Ontology, learner: Learner, recipe: Recipe, clock: Clock | None = None
) -> State:
    """Return the state that follows from another ontology; the old one stays as it is.

    Args:
        old: says which relations and vectors describe classes, and makes propagation cheaper.
        ontology: what is stated now.
        learner: fitted.
        recipe: what it says about the meaning of facts, and which checks it switches off.
        clock: takes the time of each stage.

    Raises:
        OntologyError: an ontology that is refused, with file and line.
        LearnerError: descriptions that the learner was not fitted on.
    """
    clock = clock or Clock()
    with clock("graph"):
        graph = build_graph(ontology, recipe.reading)
    with clock("check"):
        refuse_errors(graph, recipe.check.off)
    with clock("describe"):
        space = build_space(graph, old.space.relations, old.space.source, nearest=old.space.nearest)
    with clock("propagate"):
        propagation = learner.propagate(space, old.propagation if old.propagation.cache else None)
    return State(ontology, graph, space, propagation)


def described_anew(old: ClassSpace, new: ClassSpace, seen: Sequence[str]) -> list[str]:
    """Return the seen classes (IRIs) with other vectors now: they keep the classifiers that they were given."""
    was, now = old.graph.index, new.graph.index
    ids = [iri for iri in seen if iri in was and iri in now]
    before, after = old.vectors[[was[i] for i in ids]], new.vectors[[now[i] for i in ids]]
    if before.shape != after.shape or not len(ids):
        return []
    return [ids[k] for k in np.flatnonzero((before != after).any(axis=1))]


def refuse_shrunk(old: Ontology, new: Ontology) -> None:
    """Refuse an ontology that lost most of its classes since it was last read.

    Raises:
        ShrunkError: less than half of them are left.
    """
    before, after = len(old.classes), len(new.classes)
    if after < SHRUNK * before:
        raise ShrunkError(f"{after} classes are left of {before}: was the file cut short?", value=after,
                          file=most_shrunken(old, new), fix="restore it, or force the update (--force)")  # fmt: skip


def most_shrunken(old: Ontology, new: Ontology) -> str:
    """Return the path of the document that lost most facts between two readings."""
    sizes = {document.path: len(document.facts) for document in new.documents}
    return max(old.documents, key=lambda d: len(d.facts) - sizes.get(d.path, 0)).path
