"""Facts with their place, documents of facts, and the ontology they make up."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

from kgzsl.ontology import vocabulary as v


class Literal(NamedTuple):
    """A value that is not a concept: text with its language, or a number with its datatype."""

    value: str
    datatype: str = v.XSD + "string"
    language: str | None = None


class Fact(NamedTuple):
    """One statement and where it stands; ``line`` is 0 where the source has no lines."""

    subject: str
    predicate: str
    object: str | Literal
    file: str
    line: int

    @property
    def where(self) -> str:
        """The place as ``file:line``."""
        return f"{self.file}:{self.line}" if self.line else self.file


def canonical(fact: Fact) -> str:
    """Return the fact without its place; equal numbers are written equally."""
    obj = fact.object
    if isinstance(obj, str):
        return f"{fact.subject}\t{fact.predicate}\t{obj}"
    text = obj.value
    if obj.datatype in v.NUMERIC:
        with contextlib.suppress(ValueError):
            text = repr(float(text))
        return f"{fact.subject}\t{fact.predicate}\t#{text}"
    return f"{fact.subject}\t{fact.predicate}\t{text!r}\t{obj.language or obj.datatype}"


@dataclass(frozen=True, eq=False)
class Document:
    """The facts of one source.

    Args:
        path: of the file, or the address.
        facts: in the order in which they stand.
        stamp: tells whether the source changed since; empty where that cannot be known without reading it.
        reader: its name in the catalogue.
        silenced: (line, code) of findings that comments switch off; line 0 is the whole file.
    """

    path: str
    facts: tuple[Fact, ...]
    stamp: str
    reader: str
    silenced: frozenset[tuple[int, str]] = frozenset()

    @cached_property
    def canonical(self) -> frozenset[str]:
        """The facts without their places."""
        return frozenset(map(canonical, self.facts))

    @cached_property
    def predicates(self) -> frozenset[str]:
        """All predicates, which say what need not be looked for."""
        return frozenset({fact[1] for fact in self.facts})

    @cached_property
    def imports(self) -> tuple[Fact, ...]:
        """The ``owl:imports`` among the facts."""
        return tuple(f for f in self.facts if f[1] == v.IMPORTS) if v.IMPORTS in self.predicates else ()

    @cached_property
    def ontologies(self) -> frozenset[str]:
        """IRIs that this document is: those of its ontology headers and their versions, and its path."""
        headers = {f.subject for f in self.facts if f.predicate == v.TYPE and f.object == v.OWL + "Ontology"}
        versions = {str(f.object) for f in self.facts if f.predicate == v.OWL + "versionIRI"}
        return frozenset({self.path} | headers | versions)


@dataclass(frozen=True, eq=False)
class Ontology:
    """What was read from one or several sources; immutable.

    The hash is over the set of canonical facts, so lines, order, prefixes and the split into files do not count.
    """

    documents: tuple[Document, ...]

    def __iter__(self) -> Iterator[Fact]:
        for document in self.documents:
            yield from document.facts

    def __len__(self) -> int:
        return sum(len(document.facts) for document in self.documents)

    def __repr__(self) -> str:
        return f"<Ontology of {len(self)} facts from {', '.join(self.paths)}>"

    @property
    def paths(self) -> tuple[str, ...]:
        """The sources, in reading order."""
        return tuple(document.path for document in self.documents)

    @cached_property
    def hash(self) -> str:
        """Content hash, 16 hexadecimal digits."""
        everything = frozenset[str]().union(*(document.canonical for document in self.documents))
        return hashlib.sha256("\n".join(sorted(everything)).encode()).hexdigest()[:16]

    @cached_property
    def classes(self) -> frozenset[str]:
        """IRIs declared as classes (candidates for answers)."""
        return frozenset(f.subject for f in self if f.predicate == v.TYPE and f.object in v.CLASS_TYPES)

    def says(self, predicates: Collection[str]) -> bool:
        """Return whether any fact has one of these predicates."""
        return any(not document.predicates.isdisjoint(predicates) for document in self.documents)

    @cached_property
    def entailments(self) -> dict[str, Any]:
        """What :func:`kgzsl.ontology.reason.entailment` has worked out, by profile."""
        return {}

    def about(self, iri: str) -> list[Fact]:
        """The facts whose subject is ``iri``."""
        return [fact for fact in self if fact.subject == iri]


def merge(ontologies: Iterable[Ontology]) -> Ontology:
    """Return one ontology of all their documents."""
    return Ontology(tuple(document for ontology in ontologies for document in ontology.documents))
