"""What follows from one ontology and not from the other."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterable, Mapping
from typing import TYPE_CHECKING

from kgzsl.diff.facts import FactDiff, Key, Statement
from kgzsl.diff.side import Side
from kgzsl.ontology import vocabulary as v
from kgzsl.ontology.model import Fact

if TYPE_CHECKING:
    from kgzsl.ontology.reason import Inferred

EXPLAINED = 20
"""Inferred facts of each side whose justification the reasoner is asked for: on a large ontology each takes a second.
Those that follow from a chain of parents, most of all, are explained without it."""


def compare_inferred(
    old: Side, new: Side, before: Collection[Key], after: Collection[Key], renames: Mapping[str, str]
) -> FactDiff:
    """Return what follows now and did not before, and the other way round.

    What one side states and the other infers holds on both, and is no difference here.

    Args:
        old: the old side.
        new: the new side.
        before: what the old side states, in terms of the new.
        after: what the new side states.
        renames: old IRI → new IRI.
    """
    one, other = _keys(old, renames), _keys(new, {})
    gone = [fact for key, fact in one.items() if key not in other and key not in after]
    came = [fact for key, fact in other.items() if key not in one and key not in before]
    return FactDiff(_statements(new, came), _statements(old, gone))


def _keys(side: Side, renames: Mapping[str, str]) -> dict[Key, Inferred]:
    from kgzsl.ontology.reason import entailment

    found: dict[Key, Inferred] = {}
    for fact in entailment(side.ontology).facts:
        subject, predicate, obj = fact[:3]
        if not subject.startswith("_:") and not (isinstance(obj, str) and obj.startswith("_:")):
            key = renames.get(subject, subject), renames.get(predicate, predicate), renames.get(obj, obj)
            found[key] = fact
    return found


def _statements(side: Side, facts: Iterable[Inferred]) -> tuple[Statement, ...]:
    from kgzsl.ontology.reason import entailment

    ordered = sorted(facts, key=lambda fact: (side.name(fact.subject), fact.subject, fact.predicate, fact.object))
    because, asked = entailment(side.ontology).because, 0
    found = []
    for fact in ordered:
        reasons = _chain(side, fact) if fact.predicate == v.SUBCLASS else ()
        if not reasons and asked < EXPLAINED:
            reasons, asked = because(*fact[:3]), asked + 1
        found.append(_statement(side, fact, tuple(dict.fromkeys(reason.where for reason in reasons))))
    return tuple(found)


def _chain(side: Side, wanted: Inferred) -> tuple[Fact, ...]:
    """Return the stated parents that lead from one class to the other, the fewest; nothing where none do."""
    reached: dict[str, tuple[Fact, ...]] = {wanted.subject: ()}
    todo = deque([wanted.subject])
    while todo:
        iri = todo.popleft()
        for parent, fact in side.parents.get(iri, {}).items():
            if parent not in reached and fact.predicate == v.SUBCLASS:
                reached[parent] = (*reached[iri], fact)
                todo.append(parent)
        if wanted.object in reached:
            return reached[wanted.object]
    return ()


def _statement(side: Side, fact: Inferred, because: tuple[str, ...]) -> Statement:
    subject, predicate, obj = fact[:3]
    text = f"{side.name(subject)} {side.name(predicate)} {side.name(obj)}"
    return Statement(subject, predicate, obj, text, side.name(obj), "", 0, because)
