"""Removing a class, and what becomes of the statements that refer to it."""

from __future__ import annotations

from collections.abc import Sequence

from kgzsl.errors import OntologyError
from kgzsl.ontology import vocabulary as v
from kgzsl.ontology.edit.base import Intent, Triple, closure, described, key
from kgzsl.ontology.edit.names import ANYTHING
from kgzsl.ontology.edit.plan import Plan
from kgzsl.ontology.edit.references import refuse, speaks_of, triple_of
from kgzsl.ontology.edit.workspace import Opened, Paths, Workspace
from kgzsl.ontology.model import Fact, Ontology


def remove(
    paths: Paths,
    name: str,
    *,
    replace_by: str | None = None,
    children_to_parent: bool = False,
    drop_references: bool = False,
    context: Ontology | None = None,
) -> Plan:
    """Plan that a class goes, with all that is said of it.

    Args:
        paths: the files that describe it or refer to it.
        name: of the class.
        replace_by: a class to which all references lead from then on.
        children_to_parent: its children become children of its parents.
        drop_references: other statements that refer to it go too.
        context: what else is known.

    Raises:
        UnknownNameError: a name that nothing or several things have.
        OntologyError: statements that would refer to nothing, each with file and line.
    """
    work = Workspace(paths, context)
    iri = work.names.find(name, ANYTHING)
    other = work.names.find(replace_by, ANYTHING) if replace_by is not None else None
    if other == iri:
        raise OntologyError(f"'{name}' cannot be replaced by itself", value=replace_by)
    left = work.elsewhere(lambda fact: speaks_of(fact, iri))
    refuse(work, left, f"files that are not edited speak of '{name}'", "name them with --file as well")
    above = (str(f.object) for _, f in work.facts() if f.subject == iri and f.predicate in v.PARENTS)
    parents = list(dict.fromkeys(parent for parent in above if not parent.startswith("_:")))
    own = {file.path: closure(file.document.facts, iri) for file in work.files}
    pointing = {file.path: [f for f in file.document.facts if speaks_of(f, iri) and triple_of(f) not in own[file.path]]
                for file in work.files}  # fmt: skip
    if other is None:
        handled = [f for found in pointing.values() for f in found
                   if drop_references or (children_to_parent and f.predicate in v.PARENTS and parents)]  # fmt: skip
        dangling = [f for found in pointing.values() for f in found if f not in handled]
        orphans = children_to_parent and not parents
        refuse(work, dangling, f"'{name}' is still referred to" + ", and has no parent for its children" * orphans,
               "rewrite the references with --replace-by OTHER, " + "--children-to-parent " * (not orphans)
               + "or --drop-references")  # fmt: skip
    intents = {}
    for file in work.files:
        if own[file.path]:
            file.editor.drop(iri)
        moved = parents if children_to_parent else []
        change = _rewired(file, pointing[file.path], iri, other, moved, work.names.label(other or iri))
        intents[file.path] = change._replace(removed=change.removed | own[file.path])
    return work.plan(other or iri, intents)


def _rewired(
    file: Opened, pointing: Sequence[Fact], iri: str, other: str | None, parents: Sequence[str], label: str
) -> Intent:
    """Turn references to ``other``, to the parents, or take them out; what is stated already is not repeated."""
    there = {key(triple_of(fact)) for fact in file.document.facts}
    removed, added = set[Triple](), set[Triple]()
    for fact in dict.fromkeys(map(triple_of, pointing)):
        child = fact[1] in v.PARENTS and fact[2] == iri
        targets = [other] if other else [p for p in parents if child]
        new = [(fact[0], fact[1], p) for p in targets if p != fact[0]] if fact[2] == iri else []
        new = [triple for triple in new if key(triple) not in there and triple not in added]
        if other and (new or fact[2] != iri or fact[0].startswith("_:")):
            continue
        if fact[2] != iri or fact[0].startswith("_:"):
            removed |= _taken_out(file, fact)
            continue
        removed.add(fact)
        added |= set(new)
        for triple in new[1:]:
            file.editor.insert(triple)
        if new:
            file.editor.replace(fact, new[0])
        else:
            file.editor.delete(fact)
    if other:
        file.editor.rename(iri, other, label)
    return Intent(frozenset(removed), frozenset(added), {iri: other} if other else {})


def _taken_out(file: Opened, fact: Triple) -> frozenset[Triple]:
    """Take out a statement that uses the class as a predicate, or the whole restriction that names it."""
    facts, unit, within = file.document.facts, frozenset({fact}), frozenset[str]()
    top = fact
    if fact[0].startswith("_:"):
        holders = [triple_of(f) for f in facts if f.object == fact[0]]
        if len(holders) != 1 or holders[0][0].startswith("_:"):
            raise OntologyError("a reference stands within an expression, from which it cannot be taken out",
                                file=str(file.path), fix="edit it by hand, or give --replace-by OTHER")  # fmt: skip
        top, inner = holders[0], described(facts, fact[0])
        unit = inner | {top}
        words = {word for triple in inner for word in triple[1:] if isinstance(word, str) and not word.startswith("_:")}
        within = frozenset(words) - {v.FIRST, v.REST, v.NIL}
    file.editor.delete(top, within)
    return unit
