"""W02: two classes of the same label under the same parent.

No reader can tell them apart, and neither can a user who asks for one by its name. Homonyms elsewhere in the
hierarchy are not meant: a crane is a bird and a machine.

Make one a synonym of the other, join them, or give each the name that sets it apart.
"""

from __future__ import annotations

from collections.abc import Iterator

from kgzsl.checks.context import Context
from kgzsl.checks.finding import Finding
from kgzsl.checks.labels import siblings


def check(context: Context) -> Iterator[Finding]:
    """Yield one finding a class whose label a sibling has."""
    told: set[str] = set()
    for parent, group in siblings(context):
        first: dict[str, str] = {}
        for concept in group:
            other = first.setdefault(concept.label.lower(), concept.iri)
            if other == concept.iri or concept.iri in told:
                continue
            told.add(concept.iri)
            at = max(concept, context.graph.concepts[other], key=lambda c: (c.file, c.line))
            both = f"{context.graph.short(other)} and {context.graph.short(concept.iri)}"
            under = f"under {context.name(parent)}" if parent else "without a parent"
            yield Finding("W02", f"duplicate label '{concept.label}' {under}: {both}",
                          at.file, at.line, concept.label, "make one a synonym, or tell them apart")  # fmt: skip
