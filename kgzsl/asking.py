"""Scores of class expressions: ``and``, ``some``, ``value`` make a temporary class; ``or``, ``not`` combine scores."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kgzsl.arrays import Array
from kgzsl.graph.expression import And, Expression, Named, Not, Or, Some, Value
from kgzsl.learners.base import Learner, Propagation
from kgzsl.semantics.space import ClassSpace

HAS = 0.5


@dataclass(frozen=True, eq=False)
class Match:
    """How well inputs fit an expression. Shape of scores: (n,)."""

    expression: str
    scores: Array
    graph_hash: str
    bundle: str


def expression_scores(
    learner: Learner, space: ClassSpace, propagation: Propagation, expression: Expression, X: Array
) -> Array:
    """Return the score of each input: max over ``or``, minus the score for ``not``, min over what is left of ``and``.

    Shapes: (n, d) → (n,).
    """

    def scores(part: Expression) -> Array:
        if isinstance(part, Or):
            return np.asarray(np.max([scores(p) for p in part.parts], axis=0))
        if isinstance(part, Not):
            return -scores(part.part)
        parts = part.parts if isinstance(part, And) else (part,)
        plain = [p for p in parts if isinstance(p, Named | Some | Value)]
        mixed = [scores(p) for p in parts if not isinstance(p, Named | Some | Value)]
        if plain:
            mixed.append(_conjunction(learner, space, propagation, plain, X))
        return np.asarray(np.min(mixed, axis=0))

    return scores(expression)


def _conjunction(
    learner: Learner, space: ClassSpace, propagation: Propagation, parts: list[Named | Some | Value], X: Array
) -> Array:
    if len(parts) == 1 and isinstance(parts[0], Named):
        bank, iri = propagation.bank, parts[0].iri
    else:
        label = space.graph.label
        parents = [p.iri for p in parts if isinstance(p, Named)]
        relations = [(p.relation, iri) for p in parts if isinstance(p, Some) for iri in _fillers(space, parents, p)]
        attributes = {p.iri: p.strength for p in parts if isinstance(p, Value)}
        has = [label(iri) for _, iri in relations] + [label(iri) for iri, s in attributes.items() if s >= HAS]
        name = " and ".join(map(label, parents)) or "thing"
        text = f"{name} with {', '.join(has)}" if has else name
        other, iri = space.with_class(text, parents, relations, attributes)
        bank = learner.propagate(other, propagation if propagation.cache else None).bank
    return np.asarray(bank.scores(X, bank.rows([iri]))[:, 0])


def _fillers(space: ClassSpace, parents: list[str], some: Some) -> tuple[str, ...]:
    """Return what an ambiguous filler means here: what classes under the named parents relate to, else all."""
    graph = space.graph
    below = {iri for parent in parents for iri in (parent, *graph.descendants(parent))}
    related = {e.target for iri in some.iris for e in graph.into(iri, some.relation) if e.source in below}
    return tuple(iri for iri in some.iris if iri in related) or some.iris
