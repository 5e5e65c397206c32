"""How edits get into the ontology files: the command or the line for each, and a verified plan of all of them."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path

from kgzsl.errors import OntologyError
from kgzsl.explain.counterfactual.trials import WITHOUT, ordered
from kgzsl.explain.explanation import Edit
from kgzsl.graph.classgraph import ATTRIBUTE, SUBCLASS, ClassGraph, Relation
from kgzsl.ontology import vocabulary as v
from kgzsl.ontology.edit.base import Intent, Triple
from kgzsl.ontology.edit.cells import number_cell
from kgzsl.ontology.edit.plan import Plan
from kgzsl.ontology.edit.syntax import compact
from kgzsl.ontology.edit.workspace import Workspace
from kgzsl.ontology.model import Fact, Literal

_TABLES = (".csv", ".tsv")


def how(graph: ClassGraph, edits: Sequence[Edit]) -> tuple[str, ...]:
    """Return what applies edits: a ``kgzsl move``, or for each fact the line to write or to take out.

    Lines to write are whole Turtle statements, which may stand anywhere after the prefixes of a Turtle file; those for
    a table name its column.
    """
    steps = ordered(edits)
    if len(steps) == 2 and _is_move(steps[0].fact, steps[1].fact):
        old, new = (step.fact for step in steps)
        beside = graph.concepts[new.target].file
        name, source, target = map(graph.short, (old.source, old.target, new.target))
        more = ("-o", beside) if beside != old.file else ()
        return (shlex.join(["kgzsl", "move", name, "--from", source, "--to", target, "--file", old.file, *more]),)
    if len(steps) == 2 and steps[0].fact[:3] == steps[1].fact[:3]:
        old, new = (step.fact for step in steps)
        return (f"{old.where}: write {number_cell(new.weight)} instead of {old.weight:g} for {_column(old)}",)
    return tuple(_line(graph, step) for step in steps)


def planned(graph: ClassGraph, edits: Sequence[Edit]) -> Plan:
    """Return the edit of the files that state these facts, verified to change just those; ``apply`` writes it.

    Raises:
        OntologyError: a fact that stands in an expression, in a file that cannot be edited, or nowhere.
        MissingFileError: a file that is not there any more.
    """
    steps = [(step, *_placed(graph, step)) for step in ordered(edits)]
    work = Workspace(dict.fromkeys(file for _, file, _ in steps), graph.ontology)
    opened = {file.path.resolve(): file for file in work.files}
    gone: dict[Path, set[Triple]] = {}
    came: dict[Path, set[Triple]] = {}
    for step, path, triple in steps:
        file = opened[Path(path).resolve()]
        (gone if step.action == WITHOUT else came).setdefault(file.path, set()).add(triple)
    for file in work.files:
        new = sorted(came.get(file.path, ()), key=str)
        for triple in sorted(gone.get(file.path, ()), key=str):
            instead = next((other for other in new if other[:2] == triple[:2]), None)
            if instead is None:
                file.editor.delete(triple)
            else:
                new.remove(instead)
                file.editor.replace(triple, instead, _label(graph, instead))
        for triple in new:
            file.editor.insert(triple)
    intents = {f.path: Intent(frozenset(gone.get(f.path, ())), frozenset(came.get(f.path, ()))) for f in work.files}
    return work.plan(steps[0][0].fact.source, intents)


def _is_move(old: Relation, new: Relation) -> bool:
    return (old.source, old.relation, new.relation) == (new.source, SUBCLASS, SUBCLASS) and bool(old.file)


def _line(graph: ClassGraph, step: Edit) -> str:
    fact = step.fact
    words = f"{graph.label(fact.source)} {fact.relation} {graph.label(fact.target)}"
    if step.action == WITHOUT and fact.file.endswith(_TABLES) and fact.relation == ATTRIBUTE:
        return f"{fact.where}: empty the cell for {_column(fact)}"
    stated = _fact(graph, fact) if step.action == WITHOUT else None
    if step.action == WITHOUT and stated is None:
        return f"{fact.where}: take out what states {words}"
    try:
        file, triple = _placed(graph, step)
    except OntologyError as error:
        return f"state {words} by hand: {error.message}"
    if step.action == WITHOUT:
        return f"{fact.where}: take out {_term(triple[0])} {_term(triple[1])} {_term(triple[2])}"
    if file.endswith(_TABLES):
        row = next(edge.line for edge in graph.out(fact.source, ATTRIBUTE) if edge.file == file)
        return f"{file}:{row}: write {number_cell(fact.weight)} for {_column(fact)}"
    said = " ".join(f"<{t}>" if isinstance(t, str) else t.value for t in triple)
    return f"{file}: add the line {said} ."


def _column(fact: Relation) -> str:
    return compact(fact.target, v.PREFIXES)


def _term(term: str | Literal) -> str:
    return compact(term, v.PREFIXES) if isinstance(term, str) else term.value


def _placed(graph: ClassGraph, step: Edit) -> tuple[str, Triple]:
    """Return the file that states a fact, or that is to, and the fact as it stands there.

    Raises:
        OntologyError: it stands nowhere as a plain statement, or no file describes its class.
    """
    if step.action == WITHOUT:
        stated = _fact(graph, step.fact)
        if stated is None:
            raise OntologyError("the fact does not stand as a plain statement", file=step.fact.file or None,
                                line=step.fact.line or None, fix="edit it by hand")  # fmt: skip
        return stated.file, (stated.subject, stated.predicate, stated.object)
    source, relation, target, weight, *_ = step.fact
    beside = [edge for edge in graph.out(source, relation) if edge.file]
    file = beside[0].file if beside else graph.concepts[source].file
    if not file:
        raise OntologyError("no file describes the class", value=source, fix="add it by hand")
    if relation == ATTRIBUTE:
        return file, (source, target, Literal(number_cell(weight), v.XSD + "decimal"))
    return file, (source, _predicate(graph, relation, beside), target)


def _predicate(graph: ClassGraph, relation: str, beside: Sequence[Relation]) -> str:
    """Return the property that states a relation: as of the class itself, else as of any other."""
    if relation == SUBCLASS and not beside:
        return v.SUBCLASS
    for edge in (*beside, *(edge for edge in graph.relations if edge.relation == relation)):
        stated = _fact(graph, edge)
        if stated is not None and stated.subject == edge.source:
            return stated.predicate
    raise OntologyError(f"no plain statement says '{relation}'", value=relation, fix="edit it by hand")


def _fact(graph: ClassGraph, edge: Relation) -> Fact | None:
    """Return the statement that an edge of the graph was read from; None for one within an expression."""
    ends = {edge.source, edge.target}
    for document in graph.ontology.documents:
        for fact in document.facts if document.path == edge.file else ():
            if fact.line == edge.line and fact.subject in ends and fact.subject != fact.object:
                attribute = edge.relation == ATTRIBUTE and fact.predicate == edge.target
                if attribute or (isinstance(fact.object, str) and {fact.subject, fact.object} == ends):
                    return fact
    return None


def _label(graph: ClassGraph, triple: Triple) -> str | None:
    return graph.label(triple[2]) if isinstance(triple[2], str) else None
