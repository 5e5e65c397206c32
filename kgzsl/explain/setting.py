"""What is explained: a fitted learner on one class space, the candidates, and how answers are chosen among them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from kgzsl.arrays import Array
from kgzsl.bank import ClassifierBank
from kgzsl.errors import StaleError
from kgzsl.explain.steps import Steps
from kgzsl.explain.trace import Remembered
from kgzsl.explain.vectors import Made, made_of_attributes
from kgzsl.graph.classgraph import ClassGraph, Relation
from kgzsl.learners.base import Learner, Propagation
from kgzsl.propagation.slots import Snapshot
from kgzsl.resolve import Answer, Chain
from kgzsl.semantics.space import ClassSpace

INPUTS = 64


@dataclass(frozen=True, eq=False)
class Setting:
    """All that an explanation reads; of one state, so that nothing changes under it.

    Args:
        learner: fitted.
        space: classes.
        propagation: of the learner to the space.
        candidates: IRIs of what an input may be.
        chain: adjusters that answers are chosen after; explanations read those that add a number to each class.
        bundle: id of the fitted learner.
    """

    learner: Learner
    space: ClassSpace
    propagation: Propagation
    candidates: tuple[str, ...]
    chain: Chain = field(default_factory=Chain)
    bundle: str = ""

    @property
    def graph(self) -> ClassGraph:
        """The class graph."""
        return self.space.graph

    @cached_property
    def snapshot(self) -> Snapshot:
        """The space in slots: that of the propagation where it has one."""
        held = self.propagation.cache.get("held")
        return held.snapshot if held is not None and held.space is self.space else Snapshot.of(self.space)

    @cached_property
    def steps(self) -> Steps:
        """Looks up the facts behind steps."""
        return Steps(self.space)

    @cached_property
    def _remembered(self) -> dict[int, Remembered]:
        return {}

    def remembered(self, part: int) -> Remembered:
        """Return what earlier explanations computed for one part of the learner."""
        return self._remembered.setdefault(part, Remembered())

    @cached_property
    def made(self) -> Made | None:
        """What vectors are made of, where they are the attribute matrix."""
        return made_of_attributes(self.space)

    def given(self, iri: str) -> bool:
        """Say whether a class's classifier was given, not propagated."""
        return self.learner.given(iri)

    def score(self, x: Array, iri: str) -> float:
        """Return the bank's score of a class, before adjusters. Shape: (d,)."""
        bank = self.propagation.bank
        return float(bank.scores(x[None], bank.rows([iri]))[0, 0])

    def edited(self, removed: Iterable[Relation] = (), added: Iterable[Relation] = ()) -> Propagation:
        """Return the propagation had these facts not been stated, or had these been: never an approximation."""
        space = self.space.edited(removed, added)
        return self.learner.propagate(space, self._base.fork() if self._base.cache else None)

    def scores(self, X: Array, ids: Sequence[str] | None = None, propagation: Propagation | None = None) -> Array:
        """Return adjusted scores, those that answers are chosen by. Shapes: (n, d) → (n, C)."""
        bank = (propagation or self.propagation).bank
        rows = bank.rows(self.candidates if ids is None else ids)
        scores = self._every(X, bank)[:, rows] if len(X) == 1 else bank.scores(X, rows)
        offsets = self.explained.offsets(bank, rows)
        return scores if offsets is None else np.asarray(scores + offsets.astype(scores.dtype))

    def offset(self, iri: str) -> float:
        """Return what adjusters add to the score of a class."""
        bank = self.propagation.bank
        found = self.explained.offsets(bank, bank.rows([iri]))
        return 0.0 if found is None else float(found[0])

    @cached_property
    def explained(self) -> Chain:
        """The adjusters that add a number to each class."""
        return self.chain.simple()

    def _every(self, X: Array, bank: ClassifierBank) -> Array:
        """Return one input's scores of all classes; after an edit only of those whose rows it changed. (1, C)"""
        if bank is self.propagation.bank:
            return self._known(X, bank)
        live = self._base.bank
        if bank.ids != live.ids:
            return bank.scores(X)
        changed, scores = bank.table.differing(live.table), self._known(X, live).copy()
        scores[:, changed] = bank.scores(X, changed)
        return scores

    def _known(self, X: Array, bank: ClassifierBank) -> Array:
        key = X.tobytes(), bank is self.propagation.bank
        found = self._scored.get(key)
        if found is None:
            if len(self._scored) >= INPUTS:
                self._scored.clear()
            found = self._scored[key] = bank.scores(X)
        return found

    @cached_property
    def _base(self) -> Propagation:
        """What edits are propagated from; a bundle holds a bank and nothing else, so it is made once."""
        return self.propagation if self.propagation.cache else self.learner.propagate(self.space)

    @cached_property
    def _scored(self) -> dict[tuple[bytes, bool], Array]:
        return {}

    def answers(self, X: Array, propagation: Propagation | None = None) -> list[str]:
        """Return the IRI that answers each input."""
        best = self.scores(X, None, propagation).argmax(axis=1)
        return [self.candidates[int(k)] for k in best]

    def rival(self, x: Array, iri: str, propagation: Propagation | None = None) -> str | None:
        """Return the candidate of best adjusted score other than ``iri``; None without another. Shape: (d,)."""
        others = [c for c in self.candidates if c != iri]
        return others[int(self.scores(x[None], others, propagation)[0].argmax())] if others else None

    def margin(self, x: Array, iri: str, propagation: Propagation | None = None) -> float:
        """Return the adjusted score of a class less that of the best other candidate. Shape: (d,)."""
        others = [c for c in self.candidates if c != iri]
        scores = self.scores(x[None], [iri, *others], propagation)[0]
        return float(scores[0] - scores[1:].max(initial=-np.inf))


def refuse_stale(answer: Answer, setting: Setting) -> None:
    """Refuse to explain an answer by what did not give it.

    Raises:
        StaleError: it came from another bundle, or from another state of the graph.
    """
    if answer.bundle != setting.bundle:
        raise StaleError(f"the answer came from the bundle {answer.bundle}, this is {setting.bundle}",
                         value=answer.bundle, fix="explain it with the engine that gave it")  # fmt: skip
    if answer.graph_hash != setting.graph.hash:
        raise StaleError(f"the answer came from the graph {answer.graph_hash}, now it is {setting.graph.hash}",
                         value=answer.graph_hash, fix="predict again: the ontology was edited since")  # fmt: skip
