"""Counterfactuals of an answer: the smallest sets of facts whose removal or addition changes it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np

from kgzsl.arrays import Array
from kgzsl.errors import UnknownNameError
from kgzsl.explain.counterfactual.near import considered
from kgzsl.explain.counterfactual.offers import fitting, likely_strengths, offers, relatives
from kgzsl.explain.counterfactual.search import LARGEST, Found, Goal, margins, smallest
from kgzsl.explain.counterfactual.trials import WITH, WITHOUT, Trials, answer
from kgzsl.explain.counterfactual.wording import would_answer, would_move
from kgzsl.explain.explanation import Counterfactual, Edit
from kgzsl.explain.setting import Setting
from kgzsl.graph.classgraph import ATTRIBUTE, Relation

FACTS, TRIES, SECONDS, MOST = 12, 250, 3.0, 3


class Searched(NamedTuple):
    """Counterfactuals, removals first, and what must be known to read them."""

    counterfactuals: tuple[Counterfactual, ...]
    notes: tuple[str, ...]


def counterfactuals(
    setting: Setting, x: Array, iri: str, ranked: Iterable[Relation] = (), most: int = MOST, rival: str | None = None
) -> tuple[Counterfactual, ...]:
    """Return what :func:`searched` finds, without its notes."""
    return searched(setting, x, iri, ranked, most, rival).counterfactuals


def searched(
    setting: Setting, x: Array, iri: str, ranked: Iterable[Relation] = (), most: int = MOST, rival: str | None = None,
    facts: int = FACTS, tries: int = TRIES, seconds: float = SECONDS,
) -> Searched:  # fmt: skip
    """Search the smallest set of stated facts whose removal changes the answer, and likewise of facts to add.

    For the class that answers the goal is another answer (``rival`` where it is given), for any other class that it
    answers. All sets of one and two of the considered facts are tried, then a beam of up to five; every set is
    propagated and re-normalised anew. Where none reaches the goal, the set that moves the margin most is returned
    with ``changed`` False; where no considered fact moves it, none is.

    Where leaves are candidates for answers, a class that loses what lay below it becomes one.

    Args:
        setting: what is explained.
        x: one input. Shape: (d,).
        iri: the class that is explained.
        ranked: stated facts in order of importance for the margin; filled up with those nearest in the graph.
        most: how many sets of the smallest size are returned, of removals and of additions each.
        rival: IRI of the class that is to answer instead.
        facts: how many are considered, of each kind.
        tries: propagations of each search at most.
        seconds: of each search at most, once every single fact was tried. A result depends on the clock only where
            notes say that seconds ran out.

    Raises:
        UnknownNameError: a class that is no candidate for answers.
    """
    place = {candidate: k for k, candidate in enumerate(setting.candidates)}
    for name in (iri, *([rival] if rival else ())):
        if name not in place:
            raise UnknownNameError(f"'{setting.graph.label(name)}' is no candidate for answers", value=name)
    best = setting.answers(x[None])[0]
    other = rival or (setting.rival(x, iri) if iri == best else best)
    if other is None:
        return Searched((), ("there is no other candidate that could be the answer",))
    if rival is not None and rival != best:
        goal, winner, loser = Goal(place[rival], True), rival, best
    else:
        goal, winner, loser = Goal(place[iri], iri != best), *((other, iri) if iri == best else (iri, other))
    removals = [Edit(WITHOUT, fact) for fact in considered(setting, ranked, (loser, winner), facts)]
    additions = [Edit(WITH, fact) for fact in to_add(setting, x, winner, loser, facts)]
    found: list[Counterfactual] = []
    notes: list[str] = []
    for edits, action in ((removals, "removal"), (additions, "addition")):
        trials = Trials(setting, x[None], tries, seconds)
        result = smallest(trials, goal, edits, most)
        found += [_told(setting, trials, place[iri], one, result.reached) for one in result.sets]
        notes += _notes(result, len(edits), action)
    return Searched(tuple(found), tuple(notes))


def to_add(setting: Setting, x: Array, winner: str, loser: str, most: int) -> list[Relation]:
    """Return facts to consider adding: to the class that should win what fitting classes and its relatives have, to
    the one that should lose what its own relatives have. Seen classes keep their classifiers, so they get none.

    Attributes take up to half of the places.
    """
    bank, graph = setting.propagation.bank, setting.graph
    strengths = likely_strengths(setting, x)
    lists: list[list[Relation]] = []
    for iri, donors in (
        (winner, [*fitting(setting, x), *relatives(graph, winner)]), (loser, relatives(graph, loser)),
    ):  # fmt: skip
        if not bank.seen[bank.row[iri]]:
            lists.append(offers(setting, iri, donors, strengths if iri == winner else {}))
    facts = [fact for part in lists for fact in part]
    attributes = [fact for fact in facts if fact.relation == ATTRIBUTE][: most // 2]
    others = [fact for fact in facts if fact.relation != ATTRIBUTE][: most - len(attributes)]
    return others + attributes


def _told(setting: Setting, trials: Trials, place: int, edits: Sequence[Edit], reached: bool) -> Counterfactual:
    after = trials.scores(frozenset(edits))
    assert after is not None, "a set that was found has been tried"
    was, now = answer(setting, (), trials.before[0]), answer(setting, edits, after[0])
    old, new = (margins(scores, np.array([place]))[0] for scores in (trials.before, after))
    if reached:
        text = would_answer(setting, edits, now)
    else:
        other = now if now != was else None
        text = would_move(setting, edits, setting.candidates[place], (float(old), float(new)), other)
    graph = setting.graph
    return Counterfactual(
        tuple(edits), graph.short(now), now, graph.label(now), now != was, float(old), float(new), text
    )


def _notes(found: Found, number: int, action: str) -> list[str]:
    notes: list[str] = []
    if not number:
        notes.append(f"no {action} was considered: there is no fact that could bear on these classes")
    elif not found.sets:
        notes.append(f"no {action} of one of the {number} facts considered moves the margin")
    elif not found.reached:
        notes.append(f"no {action} of up to {min(number, LARGEST)} of the {number} facts considered was found to do it")
    if found.spent:
        tried = f"all sets of up to {found.complete} were tried" if found.complete else "not even every single fact"
        notes.append(f"the search of {action}s was cut short after {found.spent}: {tried}")
    return notes
