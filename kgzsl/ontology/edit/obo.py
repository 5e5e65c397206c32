"""Edits of OBO files by clauses: one line a fact, whole stanzas added and taken out."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from kgzsl.errors import OntologyError
from kgzsl.ontology import vocabulary as v
from kgzsl.ontology.edit.base import NewClass, Triple, key
from kgzsl.ontology.edit.cells import number_cell
from kgzsl.ontology.edit.obo_ids import Ids
from kgzsl.ontology.edit.obo_lines import Lines, plain, quoted, with_label
from kgzsl.ontology.edit.style import local_from
from kgzsl.ontology.model import Fact, Literal

_ID, _NAMESPACE = v.OIO + "id", v.OIO + "hasOBONamespace"
_TAGS = {v.LABEL: "name", v.IAO_DEFINITION: "def", v.SUBCLASS: "is_a", v.EXACT_SYNONYM: "synonym"}
_ORDER = ("id", "name", "namespace", "alt_id", "def", "comment", "subset", "synonym", "xref", "property_value", "is_a")


class OboEditor:
    """An OBO file; see :class:`kgzsl.ontology.edit.base.Editor`."""

    says = frozenset({"class", "attributes"})
    implied: tuple[str, ...] = ()

    def __init__(self, path: Path, text: str, facts: Sequence[Fact]) -> None:
        self._path, self._facts = path, facts
        self._lines = Lines(text)
        self._ids = Ids(facts)

    @property
    def text(self) -> str:
        """The text with every change so far."""
        return self._lines.text

    def expand(self, name: str) -> str | None:
        """Return the IRI of an id, ``GO:0008150`` or a word that a typedef declares, or None."""
        return self._ids.iri(name)

    def mint(self, name: str, parents: Sequence[str]) -> str:
        """Return the IRI of the next free number in the id space of the first parent, or an id made from the name."""
        written = [self._ids.id(iri) for iri in (*parents, *self._ids.terms)]
        spaces = Counter(one.rpartition(":")[0] for one in (written[:1] if parents else written))
        space = spaces.most_common(1)[0][0] if spaces else ""
        locals_ = [i.rpartition(":")[2] for i in self._ids.all if i.rpartition(":")[0] == space]
        numbers = [local for local in locals_ if local.isdecimal()]
        if numbers and 2 * len(numbers) >= len(locals_):
            local = str(max(map(int, numbers)) + 1).zfill(max(map(len, numbers)))
        else:
            local = local_from(name, self._ids.named)
        iri = self._ids.iri(f"{space}:{local}" if space else local)
        if not local or iri is None:
            raise OntologyError(f"no id can be made from the name '{name}'", value=name, fix="give one with --id")
        return iri

    def holds(self, attribute: str) -> bool:
        """Any attribute can be stated, as a property value."""
        return True

    def add(self, new: NewClass) -> set[Triple]:
        """Add a stanza after the last term, and one at the end for each new attribute."""
        said, rows = self._identified(new.iri)
        said |= {(new.iri, v.TYPE, v.OWL + "Class"), (new.iri, v.LABEL, Literal(new.name))}
        rows.insert(1, f"name: {plain(new.name)}")
        if new.gloss:
            said.add((new.iri, v.IAO_DEFINITION, Literal(new.gloss)))
            rows.append(f"def: {quoted(new.gloss)} []")
        for other in new.synonyms:
            said.add((new.iri, v.EXACT_SYNONYM, Literal(other)))
            rows.append(f"synonym: {quoted(other)} EXACT []")
        for attribute, strength in new.attributes:
            number = number_cell(strength)
            said.add((new.iri, attribute, Literal(number, v.XSD + "decimal")))
            rows.append(f'property_value: {self._ids.id(attribute)} "{number}" xsd:decimal')
        for parent in new.parents:
            said.add((new.iri, v.SUBCLASS, parent))
            rows.append(f"is_a: {self._ids.id(parent)} ! {plain(new.labels[parent])}")
        for k, (relation, target) in enumerate(new.relations):
            said |= self._related(new.iri, relation, target, f"_:new{k}")
            rows.append(f"relationship: {self._ids.id(relation)} {self._ids.id(target)} ! {plain(new.labels[target])}")
        self._lines.add_term(["[Term]", *rows])
        for iri, label in new.new_attributes.items():
            said |= self._declare(iri, label)
        return said

    def synonym(self, value: str, label: Literal) -> Triple | None:
        """Return how the file says a further name."""
        return "", v.EXACT_SYNONYM, Literal(value)

    def retitle(self, iri: str, old: str, new: str) -> None:
        """Write the new label into the comments behind references to it."""
        self._lines.retitle(self._ids.id(iri), old, new)

    def replace(self, old: Triple, new: Triple, label: str | None = None) -> None:
        """Write another value into the clause of a fact."""
        for line in self._stating(old):
            text = self._lines[line]
            if isinstance(new[2], Literal):
                self._lines[line] = _with_text(text, new[2].value)
            else:
                renamed = self._lines.renamed(text, self._ids.id(str(old[2])), self._ids.id(new[2]))
                self._lines[line] = with_label(renamed, label)

    def insert(self, triple: Triple) -> None:
        """Add a clause to the stanza of a term, after those that come before its kind."""
        tag = _TAGS.get(triple[1])
        if tag is None:
            raise OntologyError(f"'{v.local_name(triple[1])}' cannot be added to a stanza", file=str(self._path))
        value = triple[2]
        if isinstance(value, str):
            text = self._ids.id(value)
        else:
            text = plain(value.value) if tag == "name" else quoted(value.value)
        text += {"synonym": " EXACT []", "def": " []"}.get(tag, "")
        self._lines.insert(self._ids.id(triple[0]), f"{tag}: {text}", _ORDER[: _ORDER.index(tag) + 1])

    def delete(self, triple: Triple, within: frozenset[str] = frozenset()) -> None:
        """Take the clause of a fact out."""
        for line in self._stating(triple):
            self._lines.cut(line)

    def rename(self, old: str, new: str, label: str | None = None) -> tuple[set[Triple], set[Triple]]:
        """Write another id wherever one stands; names, definitions and comments are text."""
        was, now = self._ids.id(old), self._ids.id(new)
        self._lines.rename(was, now, label)
        if not self._lines.has_stanza(now):
            return set(), set()
        return {(old, _ID, Literal(was))}, {(new, _ID, Literal(now))}

    def drop(self, iri: str) -> None:
        """Take out the stanza of a term."""
        self._lines.drop(self._ids.id(iri))

    def _stating(self, triple: Triple) -> list[int]:
        wanted = key(triple)
        return sorted({fact.line for fact in self._facts if key(fact[:3]) == wanted})

    def _identified(self, iri: str) -> tuple[set[Triple], list[str]]:
        """The id, and the namespace where other terms state one or the header gives a default."""
        written = self._ids.id(iri)
        said: set[Triple] = {(iri, _ID, Literal(written))}
        rows = [f"id: {written}"]
        default = self._lines.header("default-namespace")
        texts = (fact.object for fact in self._facts if fact.predicate == _NAMESPACE)
        spaces = Counter(text.value for text in texts if isinstance(text, Literal))
        if default or spaces:
            space = default or spaces.most_common(1)[0][0]
            said.add((iri, _NAMESPACE, Literal(space)))
            rows += [] if default else [f"namespace: {space}"]
        return said, rows

    def _related(self, iri: str, relation: str, target: str, blank: str) -> set[Triple]:
        if (relation, v.TYPE, v.OWL + "AnnotationProperty") in {fact[:3] for fact in self._facts}:
            return {(iri, relation, target)}
        return {(iri, v.SUBCLASS, blank), (blank, v.TYPE, v.OWL + "Restriction"),
                (blank, v.OWL + "onProperty", relation), (blank, v.OWL + "someValuesFrom", target)}  # fmt: skip

    def _declare(self, iri: str, label: str) -> set[Triple]:
        said, rows = self._identified(iri)
        rows.insert(1, f"name: {plain(label)}")
        rows += ["is_a: kg:hasAttribute", "is_metadata_tag: true"]
        self._lines.add_last(["[Typedef]", *rows])
        return said | {(iri, v.TYPE, v.OWL + "AnnotationProperty"), (iri, v.LABEL, Literal(label)),
                       (iri, v.SUBPROPERTY, v.HAS_ATTRIBUTE)}  # fmt: skip


def _with_text(line: str, value: str) -> str:
    """Return a clause with another text; what follows the text stays."""
    found = re.match(r'(\s*[\w-]+:\s*)"(?:[^"\\]|\\.)*"(.*)', line, re.DOTALL)
    if found:
        return found[1] + quoted(value) + found[2]
    found = re.match(r"(\s*[\w-]+:\s*)(?:[^!{\\\r]|\\.)*?(\s*(?:[!{].*)?\r?)$", line, re.DOTALL)
    return found[1] + plain(value) + found[2] if found else line
