"""E04: an attribute strength outside 0 … 1.

Strengths of one attribute are compared between classes, so all are on one scale: 0 where a class never has it, 1
where it always has. Per cent and counts are the usual slip.

Write the strength as a share of 1.
"""

from __future__ import annotations

from collections.abc import Iterator

from kgzsl.checks.context import Context
from kgzsl.checks.finding import Finding
from kgzsl.graph.classgraph import ATTRIBUTE


def check(context: Context) -> Iterator[Finding]:
    """Yield one finding a strength out of range, NaN included."""
    for edge in context.graph.relations:
        if edge.relation == ATTRIBUTE and not 0 <= edge.weight <= 1:
            name = f"{context.name(edge.target)} of {context.name(edge.source)}"
            message = f"attribute {name} is {edge.weight:g}, not between 0 and 1"
            fix = f"write {edge.weight / 100:g}?" if 1 < edge.weight <= 100 else None
            yield Finding("E04", message, edge.file, edge.line, str(edge.weight), fix)
