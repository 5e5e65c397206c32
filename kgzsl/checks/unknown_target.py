"""W08: a relation to something that no file describes.

There is no node at its other end, so that it makes no edge and carries nothing. The id is misspelt, or the file that
describes the target was not given.

Correct the id, describe the target (`a skos:Concept` is enough), or name the file that does beside this one.
"""

from __future__ import annotations

from collections.abc import Iterator

from kgzsl.checks.context import Context
from kgzsl.checks.finding import Finding
from kgzsl.graph.classgraph import SUBCLASS
from kgzsl.ontology.vocabulary import local_name


def check(context: Context) -> Iterator[Finding]:
    """Yield one finding an edge to nowhere; parents are E01's."""
    graph = context.graph
    for edge in graph.dangling:
        if edge.relation != SUBCLASS:
            name = local_name(edge.target)
            near = context.spelling.near(name)
            yield Finding("W08", f"unknown target '{name}' of '{edge.relation}' from {context.name(edge.source)}",
                          edge.file, edge.line, name,
                          f"did you mean '{near}'?" if near else "describe it, or name another target")  # fmt: skip
