"""E00: a file that cannot be read, or a fact in it that has no meaning.

Nothing is known of a file with a syntax error, so that other findings about it wait until it is mended; the other
files are checked all the same. A single fact without a meaning, such as an attribute whose strength is a word, is
left out and the rest of its file is checked.

Mend what the message names. The line is where the reader stopped: the cause is often at the end of the block above.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from kgzsl.checks.context import Context
from kgzsl.checks.finding import Finding, of_error
from kgzsl.errors import OntologyError
from kgzsl.graph import ClassGraph, build_graph
from kgzsl.graph.kinds import Reading
from kgzsl.ontology.model import Document, Fact, Literal, Ontology
from kgzsl.ontology.read import read_ontology, sources_of

MOST = 50


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
            less = _without(ontology, error)
            if less is None or len(found) == MOST:
                raise
            found.append(of_error(error))
            ontology = less


def _without(ontology: Ontology, error: OntologyError) -> Ontology | None:
    """Return the ontology less the facts an error is about: those of its line with its value, or all of its line."""
    for document in ontology.documents:
        here = [f for f in document.facts if (f.file, f.line) == (error.file, error.line)]
        gone = {f for f in here if _value(f) == error.value} or set(here)
        if gone:
            kept = replace(document, facts=tuple(f for f in document.facts if f not in gone))
            return Ontology(tuple(kept if d is document else d for d in ontology.documents))
    return None


def _value(fact: Fact) -> str:
    return fact.object.value if isinstance(fact.object, Literal) else fact.object
