"""E00: a file that cannot be read, or a fact in it that has no meaning.

Nothing is known of a file with a syntax error, so that other findings about it wait until it is mended; the other
files are checked all the same. A single fact without a meaning, such as an attribute whose strength is a word, is
left out and the rest of its file is checked.

Mend what the message names. The line is where the reader stopped: the cause is often at the end of the block above.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from kgzsl.checks.context import Context
from kgzsl.checks.finding import Finding, of_error
from kgzsl.errors import OntologyError
from kgzsl.graph import ClassGraph, build_graph
from kgzsl.graph.axioms import strength
from kgzsl.graph.kinds import Reading, find_kinds
from kgzsl.ontology.model import Document, Fact, Literal, Ontology
from kgzsl.ontology.read import read_ontology, sources_of

MOST = 50
"""Findings after which what is still wrong with other facts than strengths is raised."""


def check(context: Context) -> Iterator[Finding]:
    """Yield nothing: what was read into a graph could be read; see :func:`read` and :func:`build`."""
    yield from ()


def read(paths: Iterable[str | Path], previous: Ontology | None = None) -> tuple[Ontology, list[Finding]]:
    """Read what can be read, each file by itself.

    Args:
        paths: files, folders and addresses.
        previous: an earlier reading; what did not change is taken over.

    Returns:
        The ontology of the files that could be read, and a finding for each of the others.

    Raises:
        MissingFileError: a path that does not exist.
    """
    documents: dict[str, Document] = {}
    found = []
    for source in sources_of(paths):
        try:
            documents |= {document.path: document for document in read_ontology(source, previous).documents}
        except OntologyError as error:
            found.append(of_error(error)._replace(file=error.file or str(source)))
    return Ontology(tuple(documents.values())), found


def build(ontology: Ontology, reading: Reading | None = None) -> tuple[ClassGraph, list[Finding]]:
    """Build the graph of what has a meaning.

    Returns:
        The graph, and a finding for each fact that had to be left out.

    Raises:
        OntologyError: facts without a meaning that cannot be left out one by one, or too many of them.
    """
    found: list[Finding] = []
    while True:
        try:
            return build_graph(ontology, reading), found
        except OntologyError as error:
            wrong = _meaningless(ontology, reading) or _blamed(ontology, error)
            if not wrong or len(found) >= MOST:
                raise
            found += dict.fromkeys(map(of_error, wrong.values()))
            ontology = _without(ontology, wrong)


def _meaningless(ontology: Ontology, reading: Reading | None) -> dict[Fact, OntologyError]:
    """Return the facts that give an attribute no number, all at once, and what is wrong with each."""
    kinds = find_kinds(ontology, reading or Reading()).kinds
    wrong: dict[Fact, OntologyError] = {}
    for fact in ontology:
        if kinds.get(fact.predicate) == "attribute" and fact.subject in kinds:
            try:
                strength(fact, fact.predicate)
            except OntologyError as error:
                wrong[fact] = error
    return wrong


def _blamed(ontology: Ontology, error: OntologyError) -> dict[Fact, OntologyError]:
    """Return the facts that an error is about: those of its line with its value, or all of its line."""
    here = [fact for fact in ontology if (fact.file, fact.line) == (error.file, error.line)]
    return dict.fromkeys([fact for fact in here if _value(fact) == error.value] or here, error)


def _without(ontology: Ontology, gone: Collection[Fact]) -> Ontology:
    files = {fact.file for fact in gone}
    return Ontology(tuple(replace(d, facts=tuple(f for f in d.facts if f not in gone)) if d.path in files else d
                          for d in ontology.documents))  # fmt: skip


def _value(fact: Fact) -> str:
    return fact.object.value if isinstance(fact.object, Literal) else fact.object
