"""W15: a deprecated class that is still referred to.

Its source no longer keeps it up, and its next version may not have it at all.

Refer to its replacement; the message names it where the file does (`IAO:0100001`, `dcterms:isReplacedBy`).
"""

from __future__ import annotations

from collections.abc import Iterator

from kgzsl.checks.context import Context
from kgzsl.checks.finding import Finding
from kgzsl.graph.classgraph import Concept


def check(context: Context) -> Iterator[Finding]:
    """Yield one finding an edge to a deprecated concept; edges between deprecated ones are let alone."""
    old = {iri for iri, concept in context.graph.concepts.items() if concept.deprecated}
    for edge in context.graph.relations if old else ():
        if edge.target in old and edge.source not in old:
            what = f"{context.name(edge.source)} refers to the deprecated {context.name(edge.target)}"
            yield Finding("W15", f"{what} ({edge.relation})", edge.file, edge.line, context.graph.short(edge.target),
                          _instead(context, context.graph.concepts[edge.target]))  # fmt: skip


def _instead(context: Context, concept: Concept) -> str:
    if not concept.replaced_by:
        return "name another; its file names no replacement"
    graph = context.graph
    there = [f"{context.name(i)} ({graph.short(i)})" if i in graph else i for i in concept.replaced_by]
    return f"use {' or '.join(there)} instead"
