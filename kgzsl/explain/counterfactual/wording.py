"""Edits and what they do, in sentences."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from kgzsl.explain.counterfactual.trials import WITH, WITHOUT, freed, ordered
from kgzsl.explain.draw.text import listed
from kgzsl.explain.explanation import Edit
from kgzsl.explain.setting import Setting
from kgzsl.graph.classgraph import ATTRIBUTE, SUBCLASS, ClassGraph, Relation
from kgzsl.semantics.grounding import ungrounded


def supposed(graph: ClassGraph, edits: Iterable[Edit]) -> str:
    """Return edits as ``without objects.ttl:212 (okapi subClassOf giraffe)``, or what would be stated as a clause.

    That is ``if okapi were also stated subClassOf equine,``; of both kinds the first comes first.
    """
    steps = ordered(edits)
    gone = [edit.text(graph.label).removeprefix(f"{WITHOUT} ") for edit in steps if edit.action == WITHOUT]
    of: dict[str, list[str]] = {}
    for edit in steps:
        if edit.action == WITH:
            of.setdefault(edit.fact.source, []).append(_what(graph, edit.fact))
    come = [f"{graph.label(source)} were also stated {listed(said)}" for source, said in of.items()]
    return " and ".join([f"{WITHOUT} {listed(gone)}"] * bool(gone) + [f"if {listed(come)},"] * bool(come))


def would_answer(setting: Setting, edits: Sequence[Edit], iri: str) -> str:
    """Return ``without … the answer would be gerenuk``, and what else the edits bring."""
    answer = setting.graph.label(iri)
    return f"{supposed(setting.graph, edits)} the answer would be {answer}{aftermath(setting, edits)}"


def would_move(
    setting: Setting, edits: Sequence[Edit], iri: str, margins: tuple[float, float], answer: str | None
) -> str:
    """Return by how much edits move the margin of a class that do not do what was asked for.

    Args:
        setting: what is explained.
        edits: made together.
        iri: of the class.
        margins: before and after.
        answer: IRI of what the answer would be, None where it stays.
    """
    label, (before, after) = setting.graph.label, margins
    way = "fall" if after < before else "rise"
    then = f"the answer be {label(answer)}" if answer else "the answer stay"
    moved = f"the margin of {label(iri)} would {way} from {before:+.3f} to {after:+.3f}"
    return f"{supposed(setting.graph, edits)} {moved} and {then}{aftermath(setting, edits)}"


def aftermath(setting: Setting, edits: Sequence[Edit]) -> str:
    """Say which classes edits leave without a description or a relation to seen ones, and which become candidates.

    Empty where there are none.
    """
    graph, label = setting.graph, setting.graph.label
    space = setting.space.edited([e.fact for e in edits if e.action == WITHOUT],
                                 [e.fact for e in edits if e.action == WITH])  # fmt: skip
    bank, touched = setting.propagation.bank, dict.fromkeys(edit.fact.source for edit in edits)
    notes = []
    lost = ungrounded(space, bank)
    was = ungrounded(setting.space, bank) if lost.intersection(touched) else frozenset()
    for iri in touched:
        row = graph.index[iri]
        if setting.space.vectors[row].any() and not space.vectors[row].any():
            notes.append(f"{label(iri)} would have no description left")
        if iri in lost - was:
            notes.append(f"no stated fact would relate {label(iri)} to a seen class")
    notes += [f"{label(iri)}, with nothing below it, would be a candidate too" for iri in freed(setting, edits)]
    return f" ({'; '.join(notes)})" if notes else ""


def repair(graph: ClassGraph, edits: Sequence[Edit]) -> str:
    """Return edits as an instruction: ``move okapi from bovid to giraffid (objects.ttl:212)``."""
    steps = ordered(edits)
    if [edit.action for edit in steps] == [WITHOUT, WITH]:
        old, new = (edit.fact for edit in steps)
        name = graph.label(old.source)
        if old[:3] == new[:3]:
            return f"set {graph.label(new.target)} of {name} from {old.weight:g} to {new.weight:g} ({old.where})"
        if (old.source, old.relation) == (new.source, new.relation) and old.relation == SUBCLASS:
            return f"move {name} from {graph.label(old.target)} to {graph.label(new.target)} ({old.where})"
    gone = [f"{edit.fact.where} ({_whole(graph, edit.fact)})" for edit in steps if edit.action == WITHOUT]
    come = [_whole(graph, edit.fact) for edit in steps if edit.action == WITH]
    return " and ".join([f"take out {listed(gone)}"] * bool(gone) + [f"state {listed(come)}"] * bool(come))


def _whole(graph: ClassGraph, fact: Relation) -> str:
    return f"{graph.label(fact.source)} {_what(graph, fact)}"


def _what(graph: ClassGraph, fact: Relation) -> str:
    strength = f" {fact.weight:g}" if fact.relation == ATTRIBUTE else ""
    return f"{fact.relation} {graph.label(fact.target)}{strength}"
