"""One of the two ontologies of a comparison: its classes, what they are called, and where they stand."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from kgzsl.graph.kinds import Reading, find_kinds
from kgzsl.ontology import vocabulary as v
from kgzsl.ontology.model import Fact, Literal, Ontology


@dataclass(frozen=True)
class Described:
    """A class, concept or attribute, as one side states it."""

    iri: str
    id: str
    label: str
    kind: str
    file: str
    line: int

    @property
    def where(self) -> str:
        """The place as ``file:line``."""
        return f"{self.file}:{self.line}" if self.line else self.file


class Side:
    """What one ontology says that a comparison of classes needs.

    Args:
        ontology: all its facts.
        reading: what is chosen about the meaning of facts.
    """

    def __init__(self, ontology: Ontology, reading: Reading | None = None) -> None:
        self.ontology = ontology
        self.kinds: Mapping[str, str] = find_kinds(ontology, reading or Reading()).kinds
        self.parents: dict[str, dict[str, Fact]] = {}
        self.deprecated: dict[str, Fact] = {}
        self.replaced: dict[str, list[str]] = {}
        self._labels: dict[str, list[tuple[int, Fact]]] = {}
        self._places: dict[str, Fact] = {}
        self._read()

    def _read(self) -> None:
        for fact in self.ontology:
            subject, predicate, obj = fact[:3]
            if predicate == v.TYPE or subject not in self._places:
                self._places[subject] = fact
            if predicate in v.LABELS and isinstance(obj, Literal):
                self._labels.setdefault(subject, []).append((predicate == v.LABEL, fact))
            elif predicate in v.PARENTS and isinstance(obj, str) and not obj.startswith("_:"):
                self.parents.setdefault(subject, {}).setdefault(obj, fact)
            elif predicate == v.DEPRECATED and isinstance(obj, Literal) and obj.value in ("true", "1"):
                self.deprecated[subject] = fact
            elif predicate in v.REPLACEMENTS and isinstance(obj, str):
                self.replaced.setdefault(subject, []).append(obj)

    def label_fact(self, iri: str) -> Fact | None:
        """Return the fact that gives the preferred label: English first, then without a language."""
        rank = {"en": 0, None: 1}

        def order(item: tuple[int, Fact]) -> tuple[int, int, str]:
            literal = item[1].object
            assert isinstance(literal, Literal)
            return rank.get(literal.language, 2), item[0], literal.value

        labels = self._labels.get(iri)
        if labels is None:
            return None
        return min(labels, key=order)[1] if len(labels) > 1 else labels[0][1]

    def label(self, iri: str) -> str:
        """Return the preferred label; empty without one."""
        fact = self.label_fact(iri)
        return fact.object.value if fact and isinstance(fact.object, Literal) else ""

    def name(self, iri: str) -> str:
        """Return what people call it: its label (with its id where others have the same), or its local name."""
        label = self.label(iri)
        if not label:
            return v.local_name(iri)
        return label if self._label_counts[label] == 1 else f"{label} ({self.short(iri)})"

    def described(self, iri: str) -> Described:
        """Return what it is called here, and where it stands."""
        place = self._places.get(iri)
        file, line = (place.file, place.line) if place else ("", 0)
        label = self.label(iri) or v.local_name(iri)
        return Described(iri, self.short(iri), label, self.kinds.get(iri, "concept"), file, line)

    def short(self, iri: str) -> str:
        """Return the local name where no other class shares it, else the IRI."""
        local = v.local_name(iri)
        return local if self._locals[local] <= 1 else iri

    @cached_property
    def _locals(self) -> Counter[str]:
        return Counter(map(v.local_name, self.kinds))

    @cached_property
    def _label_counts(self) -> Counter[str]:
        return Counter(map(self.label, self._labels))
