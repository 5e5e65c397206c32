"""E03: a class described twice in one file.

Two blocks with one id are read as one class. That is a slip more often than not: a block was copied to describe
another class, and its id was forgotten.

Join the two blocks, or give one of them an id of its own.
"""

from __future__ import annotations

from collections.abc import Iterator

from kgzsl.checks.context import Context
from kgzsl.checks.finding import Finding
from kgzsl.ontology import vocabulary as v
from kgzsl.ontology.model import Document

_NESTED = (".owl", ".rdf", ".xml")


def check(context: Context) -> Iterator[Finding]:
    """Yield one finding a second declaration."""
    for document in context.graph.ontology.documents:
        first: dict[tuple[str, str], int] = {}  # one block may say two types, on two lines
        for place, (subject, predicate, obj, file, line) in enumerate(document.facts):
            if predicate == v.TYPE and obj in v.CLASS_TYPES and line and not subject.startswith("_:"):
                known = first.setdefault((subject, str(obj)), line)
                if known != line and not _mention(document, place):
                    name = v.local_name(subject)
                    yield Finding("E03", f"the class '{name}' is named twice, first on line {known}", file, line, name,
                                  "join the two blocks, or give one another id")  # fmt: skip


def _mention(document: Document, place: int) -> bool:
    """Return whether this declaration only names a class within another, as RDF/XML may wherever one is used."""
    if not document.path.lower().endswith(_NESTED):
        return False
    after = document.facts[place + 1 : place + 2]
    return not after or after[0].subject != document.facts[place].subject
