"""Why one class rather than another: the same splits of both scores, subtracted."""

from __future__ import annotations

from collections.abc import Mapping

from kgzsl.arrays import Array
from kgzsl.explain.by_seen import contributions
from kgzsl.explain.explanation import Contribution, FactShare, Rival, Total
from kgzsl.explain.setting import Setting
from kgzsl.graph.classgraph import Relation

Values = Mapping[Relation, float]
Split = tuple[tuple[Contribution, ...], Total]


def rivalry(
    setting: Setting, x: Array, pair: tuple[str, str], seen: Split | None, mine: Values, theirs: Values
) -> Rival:
    """Return the differences of two scores' splits.

    Args:
        setting: what is explained.
        x: one input. Shape: (d,).
        pair: the explained class and the rival.
        seen: the explained score over seen classes.
        mine: what goes over each fact in the explained score.
        theirs: the same in the rival's.
    """
    iri, other = pair
    graph, score = setting.graph, setting.score(x, other)
    parts = _difference(seen, contributions(setting, x, other) if seen else None)
    facts = fact_shares({fact: mine.get(fact, 0.0) - theirs.get(fact, 0.0) for fact in {*mine, *theirs}})
    margin = setting.score(x, iri) - score
    return Rival(graph.short(other), other, graph.label(other), score, margin, parts, facts)


def fact_shares(values: Values) -> tuple[FactShare, ...]:
    """Return facts with what goes over them, largest magnitude first."""
    ordered = sorted(values.items(), key=lambda item: (-abs(item[1]), item[0][:3]))
    return tuple(FactShare(fact, value) for fact, value in ordered if value)


def _difference(mine: Split | None, theirs: Split | None) -> tuple[Contribution, ...] | None:
    if mine is None or theirs is None:
        return None
    known = {c.iri: c for c in mine[0]}
    for c in theirs[0]:
        own = known.get(c.iri, c._replace(value=0.0, coefficient=0.0))
        known[c.iri] = own._replace(value=own.value - c.value, coefficient=own.coefficient - c.coefficient)
    return tuple(sorted(known.values(), key=lambda c: (-abs(c.value), c.iri)))
