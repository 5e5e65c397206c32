"""I01: a class with a label and nothing that says what it is.

A text encoder reads `names: gloss`; from the name alone it cannot tell a crane from a crane. Attributes do as well.

Add a definition that tells how the thing looks: `skos:definition "a striped horse of the savannah"@en`.
"""

from __future__ import annotations

from collections.abc import Iterator

from kgzsl.checks.context import Context
from kgzsl.checks.finding import Finding


def check(context: Context) -> Iterator[Finding]:
    """Yield one finding a class that has a name, no gloss and no attributes."""
    for concept in context.classes:
        if concept.label and not concept.gloss and concept.iri not in context.attributes:
            yield Finding("I01", f"{context.name(concept.iri)} has no gloss", concept.file, concept.line,
                          context.graph.short(concept.iri), "add a definition that tells how it looks")  # fmt: skip
