"""What things are called in a set of facts, to find what an edit speaks of."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from functools import cached_property

from kgzsl.errors import UnknownNameError, suggest
from kgzsl.ontology import vocabulary as v
from kgzsl.ontology.model import Literal, Ontology

CLASSES = frozenset({"class", "concept"})
ANYTHING = CLASSES | {"attribute", "relation"}
_SHOWN = 6


class Names:
    """Look-up by IRI, prefixed name, local name, label and synonym, in that order of preference.

    Args:
        ontology: the facts.
        expand: reads a name in the notation of the file that is edited.
    """

    def __init__(self, ontology: Ontology, expand: Callable[[str], str | None] = v.expand) -> None:
        self._ontology, self._expand = ontology, expand

    @cached_property
    def kinds(self) -> dict[str, str]:
        """IRI → ``class``, ``concept``, ``attribute`` or ``relation``."""
        kinds: dict[str, str] = {}
        for subject, predicate, obj, *_ in self._ontology:
            if predicate == v.SUBPROPERTY and obj == v.HAS_ATTRIBUTE:
                kinds[subject] = "attribute"
            elif predicate == v.TYPE and obj in v.CLASS_TYPES and not subject.startswith("_:"):
                kinds[subject] = "class"
            elif predicate == v.TYPE and obj in v.CONCEPT_TYPES:
                kinds.setdefault(subject, "concept")
            elif predicate == v.TYPE and obj in v.PROPERTY_TYPES:
                kinds.setdefault(subject, "relation")
        return kinds

    def known(self, name: str, kinds: Collection[str] = CLASSES) -> list[str]:
        """Return all that a name may stand for, by the best kind of name that anything has."""
        name = name.strip()
        iri = self._expand(name) or name
        if self.kinds.get(iri) in kinds:
            return [iri]
        folded = name.lower()
        for table, word in ((self._locals, name), (self._labels, folded), (self._synonyms, folded)):
            found = [iri for iri in table.get(word, ()) if self.kinds.get(iri) in kinds]
            if found:
                return found
        return []

    def find(self, name: str, kinds: Collection[str] = CLASSES, what: str = "class") -> str:
        """Return the one IRI of this name.

        Raises:
            UnknownNameError: none, or several.
        """
        found = self.known(name, kinds)
        if len(found) == 1:
            return found[0]
        if found:
            raise UnknownNameError(f"'{name}' is ambiguous", value=name,
                                   fix=f"it may be {', '.join(map(self.describe, found[:_SHOWN]))}")  # fmt: skip
        near = self.nearest(name, kinds)
        raise UnknownNameError(f"unknown {what} '{name}'", value=name, fix=near and f"did you mean '{near}'?")

    def nearest(self, name: str, kinds: Collection[str]) -> str | None:
        """Return the label or local name that is spelt most like ``name``."""
        tables = (self._labels, self._locals)
        return suggest(name, (word for t in tables for word, iris in t.items()
                              if any(self.kinds.get(iri) in kinds for iri in iris)))  # fmt: skip

    def label(self, iri: str) -> str:
        """Return the label of something, or its local name."""
        found = self.labels.get(iri)
        return found.value if found else v.local_name(iri)

    def describe(self, iri: str) -> str:
        """Return ``label (local name)``."""
        return f"{self.label(iri)} ({v.local_name(iri)})"

    @cached_property
    def labels(self) -> dict[str, Literal]:
        """IRI → the label that is shown: English, else without a language, else the first by spelling."""
        best: dict[str, Literal] = {}
        for subject, predicate, obj, *_ in self._ontology:
            if predicate in v.LABELS and isinstance(obj, Literal) and _before(obj, best.get(subject)):
                best[subject] = obj
        return best

    @cached_property
    def _locals(self) -> dict[str, list[str]]:
        return _table((v.local_name(iri), iri) for iri in self.kinds)

    @cached_property
    def _labels(self) -> dict[str, list[str]]:
        return _table((label.value.lower(), iri) for iri, label in self.labels.items())

    @cached_property
    def _synonyms(self) -> dict[str, list[str]]:
        texts = v.SYNONYMS | v.LABELS
        return _table((f.object.value.lower(), f.subject) for f in self._ontology
                      if f.predicate in texts and isinstance(f.object, Literal))  # fmt: skip


def _before(new: Literal, old: Literal | None) -> bool:
    rank = {"en": 0, None: 1}
    return old is None or (rank.get(new.language, 2), new.value) < (rank.get(old.language, 2), old.value)


def _table(pairs: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    table: dict[str, list[str]] = {}
    for word, iri in pairs:
        if iri not in table.setdefault(word, []):
            table[word].append(iri)
    return table
