"""Adding a class: names to IRIs, and which file takes what."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from kgzsl.errors import OntologyError, UnknownNameError
from kgzsl.ontology import vocabulary as v
from kgzsl.ontology.edit.base import Intent, NewClass
from kgzsl.ontology.edit.names import CLASSES
from kgzsl.ontology.edit.plan import Plan
from kgzsl.ontology.edit.style import local_from
from kgzsl.ontology.edit.tokens import is_iri
from kgzsl.ontology.edit.workspace import Opened, Paths, Workspace, as_sequence
from kgzsl.ontology.model import Ontology


def add_class(
    paths: Paths,
    name: str,
    *,
    id: str | None = None,
    parents: Sequence[str] = (),
    gloss: str = "",
    synonyms: Sequence[str] = (),
    has: Mapping[str, float] | None = None,
    relations: Iterable[tuple[str, str]] = (),
    new_attributes: bool = False,
    homonym: bool = False,
    context: Ontology | None = None,
) -> Plan:
    """Plan a new class.

    Args:
        paths: the file to add it to; of several, the first that can hold names and parents gets these, and a
            class × attribute table gets the attributes that it has columns for.
        name: its label.
        id: its IRI, in the file's notation; made from the name where None.
        parents: names of classes.
        gloss: its description.
        synonyms: further names.
        has: attribute → strength, 0 to 1.
        relations: (relation, class) pairs.
        new_attributes: declare attributes that no file knows.
        homonym: allow another class of the same name.
        context: what else is known, such as the other files of a recipe.

    Raises:
        UnknownNameError: a parent, attribute or relation that no file knows.
        OntologyError: a name or id that is taken, a strength outside 0 to 1, or what the files cannot hold.
    """
    work = Workspace(paths, context)
    parents, name = as_sequence(parents), name.strip()
    synonyms = list(dict.fromkeys(other.strip() for other in as_sequence(synonyms) if other.strip()))
    _refuse_text(name, gloss, *synonyms)
    holder = next((file for file in work.files if "class" in file.editor.says), None)
    if holder is None:
        _refuse_more(work.files[0], parents=parents, gloss=gloss, synonyms=synonyms, relations=tuple(relations))
    found = [work.names.find(parent, what="parent") for parent in parents]
    related = [(_relation(work, word), work.names.find(target)) for word, target in relations]
    strengths, declared = _attributes(work, has or {}, new_attributes)
    iri = _id(work, holder, name, id, found, homonym)
    labels = {other: work.names.label(other) for other in (*found, *(target for _, target in related))}
    whole = NewClass(iri, name, found, gloss.strip(), synonyms, list(strengths.items()), related, declared, labels)
    return work.plan(iri, _added(work, holder, whole))


def _added(work: Workspace, holder: Opened | None, new: NewClass) -> dict[Path, Intent]:
    """Give each file its share: tables the attributes that they have columns for, the holder all else."""
    intents = {}
    left = dict(new.attributes)
    for file in work.files:
        if file is not holder and "class" not in file.editor.says:
            share = [(attribute, left.pop(attribute)) for attribute in list(left) if file.editor.holds(attribute)]
            if share:
                part = NewClass(new.iri, new.name, attributes=share)
                intents[file.path] = Intent(added=frozenset(file.editor.add(part)))
    if holder is not None:
        rest = new._replace(attributes=list(left.items()))
        intents[holder.path] = Intent(added=frozenset(holder.editor.add(rest)))
    elif left:
        missing = v.local_name(next(iter(left)))
        raise OntologyError(f"has no column for the attribute '{missing}'", file=str(work.files[0].path), value=missing,
                            fix="add the column first, or give a Turtle file with --file as well")  # fmt: skip
    return intents


def _refuse_text(name: str, gloss: str, *synonyms: str) -> None:
    if not name:
        raise OntologyError("a class needs a name", value=name)
    for text in (name, gloss, *synonyms):
        if any("\ud800" <= character <= "\udfff" for character in text):
            raise OntologyError("the text holds half a character (a lone surrogate)", value=text)


def _refuse_more(file: Opened, **said: Sequence[object]) -> None:
    names = {"parents": "--parent", "gloss": "--gloss", "synonyms": "--synonym", "relations": "--relation"}
    words = [names[what] for what, value in said.items() if value]
    if words:
        raise OntologyError(f"a class × attribute table holds no {words[0].strip('-')}s", file=str(file.path),
                            value=words[0], fix=f"{', '.join(words)} needs a file that describes classes: give the "
                            "Turtle file with --file as well")  # fmt: skip


def _id(
    work: Workspace, holder: Opened | None, name: str, id: str | None, parents: Sequence[str], homonym: bool
) -> str:
    """Return the IRI for the new class, one that nothing has."""
    taken = work.names.known(name, CLASSES)
    if holder is None:
        return _described(work, name, id, taken)
    if taken and not homonym:
        raise OntologyError(f"there is a class '{name}' already: {work.names.describe(taken[0])}", value=name,
                            file=_where(work, taken[0]), fix="give another name, or say --homonym")  # fmt: skip
    minted = None if id and work.expand(id) else holder.editor.mint(name, parents)
    iri = resolve_id(work, id, minted)
    if iri in work.names.kinds or any(f.subject == iri for f in work.ontology):
        raise OntologyError(f"the id '{v.local_name(iri)}' is taken by '{work.names.label(iri)}'", value=iri,
                            file=_where(work, iri), fix="give another one with --id")  # fmt: skip
    return iri


def resolve_id(work: Workspace, id: str | None, beside: str | None) -> str:
    """Return the IRI that an id stands for: prefixed, in full, or the local part in the namespace of ``beside``."""
    iri = beside if id is None else work.expand(id)
    if iri is None and id and beside:
        iri = beside.removesuffix(v.local_name(beside)) + id
    if iri is None or not is_iri(iri):
        raise OntologyError(f"'{id}' can be no id", value=id, fix="such as wn:okapi, or a whole IRI")
    return iri


def _described(work: Workspace, name: str, id: str | None, taken: Sequence[str]) -> str:
    """Return the class that a row of a table is to be about: one that other files describe."""
    file = work.files[0]
    iri = work.expand(id) if id else taken[0] if len(taken) == 1 else work.names.find(name)
    if iri not in work.names.kinds:
        raise OntologyError(f"no file describes the class '{id or name}'", file=str(file.path), value=id or name,
                            fix="give the Turtle file with --file as well")  # fmt: skip
    if any(fact.subject == iri for fact in file.document.facts):
        raise OntologyError(f"there is a row of '{name}' already", file=_where(work, iri), value=name)
    return iri


def _where(work: Workspace, iri: str) -> str:
    return next((fact.where for fact in work.ontology if fact.subject == iri), str(work.files[0].path))


def _relation(work: Workspace, word: str) -> str:
    """Return the IRI of a relation: one that is declared or used, or one of kgzsl's own namespace."""
    iri = work.expand(word)
    if iri is not None:
        return iri
    used = {fact.predicate for fact in work.ontology if isinstance(fact.object, str)}
    declared = {iri for iri, kind in work.names.kinds.items() if kind == "relation"}
    known = {v.local_name(iri): iri for iri in sorted(used | declared)}
    if word in known:
        return known[word]
    near = work.names.nearest(word, {"relation"}) or next((k for k in known if k.lower() == word.lower()), None)
    raise UnknownNameError(f"unknown relation '{word}'", value=word, fix=f"did you mean '{near}'?" if near else
                           "give its IRI, such as kg:hasPart, to use a new one")  # fmt: skip


def _attributes(
    work: Workspace, has: Mapping[str, float], allowed: bool
) -> tuple[dict[str, float], dict[str, str]]:
    """Return attribute IRI → strength, and the IRI and label of each that is to be declared."""
    strengths: dict[str, float] = {}
    declared: dict[str, str] = {}
    for name, value in has.items():
        if not 0 <= value <= 1:
            raise OntologyError(f"the strength of '{name}' is {value}: it goes from 0 to 1", value=value)
        if allowed and not work.names.known(name, {"attribute"}):
            iri = _new_attribute(work, name)
            declared[iri] = name
        else:
            iri = _known_attribute(work, name)
        if iri in strengths:
            raise OntologyError(f"the attribute '{name}' is given twice", value=name)
        strengths[iri] = float(value)
    return strengths, declared


def _known_attribute(work: Workspace, name: str) -> str:
    try:
        return work.names.find(name, {"attribute"}, "attribute")
    except UnknownNameError as error:
        if not work.names.known(name, {"attribute"}):
            near = error.fix or "name the file that declares it with --ontology;"
            error.fix = f"{near} --new-attribute declares a new one"
        raise


def _new_attribute(work: Workspace, name: str) -> str:
    known = [iri for iri, kind in work.names.kinds.items() if kind == "attribute"]
    spaces = Counter(iri.removesuffix(v.local_name(iri)) for iri in known)
    space = spaces.most_common(1)[0][0] if spaces else v.ATT
    iri = work.expand(name) or space + local_from(name, ((v.local_name(i), work.names.label(i)) for i in known))
    if iri in work.names.kinds or not is_iri(iri) or iri == space:
        raise OntologyError(f"no id can be made for the attribute '{name}'", value=name, fix="give another name")
    return iri
