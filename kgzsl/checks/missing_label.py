"""W12: a class without a label.

It can only be asked for by its id, answers show the id, and a text encoder does not learn its name.

Give it one: `skos:prefLabel "zebra"@en`. A class that has nothing else either is W13's.
"""

from __future__ import annotations

from collections.abc import Iterator

from kgzsl.checks.context import Context
from kgzsl.checks.finding import Finding


def check(context: Context) -> Iterator[Finding]:
    """Yield one finding a class that is described and not named."""
    for concept in context.classes:
        if not concept.label and (concept.gloss or concept.synonyms or concept.iri in context.attributes):
            name = context.graph.short(concept.iri)
            fix = f'add skos:prefLabel "{concept.synonyms[0] if concept.synonyms else name}"'
            yield Finding("W12", f"the class '{name}' has no label", concept.file, concept.line, name, fix)
