"""W13: a class that has too little description to be recognised.

It has no text and no attributes of its own, so that its vector is the mean of its parents': it looks like all that
lies below them, and answers say `described=False`. With a recipe, only what its vectors read counts: attributes, or
names and gloss. Vectors from walks or from a file read neither, and nothing is said of them here.

Add what its vector is made of: a definition that tells how the thing looks, or attributes.
"""

from __future__ import annotations

from collections.abc import Iterator

from kgzsl.checks.context import Context
from kgzsl.checks.finding import Finding
from kgzsl.graph.classgraph import Concept


def check(context: Context) -> Iterator[Finding]:
    """Yield one finding a class."""
    source = context.recipe.vectors.source if context.recipe else None
    if source in ("walks", "table"):
        return
    lacks = {None: "label, gloss or attributes", "attributes": "attributes"}.get(source, "label or gloss")
    for concept in context.classes:
        if not (_has_text(concept) and source != "attributes") and not _has_attributes(context, concept, source):
            instead = "its vector is its parents'" if concept.iri in context.up else "it has no vector"
            message = f"{context.name(concept.iri)} has no {lacks} of its own: {instead}"
            fix = "give it attributes" if source == "attributes" else "add a label and a definition"
            yield Finding("W13", message, concept.file, concept.line, context.graph.short(concept.iri), fix)


def _has_text(concept: Concept) -> bool:
    return bool(concept.label or concept.synonyms or concept.gloss)


def _has_attributes(context: Context, concept: Concept, source: str | None) -> bool:
    """Return whether attributes describe it; a group takes the mean of what lies below."""
    if source not in (None, "attributes"):
        return False
    return concept.iri in context.attributes or (source == "attributes" and concept.iri in context.down)
