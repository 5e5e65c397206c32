"""W02: two classes of the same label under the same parent, which no reader can tell apart."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from kgzsl.checks import Finding
from kgzsl.graph.classgraph import SUBCLASS, ClassGraph


def check(graph: ClassGraph, seen: Collection[str]) -> Iterator[Finding]:
    """Yield one finding a repeated label; homonyms elsewhere in the hierarchy are not meant."""
    first: dict[tuple[str, str], str] = {}
    for iri in graph.class_ids:
        concept = graph.concepts[iri]
        for edge in graph.out(iri, SUBCLASS) if concept.label else ():
            other = first.setdefault((concept.label.lower(), edge.target), iri)
            if other != iri:
                at = max(concept, graph.concepts[other], key=lambda c: (c.file, c.line))
                both = f"{graph.short(other)} and {graph.short(iri)}"
                yield Finding("W02", f"duplicate label '{concept.label}' under '{graph.label(edge.target)}': {both}",
                              at.file, at.line, concept.label, "make one a synonym, or tell them apart")  # fmt: skip
                break
