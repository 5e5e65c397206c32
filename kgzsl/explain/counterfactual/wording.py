"""Edits and what they do, in sentences."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from kgzsl.explain.counterfactual.trials import WITH, WITHOUT, freed, ordered
from kgzsl.explain.explanation import Edit
from kgzsl.explain.setting import Setting
from kgzsl.graph.classgraph import ATTRIBUTE, SUBCLASS, ClassGraph
from kgzsl.semantics.grounding import ungrounded


def said(graph: ClassGraph, edits: Iterable[Edit]) -> str:
    """Return edits as ``without objects.ttl:212 (okapi subClassOf giraffe) and with (okapi subClassOf equine)``."""
    parts: list[str] = []
    last = ""
    for edit in ordered(edits):
        text = edit.text(graph.label)
        parts.append(text.removeprefix(f"{edit.action} ") if edit.action == last else text)
        last = edit.action
    return listed(parts)


def would_answer(setting: Setting, edits: Sequence[Edit], iri: str) -> str:
    """Return ``without … the answer would be gerenuk``, and what else the edits bring."""
    return f"{said(setting.graph, edits)} the answer would be {setting.graph.label(iri)}{aftermath(setting, edits)}"


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
    return f"{said(setting.graph, edits)} {moved} and {then}{aftermath(setting, edits)}"


def aftermath(setting: Setting, edits: Sequence[Edit]) -> str:
    """Say what edits leave without a description or a path, and which classes they make or unmake as candidates.

    Empty where they do neither.
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
            notes.append(f"no path would lead from {label(iri)} to a seen class")
    notes += [f"{label(iri)}, with nothing below it, would be a candidate too" for iri in freed(setting, edits)]
    return f" ({'; '.join(notes)})" if notes else ""


def repair(graph: ClassGraph, edits: Sequence[Edit]) -> str:
    """Return edits as an instruction: ``move okapi from bovid to giraffid (objects.ttl:212)``."""
    if len(edits) == 2:
        old, new = (edit.fact for edit in ordered(edits))
        name = graph.label(old.source)
        if old[:3] == new[:3]:
            return f"set {graph.label(new.target)} of {name} from {old.weight:g} to {new.weight:g} ({old.where})"
        if (old.source, old.relation) == (new.source, new.relation) and old.relation == SUBCLASS:
            return f"move {name} from {graph.label(old.target)} to {graph.label(new.target)} ({old.where})"
    return listed([_single(graph, edit) for edit in ordered(edits)])


def listed(parts: Sequence[str]) -> str:
    """Return ``a``, ``a and b``, or ``a, b and c``."""
    return " and ".join(filter(None, (", ".join(parts[:-1]), *parts[-1:])))


def _single(graph: ClassGraph, edit: Edit) -> str:
    fact = edit.fact
    strength = f" {fact.weight:g}" if fact.relation == ATTRIBUTE else ""
    text = f"{graph.label(fact.source)} {fact.relation} {graph.label(fact.target)}{strength}"
    return f"take out {fact.where} ({text})" if edit.action == WITHOUT else f"state {text}"
