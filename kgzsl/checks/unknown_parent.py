"""E01: a parent that no file describes.

The class would hang in the air: nothing that is known of its family could be propagated to it. Most often the id of
the parent is misspelt or written as a text in quotation marks, or the file that describes it was not given.

Correct the id, describe the parent, or name the file that does beside this one.
"""

from __future__ import annotations

from collections.abc import Iterator

from kgzsl.checks.context import Context
from kgzsl.checks.finding import Finding
from kgzsl.graph.classgraph import SUBCLASS
from kgzsl.ontology.model import Literal
from kgzsl.ontology.vocabulary import SUBCLASS as SUBCLASS_OF
from kgzsl.ontology.vocabulary import local_name


def check(context: Context) -> Iterator[Finding]:
    """Yield one finding a subclass edge to nowhere, or to a text."""
    graph = context.graph
    for edge in graph.dangling:
        if edge.relation == SUBCLASS:
            parent, child = local_name(edge.target), graph.label(edge.source)
            near = context.spelling.near(parent)
            yield Finding("E01", f"unknown parent '{parent}' of '{child}'", edge.file, edge.line, parent,
                          f"did you mean '{near}'?" if near else "describe it, or name another parent")  # fmt: skip
    for subject, predicate, obj, file, line in graph.ontology:
        if predicate == SUBCLASS_OF and isinstance(obj, Literal):
            found = [graph.short(iri) for iri in graph.names.candidates(obj.value)]
            fix = f"did you mean the class {found[0]}?" if found else "name a class"
            message = f"the parent of {context.name(subject)} is the text '{obj.value}', not a class"
            yield Finding("E01", message, file, line, obj.value, fix)
