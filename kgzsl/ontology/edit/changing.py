"""Renaming a class or its id, and moving it under another parent."""

from __future__ import annotations

from pathlib import Path

from kgzsl.errors import OntologyError
from kgzsl.ontology import vocabulary as v
from kgzsl.ontology.edit.adding import resolve_id
from kgzsl.ontology.edit.base import Intent, Triple, key
from kgzsl.ontology.edit.names import ANYTHING, CLASSES
from kgzsl.ontology.edit.plan import Plan
from kgzsl.ontology.edit.references import refuse, speaks_of, triple_of
from kgzsl.ontology.edit.workspace import Opened, Paths, Workspace
from kgzsl.ontology.model import Literal, Ontology


def rename(paths: Paths, name: str, new: str, *, keep_old: bool = True, context: Ontology | None = None) -> Plan:
    """Plan another label for a class; its id stays.

    Args:
        paths: the files that describe it.
        name: what it is called now.
        new: its label to be.
        keep_old: keep the old label as a synonym.
        context: what else is known.

    Raises:
        UnknownNameError: no such class, or several.
        OntologyError: another class has this name, or the files state no label of it.
    """
    work = Workspace(paths, context)
    iri, new = work.names.find(name, ANYTHING), new.strip()
    if not new:
        raise OntologyError("a class needs a name", value=new)
    others = [other for other in work.names.known(new, CLASSES) if other != iri]
    if others:
        raise OntologyError(f"'{new}' is what {work.names.describe(others[0])} is called", value=new)
    old = work.names.labels.get(iri)
    if old is not None and old.value == new:
        raise OntologyError(f"'{new}' is its name already", value=new)
    intents = {}
    for file in work.files:
        intents[file.path] = _relabelled(file, iri, old, new, keep_old)
        file.editor.retitle(iri, old.value if old else v.local_name(iri), new)
    if all(file.editor.text.encode() == file.data for file in work.files):
        raise OntologyError(f"states no label of '{name}'", file=str(work.files[0].path), value=name,
                            fix="name the file that does with --file")  # fmt: skip
    return work.plan(iri, intents)


def rename_id(paths: Paths, name: str, new: str, *, context: Ontology | None = None) -> Plan:
    """Plan another id for a class, wherever the files refer to it.

    Raises:
        UnknownNameError: no such class, or several.
        OntologyError: the id is taken or no IRI, or a file that is not among ``paths`` refers to the class.
    """
    work = Workspace(paths, context)
    old = work.names.find(name, ANYTHING)
    iri = resolve_id(work, new, old)
    if any(iri in (fact.subject, fact.predicate, fact.object) for fact in work.ontology):
        raise OntologyError(f"the id '{v.local_name(iri)}' is taken by '{work.names.label(iri)}'", value=new)
    left = work.elsewhere(lambda fact: old in (fact.subject, fact.predicate, fact.object))
    refuse(work, left, f"files that are not edited speak of '{name}'", "name them with --file as well")
    intents = {}
    for file in work.files:
        if any(speaks_of(fact, old) for fact in file.document.facts):
            removed, added = file.editor.rename(old, iri)
            intents[file.path] = Intent(frozenset(removed), frozenset(added), {old: iri})
    return work.plan(iri, intents)


def move(paths: Paths, name: str, to: str, *, source: str | None = None, context: Ontology | None = None) -> Plan:
    """Plan another parent for a class.

    Args:
        paths: the files that describe it.
        name: of the class.
        to: the new parent.
        source: the parent to leave; may be None where there is only one.
        context: what else is known.

    Raises:
        UnknownNameError: a name that nothing or several things have.
        OntologyError: several parents and no ``source``, one that is not its parent, or one it has already.
    """
    work = Workspace(paths, context)
    iri, target = work.names.find(name), work.names.find(to, what="parent")
    stated = [(file, fact) for file, fact in work.facts() if fact.subject == iri and fact.predicate in v.PARENTS]
    parents = {str(fact.object): None for _, fact in stated if not str(fact.object).startswith("_:")}
    old = _left(work, name, list(parents), source)
    if target in (iri, old) or target in parents:
        raise OntologyError(f"'{work.names.label(target)}' is a parent of '{name}' already" if target != iri else
                            f"'{name}' cannot be its own parent", value=to)  # fmt: skip
    intents: dict[Path, Intent] = {}
    for file, fact in stated:
        if fact.object == old:
            new = (iri, fact.predicate, target)
            file.editor.replace(triple_of(fact), new, work.names.label(target))
            intents[file.path] = Intent(frozenset({triple_of(fact)}), frozenset({new}))
    return work.plan(iri, intents)


def _relabelled(file: Opened, iri: str, old: Literal | None, new: str, keep_old: bool) -> Intent:
    facts = [fact for fact in file.document.facts if fact.subject == iri and isinstance(fact.object, Literal)]
    labels = [f for f in facts if f.predicate in v.LABELS and old is not None and _same_text(f.object, old)]
    if not labels:
        return Intent()
    removed, added = set[Triple](), set[Triple]()
    for fact in {key(triple_of(f)): f for f in labels}.values():
        changed = (iri, fact.predicate, fact.object._replace(value=new))  # type: ignore[union-attr]
        file.editor.replace(triple_of(fact), changed)
        removed.add(triple_of(fact))
        added.add(changed)
    spare = [triple_of(f) for f in facts if f.predicate in v.SYNONYMS and f.object.value == new]  # type: ignore[union-attr]
    kept = file.editor.synonym(str(old and old.value), labels[0].object) if keep_old else None  # type: ignore[arg-type]
    there = {key(triple_of(f)) for f in facts}
    if kept is not None and key((iri, *kept[1:])) not in there:
        synonym: Triple = (iri, *kept[1:])
        added.add(synonym)
        if spare:
            file.editor.replace(spare[0], synonym)
            removed.add(spare.pop(0))
        else:
            file.editor.insert(synonym)
    for triple in spare:
        file.editor.delete(triple)
        removed.add(triple)
    return Intent(frozenset(removed), frozenset(added))


def _left(work: Workspace, name: str, parents: list[str], source: str | None) -> str:
    names = ", ".join(f"'{work.names.label(parent)}'" for parent in parents)
    if source is not None:
        old = work.names.find(source, what="parent")
        if old not in parents:
            raise OntologyError(f"'{source}' is no parent of '{name}' that these files state", value=source,
                                fix=f"its parents are {names}" if parents else "name the file that does")  # fmt: skip
        return old
    if len(parents) != 1:
        message = f"'{name}' has " + (f"{len(parents)} parents here: {names}" if parents else "no parent here")
        raise OntologyError(message, value=name, fix="say which one to leave with --from" if parents else
                            "name the file that states one with --file; a root gets one by hand")  # fmt: skip
    return parents[0]


def _same_text(text: object, old: Literal) -> bool:
    return isinstance(text, Literal) and text.value == old.value and (
        text.language == old.language or {text.language, old.language} <= {None, "en"}
    )
