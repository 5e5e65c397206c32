r"""Scores of class expressions: an expression is a classifier, made of those that a learner propagated.

The rule. Scores of an input for the candidates, with what adjusters add to each class, divided by their standard
deviation and by a temperature, are logits :math:`z_c` of what the input is. An expression E scores the log-odds of
being one of the candidates R that it subsumes (:mod:`kgzsl.graph.subsumed`):

.. math:: s(E) = \log \sum_{c \in R} e^{z_c} - \log \sum_{c \notin R} e^{z_c}

so ``and``, ``or`` and ``not`` are intersection, union and complement of R, and the parts need no scale in common.
Where no candidate is known to satisfy E, a temporary class with its parents, relations and attributes goes through the
same ``Learner.propagate`` as any other and competes with the candidates, beside the parts that are known:

.. math:: s(E) = z_E - \log \sum_c e^{z_c} + \sum_k \log p(E_k), \quad p(E_k) = 1 / (1 + e^{-s(E_k)})

``or`` of such parts adds their odds, and ``not`` turns the sign. Temperature and rule were chosen on photos of seen
classes (docs/expressions.md).

Prior work: Santa Cruz, Fernando, Cherian, Gould, Neural Algebra of Classifiers, WACV 2018, who learn modules for and,
or and not over classifiers of primitives; Chen, Lécué, Geng, Pan, Chen, Ontology-guided Semantic Composition for
Zero-Shot Learning, 2020 (arXiv:2006.16917), who describe unseen classes by OWL class expressions and embed those.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from kgzsl.arrays import Array
from kgzsl.bank import ClassifierBank
from kgzsl.errors import QueryError
from kgzsl.graph.expression import And, Compare, Expression, Named, Not, Or, Some, Value, write
from kgzsl.graph.subsumed import named_classes
from kgzsl.learners.base import Learner, Propagation
from kgzsl.resolve.chain import Chain
from kgzsl.semantics.space import ClassSpace

TEMPERATURE = 0.5
LIMIT = 50.0
CHUNK = 1024
HAS = 0.5


@dataclass(frozen=True, eq=False)
class Match:
    """How well inputs fit an expression.

    Args:
        expression: as asked.
        scores: log-odds that an input fits. Shape: (n,).
        graph_hash: of the graph that answered.
        bundle: id of the fitted learner.
        classes: candidates (IRIs) that the expression is known to subsume.
        described: texts of the temporary classes that stood in where no candidate is known to fit.
    """

    expression: str
    scores: Array
    graph_hash: str
    bundle: str
    classes: tuple[str, ...] = ()
    described: tuple[str, ...] = ()


class Asker:
    """Turns expressions into classifiers over one class space.

    Args:
        learner: fitted.
        space: classes.
        propagation: of the learner to the space.
        candidates: IRIs of what an input may be.
        chain: adjusters, of which those count that add a number to each class.
        temperature: what scores are divided by, in standard deviations over the candidates.
    """

    def __init__(
        self,
        learner: Learner,
        space: ClassSpace,
        propagation: Propagation,
        candidates: Sequence[str],
        chain: Chain | None = None,
        temperature: float = TEMPERATURE,
    ) -> None:
        self.learner, self.space, self.propagation = learner, space, propagation
        self.temperature = temperature
        self.graph, self.bank = space.graph, propagation.bank
        self.candidates = tuple(candidates)
        self.rows = self.bank.rows(self.candidates)
        found = (chain or Chain()).simple().offsets(self.bank, self.rows)
        self.offsets = np.zeros(len(self.rows)) if found is None else found

    def match(self, text: str, expression: Expression, X: Array, bundle: str = "") -> Match:
        """Score inputs for an expression. Shapes: (n, d) → (n,).

        Raises:
            QueryError: nothing is known to fit the expression, and no class can be described by it.
        """
        plan = self._plan(expression)
        parts = [self._scores(plan, X[at : at + CHUNK]) for at in range(0, len(X), CHUNK)]
        known = self._known(expression)
        names = tuple(c for c, inside in zip(self.candidates, known, strict=True) if inside)
        described = tuple(dict.fromkeys(step.text for step in plan.all() if step.described is not None))
        return Match(text, np.concatenate(parts), self.graph.hash, bundle, names, described)

    def _plan(self, expression: Expression) -> _Step:
        """Decide, before any input is looked at, what each part of an expression is scored by."""
        if isinstance(expression, Not):
            if isinstance(expression.part, Not):
                return self._plan(expression.part.part)
            if self._known(expression.part).all():
                raise self._refusal(expression, "it says only what a class is not")
            return _Step("not", (self._plan(expression.part),))
        known = self._known(expression)
        if isinstance(expression, Or):
            unknown = [p for p in expression.parts if not self._known(p).any()]
            steps = tuple(map(self._plan, unknown))
            return _Step("or", (*([_Step("members", members=known)] if known.any() else []), *steps))
        if known.any():
            return _Step("members", members=known)
        return self._described(expression)

    def _described(self, expression: Expression) -> _Step:
        parts = expression.parts if isinstance(expression, And) else (expression,)
        told = [p for p in parts if isinstance(p, Named | Some | Value) or _lower_bound(p)]
        if not told:
            raise self._refusal(expression, "it says only what a class is not")
        text, described = self.temporary(told)
        others = [p for p in parts if p not in told or (self._known(p).any() and len(parts) > 1)]
        return _Step("described", tuple(map(self._plan, others)), described=described, text=text)

    def _known(self, expression: Expression) -> Array:
        """Say which candidates an expression is known to subsume. Shape: (C,)."""
        found = set(named_classes(self.graph, expression))
        return np.array([iri in found for iri in self.candidates], bool)

    def _scores(self, step: _Step, X: Array) -> Array:
        scores = self.bank.scores(X, self.rows).astype(np.float64)
        mean = scores.mean(axis=1, keepdims=True)
        scale = self.temperature * np.maximum(scores.std(axis=1, keepdims=True), 1e-12)
        logits = (scores - mean + self.offsets) / scale
        return np.clip(self._step(step, _View(X, logits, mean, scale)), -LIMIT, LIMIT)

    def _step(self, step: _Step, view: _View) -> Array:
        inner = [self._step(part, view) for part in step.inner]
        if step.kind == "members":
            return _log_sum(view.logits[:, step.members]) - _log_sum(view.logits[:, ~step.members])
        if step.kind == "not":
            return -inner[0]
        if step.kind == "or":
            return np.asarray(np.logaddexp.reduce(inner, axis=0))
        assert step.described is not None
        own = (step.described.scores(view.X) - view.mean) / view.scale
        return np.asarray(own[:, 0] - _log_sum(view.logits) - sum(np.logaddexp(0, -part) for part in inner))

    def temporary(self, parts: Sequence[Expression]) -> tuple[str, ClassifierBank]:
        """Return the text of a class with these parents, relations and attributes, and its classifier."""
        label = self.graph.label
        parents = [p.iri for p in parts if isinstance(p, Named)]
        relations = [pair for p in parts if isinstance(p, Some | Value) for pair in self._relations(parents, p)]
        attributes = {p.iri: _strength(p) for p in parts if isinstance(p, Compare)}
        has = [label(iri) for _, iri in relations] + [label(iri) for iri, s in attributes.items() if s >= HAS]
        name = " and ".join(map(label, parents)) or "thing"
        text = f"{name} with {', '.join(has)}" if has else name
        space, iri = self.space.with_class(text, parents, relations, attributes)
        previous = self.propagation if self.propagation.cache else None
        return text, self.learner.propagate(space, previous).bank.subset([iri])

    def _relations(self, parents: Sequence[str], part: Some | Value) -> Iterator[tuple[str, str]]:
        """A filler with several senses means what classes under the parents relate to, or else all of them."""
        if isinstance(part, Value):
            yield part.relation, part.iri
            return
        senses = part.filler.parts if isinstance(part.filler, Or) else (part.filler,)
        named = [sense.iri for sense in senses if isinstance(sense, Named)]
        if len(named) < len(senses):
            raise self._refusal(part, "a described class can relate only to things that have a name")
        below = {iri for parent in parents for iri in (parent, *self.graph.descendants(parent))}
        related = {e.target for iri in named for e in self.graph.into(iri, part.relation) if e.source in below}
        yield from ((part.relation, iri) for iri in named if iri in related or not related)

    def _refusal(self, expression: Expression, why: str) -> QueryError:
        said = write(expression, self.graph.label)
        fix = "ask for something that classes of the graph have, or describe it by what it has"
        return QueryError(f"'{said}' is true of no candidate that the graph knows, and {why}", value=said, fix=fix)


@dataclass(frozen=True, eq=False)
class _Step:
    """What a part of an expression is scored by.

    Args:
        kind: ``members`` (candidates that fit), ``described`` (a temporary class), ``not`` or ``or``.
        inner: parts that are scored on their own.
        members: of the candidates. Shape: (C,).
        described: classifier of the temporary class.
        text: of the temporary class.
    """

    kind: str
    inner: tuple[_Step, ...] = ()
    members: Array = field(default_factory=lambda: np.zeros(0, bool))
    described: ClassifierBank | None = None
    text: str = ""

    def all(self) -> Iterator[_Step]:
        """Yield this step and those inside."""
        yield self
        for part in self.inner:
            yield from part.all()


class _View(NamedTuple):
    """Inputs and how the candidates score them. Shapes: (n, d), (n, C), (n, 1), (n, 1)."""

    X: Array
    logits: Array
    mean: Array
    scale: Array


def _log_sum(logits: Array) -> Array:
    """Return log Σ exp over columns; of no columns a number below all others. Shapes: (n, C) → (n,)."""
    return np.asarray(np.logaddexp.reduce(logits, axis=1, initial=-2 * LIMIT))


def _lower_bound(part: Expression) -> bool:
    """Say whether a comparison asks for the attribute, so that a class can be described by it."""
    return isinstance(part, Compare) and part.comparison in ("=", ">", ">=")


def _strength(part: Compare) -> float:
    """Return the strength to describe a class with: as stated, or halfway between a lower bound and one."""
    return part.strength if part.comparison == "=" else (1 + part.strength) / 2
