"""E03: a class described twice in one file."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from kgzsl.checks import Finding
from kgzsl.graph.classgraph import ClassGraph
from kgzsl.ontology import vocabulary as v


def check(graph: ClassGraph, seen: Collection[str]) -> Iterator[Finding]:
    """Yield one finding a second declaration."""
    first: dict[tuple[str, str], int] = {}
    for subject, predicate, obj, file, line in graph.ontology:
        if predicate == v.TYPE and obj in v.CLASS_TYPES and line:
            known = first.setdefault((subject, file), line)
            if known != line:
                name = v.local_name(subject)
                yield Finding("E03", f"the class '{name}' is named twice, first on line {known}", file, line, name,
                              "join the two blocks, or give one another id")  # fmt: skip
