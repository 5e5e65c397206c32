"""What an edit says, in facts, and what every editor of a format can do to its text."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple, Protocol

from kgzsl.errors import OntologyError
from kgzsl.ontology.model import Fact, Literal, canonical

Triple = tuple[str, str, str | Literal]


class NewClass(NamedTuple):
    """A class to add; everything but its name and gloss is by IRI.

    ``labels`` gives the names of what it refers to, for formats that repeat them in comments.
    """

    iri: str
    name: str
    parents: Sequence[str] = ()
    gloss: str = ""
    synonyms: Sequence[str] = ()
    attributes: Sequence[tuple[str, float]] = ()
    relations: Sequence[tuple[str, str]] = ()
    new_attributes: Mapping[str, str] = {}
    labels: Mapping[str, str] = {}


class Editor(Protocol):
    """The text of one file, changed step by step; ``text`` is what it is now.

    ``says`` lists what the format can hold: ``class`` (that something is one, with names, gloss and parents) and
    ``attributes``. ``implied`` are predicates whose facts follow from other facts of the file.
    """

    says: frozenset[str]
    implied: tuple[str, ...]

    def __init__(self, path: Path, text: str, facts: Sequence[Fact]) -> None: ...

    @property
    def text(self) -> str:
        """The text with every change so far."""
        ...

    def expand(self, name: str) -> str | None:
        """Return the IRI that a name in the file's own notation stands for, or None."""
        ...

    def mint(self, name: str, parents: Sequence[str]) -> str:
        """Return an IRI for a new class of this name."""
        ...

    def holds(self, attribute: str) -> bool:
        """Return whether this attribute can be stated of a class here."""
        ...

    def add(self, new: NewClass) -> set[Triple]:
        """Append a class and return the facts that this states."""
        ...

    def synonym(self, value: str, label: Literal) -> Triple | None:
        """Return predicate and object (with an empty subject) of a former label; None where there is no place."""
        ...

    def replace(self, old: Triple, new: Triple, label: str | None = None) -> None:
        """Write another object into a statement; ``label`` is its name, for formats that repeat it in a comment."""
        ...

    def insert(self, triple: Triple) -> None:
        """State one fact more of something that is described."""
        ...

    def delete(self, triple: Triple, within: frozenset[str] = frozenset()) -> None:
        """Take a statement out; of one about a blank node, ``within`` are the IRIs that describe that node."""
        ...

    def retitle(self, iri: str, old: str, new: str) -> None:
        """Write a new label where the format repeats labels beside the facts, in comments or a column."""
        ...

    def rename(self, old: str, new: str, label: str | None = None) -> tuple[set[Triple], set[Triple]]:
        """Write another IRI wherever ``old`` stands.

        Returns facts that go and come beside the IRIs, where a format states an id as a text too.
        """
        ...

    def drop(self, iri: str) -> None:
        """Take out all that is said of ``iri`` as a subject."""
        ...


class Intent(NamedTuple):
    """What an edit is to do to the facts of a file; the new text is accepted only if it did exactly that."""

    removed: frozenset[Triple] = frozenset()
    added: frozenset[Triple] = frozenset()
    renamed: Mapping[str, str] = {}

    def applied(self, facts: Iterable[Fact]) -> list[Fact]:
        """Return the facts that the edited file must state; new ones have no line."""
        gone = {key(triple) for triple in self.removed}
        kept = [fact for fact in facts if canonical(fact) not in gone]
        if self.renamed:
            kept = [self._renamed(fact) for fact in kept]
        file = kept[0].file if kept else ""
        return kept + [Fact(*triple, file, 0) for triple in self.added]

    def _renamed(self, fact: Fact) -> Fact:
        subject, predicate, obj, file, line = fact
        to = self.renamed
        if isinstance(obj, Literal):
            obj = obj._replace(datatype=to.get(obj.datatype, obj.datatype))
        else:
            obj = to.get(obj, obj)
        return Fact(to.get(subject, subject), to.get(predicate, predicate), obj, file, line)


def key(triple: Triple) -> str:
    """Return a fact in the form in which facts are compared."""
    return canonical(Fact(*triple, "", 0))


def closure(facts: Iterable[Fact], iri: str) -> frozenset[Triple]:
    """Return the facts that go with a subject: its own, and those of blank nodes that only these refer to."""
    rest = [fact for fact in facts if fact.subject != iri]
    gone = [fact for fact in facts if fact.subject == iri]
    while True:
        used = {fact.object for fact in rest}
        lost = {f.object for f in gone if isinstance(f.object, str) and f.object.startswith("_:")} - used
        more = [fact for fact in rest if fact.subject in lost]
        if not more:
            return frozenset((f.subject, f.predicate, f.object) for f in gone)
        gone += more
        rest = [fact for fact in rest if fact.subject not in lost]


def described(facts: Iterable[Fact], blank: str) -> frozenset[Triple]:
    """Return the facts that describe a blank node, and the blank nodes that it is made of."""
    found: set[Triple] = set()
    todo, facts = [blank], list(facts)
    while todo:
        node = todo.pop()
        own = {(f.subject, f.predicate, f.object) for f in facts if f.subject == node} - found
        found |= own
        todo += [obj for *_, obj in own if isinstance(obj, str) and obj.startswith("_:")]
    return frozenset(found)


class Splices:
    """Replacements of stretches of a text, made all at once."""

    def __init__(self) -> None:
        self._made: list[tuple[int, int, str]] = []

    def __bool__(self) -> bool:
        return bool(self._made)

    def put(self, start: int, end: int, new: str) -> None:
        """Note that ``text[start:end]`` becomes ``new``."""
        self._made.append((start, end, new))

    def applied(self, text: str) -> str:
        """Return the text with all replacements."""
        parts: list[str] = []
        at = 0
        for start, end, new in sorted(self._made, key=lambda splice: splice[:2]):
            if start < at:
                raise OntologyError("two changes of one edit touch the same words", fix="make them one after the other")
            parts += [text[at:start], new]
            at = end
        return "".join(parts) + text[at:]
